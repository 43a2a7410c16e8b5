"""The desk's totals since its first ticket, rebuilt from the ledger at the start.

Summing up all facts at every scrape would cost more each month. Facts that are old enough for
every transaction with such a time to have ended are summed up once and kept; only those since are
read again.
"""

from datetime import datetime, timedelta
from threading import Lock

from sickbay_collector.core.desk.totals import DeskTotals, added
from sickbay_collector.services.ports import OpenUnitOfWork

SETTLED_AFTER = timedelta(minutes=15)
"""No transaction, waiting report or difference between collectors' clocks is older."""


class RunningTotals:
    """Keeps what is settled. One for a process.

    Args:
        open_reads: Opens a unit of work for reading.
    """

    def __init__(self, open_reads: OpenUnitOfWork) -> None:
        self._open_reads = open_reads
        self._settled = DeskTotals()
        self._until: datetime | None = None
        self._lock = Lock()

    def now(self, now: datetime) -> DeskTotals:
        """Return the totals as they are now.

        Raises:
            StoreError: The database cannot be read.
        """
        horizon = now - SETTLED_AFTER
        with self._lock, self._open_reads() as uow:
            if self._until is None or self._until < horizon:
                further = uow.facts.totals(self._until, horizon)
                self._settled, self._until = added((self._settled, further)), horizon
            return added((self._settled, uow.facts.totals(self._until, None)))
