"""How a device's agent itself fares, as its newest report says."""

from collections.abc import Sequence
from dataclasses import dataclass

# Sooner, the start itself would pass for load: it takes what an hour of samples does.
_SHARE_AFTER_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """How the agent fares. None is what it did not say, or said beyond all reason."""

    sample_interval_s: float | None = None
    uptime_s: float | None = None
    """Since its process started, as of the report."""
    waiting_records: int | None = None
    """In its spool, behind those of the report."""
    spool_bytes: int | None = None
    """On its disk, with the records of the report."""
    cpu_time_s: float | None = None
    """Of its process and of the programs that it ran, since it started."""
    rss_bytes: int | None = None
    """Resident memory of its process."""

    @property
    def cpu_share(self) -> float | None:
        """Return the mean share of one processor since the start; None for ten minutes after it."""
        if self.cpu_time_s is None or self.uptime_s is None or self.uptime_s < _SHARE_AFTER_S:
            return None
        return self.cpu_time_s / self.uptime_s


AgentPlain = Sequence[float | None]
"""An agent's status as JSON values: its fields in their order."""


def status_to_plain(status: AgentStatus | None) -> AgentPlain | None:
    """Return a status as JSON values."""
    if status is None:
        return None
    # With every report: a tenth of the time that `dataclasses.astuple` takes.
    return (
        status.sample_interval_s,
        status.uptime_s,
        status.waiting_records,
        status.spool_bytes,
        status.cpu_time_s,
        status.rss_bytes,
    )


def status_from_plain(plain: AgentPlain | None) -> AgentStatus | None:
    """Return the status of these values; fields that were added since are None."""
    if plain is None:
        return None
    names = AgentStatus.__slots__
    return AgentStatus(**dict(zip(names, plain, strict=False)))  # type: ignore[arg-type]
