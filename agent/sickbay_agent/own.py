"""What the agent itself takes of the device: time, processor and memory."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sickbay_agent.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUse:
    """What the agent has taken since it started."""

    uptime_s: float
    """Suspend included where the system tells."""
    cpu_time_s: float
    """Of the process and of the programs that it ran."""
    rss_bytes: int | None
    """Resident memory now; None where the system does not tell."""


def own_meter(clock: Clock, proc: Path) -> Callable[[], OwnUse]:
    """Return a function that says what this process has taken since now.

    Args:
        clock: The device's clock.
        proc: Where the kernel tells about processes.
    """
    started_s = clock.elapsed_s()

    def read() -> OwnUse:
        times = os.times()
        return OwnUse(
            uptime_s=clock.elapsed_s() - started_s,
            cpu_time_s=times.user + times.system + times.children_user + times.children_system,
            rss_bytes=_rss_bytes(proc),
        )

    return read


def _rss_bytes(proc: Path) -> int | None:
    """Return the resident pages in bytes. Source: proc_pid_statm(5), second field."""
    try:
        pages = (proc / "self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
