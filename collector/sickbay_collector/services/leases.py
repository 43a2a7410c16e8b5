"""Jobs that one of several collectors runs: under a lease, and fenced by its epoch.

A collector that hangs, loses its lease and wakes up again cannot write in the name of its old term:
each of its transactions asks first, and holds the lease until it is committed.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.services.lease_ports import Lease
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

log = logging.getLogger(__name__)

# Once and a half the time between two runs, and as long as a slow run takes: a lease stays with
# its holder while that lives, and goes to the next one soon after it died.
_INTERVALS = 1.5
_RUN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedJobs:
    """Runs jobs under leases.

    Args:
        open_uow: Opens a unit of work.
        holder: Names this process; no other process ever has that name.
    """

    open_uow: OpenUnitOfWork
    holder: str

    def run(
        self,
        name: str,
        interval_s: float,
        work: Callable[[OpenUnitOfWork, datetime], object],
        now: datetime,
    ) -> bool:
        """Run a job unless somebody else has its lease; return whether it ran.

        Args:
            name: The lease.
            interval_s: Between two runs.
            work: Gets what opens its units of work: each has to be committed once, at its end.
            now: The present time.

        Raises:
            ConflictError: The lease was lost meanwhile; what was committed before stands.
        """
        until = now + timedelta(seconds=_INTERVALS * interval_s + _RUN_S)
        with self.open_uow() as uow:
            lease = uow.leases.take(name, self.holder, now=now, until=until)
            uow.commit()
        if lease is None:
            return False
        work(fenced(self.open_uow, lease), now)
        return True

    def release(self, now: datetime) -> None:
        """Give back all leases, because this process ends."""
        with self.open_uow() as uow:
            uow.leases.release(self.holder, now=now)
            uow.commit()


def fenced(open_uow: OpenUnitOfWork, lease: Lease) -> OpenUnitOfWork:
    """Return what opens units of work that exist only while the lease has not changed hands.

    Raises (when opened):
        ConflictError: It has.
    """

    @contextmanager
    def opened(
        *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        with open_uow(within_s=within_s, reach=reach) as uow:
            uow.leases.hold(lease)
            yield uow

    return opened
