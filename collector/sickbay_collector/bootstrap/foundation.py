"""What all sides of a collector stand on: settings, database, authority, configuration, metrics."""

from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector import __version__
from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.config import CollectorConfig
from sickbay_collector.db.pulse import Pulse
from sickbay_collector.db.reads import count_fleet
from sickbay_collector.metrics import Metrics
from sickbay_collector.pki.authority import Authority
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.counts import FleetCounts
from sickbay_collector.services.desk_totals import RunningTotals
from sickbay_collector.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What every side of a collector stands on."""

    config: CollectorConfig
    storage: Storage
    authority: Authority
    started_at: datetime
    """Since when this collector can hear devices."""
    shelf: Shelf
    """What is configured."""
    metrics: Metrics
    pulse: Pulse
    """Whether the database answers."""


def lay_foundation(config: CollectorConfig, storage: Storage, authority: Authority) -> Foundation:
    """Return it, with the configuration read and in force.

    Raises:
        SickbayError: A file of the configuration is wrong.
    """
    started_at = utc_now()
    counting = _Counting(storage, started_at)
    places = Places(rules=config.rules, sla=config.sla, desk=config.desk)
    shelf = Shelf(places, storage.open_reads, utc_now, storage.book.replace)
    shelf.start()
    return Foundation(
        config=config,
        storage=storage,
        authority=authority,
        started_at=started_at,
        shelf=shelf,
        metrics=Metrics(count_fleet=counting.count, version=__version__),
        pulse=Pulse(storage.engine),
    )


class _Counting:
    """Counts devices, alerts and tickets for the metrics, when they are asked for."""

    def __init__(self, storage: Storage, started_at: datetime) -> None:
        self._storage = storage
        self._started_at = started_at
        self._totals = RunningTotals(storage.open_reads)

    def count(self) -> FleetCounts:
        """Return the counts of now."""
        now = utc_now()
        counts = count_fleet(self._storage.engine, now=now, started_at=self._started_at)
        categories = tuple(self._storage.book().categories)
        return replace(counts, desk=self._totals.now(now), categories=categories)
