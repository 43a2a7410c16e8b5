"""How the agent behaves now: its own configuration, and over it what the collector asked for.

What the collector asked for is kept on disk, so that it counts from the start after a restart. A
value out of range is left out: a collector cannot make an agent busy or silent.
"""

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType

from sickbay_agent.config import AgentConfig
from sickbay_agent.exchange import Settings, WatchLine
from sickbay_agent.files import write_atomically

log = logging.getLogger(__name__)

# Source: the ranges of the same keys in the configuration file.
_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "sample_interval_s": (5, 3600),
        "report_interval_s": (5, 3600),
        "slow_interval_s": (60, 86400),
    }
)
WATCH_LINE_LIMIT = 256
_FILE_LIMIT_BYTES = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What counts now."""

    sample_interval_s: float
    report_interval_s: float
    slow_interval_s: float
    process_names: bool
    watch_lines: tuple[WatchLine, ...]


def behaviour(config: AgentConfig, settings: Settings) -> Behaviour:
    """Return what counts: the collector's wish where it has one, else the configuration.

    Names of programs are reported only if both agree: the owner of the device may say no.
    """
    return Behaviour(
        sample_interval_s=settings.sample_interval_s or config.sample_interval_s,
        report_interval_s=settings.report_interval_s or config.report_interval_s,
        slow_interval_s=settings.slow_interval_s or config.slow_interval_s,
        process_names=config.process_names and settings.process_names is not False,
        watch_lines=settings.watch_lines,
    )


def accepted(kept: Settings, offered: Settings | None) -> Settings:
    """Return the newer of two settings, without values that are out of range."""
    if offered is None or offered.version < kept.version:
        return kept
    lines = tuple(line for line in offered.watch_lines if _is_sane(line))[:WATCH_LINE_LIMIT]
    return replace(
        offered,
        sample_interval_s=_in_range("sample_interval_s", offered.sample_interval_s),
        report_interval_s=_in_range("report_interval_s", offered.report_interval_s),
        slow_interval_s=_in_range("slow_interval_s", offered.slow_interval_s),
        watch_lines=lines,
    )


class SettingsFile:
    """Keeps the collector's settings on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Settings:
        """Return the settings that were kept; empty ones where there are none to be read."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_FILE_LIMIT_BYTES))
            lines = tuple(WatchLine(**line) for line in found.pop("watch_lines"))
            return accepted(Settings(), Settings(**found, watch_lines=lines))
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("file=%s not read, collector's settings start empty: %s", self._path, error)
            return Settings()

    def save(self, settings: Settings) -> None:
        """Keep the settings; a disk that refuses is logged, they count until the end anyway."""
        try:
            write_atomically(self._path, json.dumps(asdict(settings)).encode())
        except OSError as error:
            log.warning("file=%s not written: %s", self._path, error.strerror)


def _is_sane(line: WatchLine) -> bool:
    limits = [limit for limit in (line.below, line.above) if limit is not None]
    return bool(limits) and all(math.isfinite(limit) for limit in limits)


def _in_range(name: str, value: float | None) -> float | None:
    low, high = _RANGES[name]
    if value is None or low <= value <= high:
        return value
    log.warning("setting=%s value=%s out of range, left out", name, value)
    return None
