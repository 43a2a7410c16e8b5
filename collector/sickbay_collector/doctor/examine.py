"""All checks of a collector, the most basic first."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.doctor.database import check_database
from sickbay_collector.doctor.files import (
    check_authority,
    check_desk,
    check_rules,
    check_sla,
    check_space,
    check_state_directory,
)
from sickbay_collector.doctor.finding import Finding, ok, problem
from sickbay_collector.doctor.network import check_ports
from sickbay_collector.doctor.settings import CHECK, check_settings

# No machine has a right clock from before this program was written.
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
# The authority of a first start lasts ten years; a clock beyond that is wrong as well.
_END = datetime(2076, 1, 1, tzinfo=UTC)


def examine(load: Callable[[], CollectorConfig], *, now: datetime) -> Iterator[Finding]:
    """Yield findings as they are made, so that each can be shown while the next is looked for.

    Args:
        load: Reads the settings; without them nothing else can be checked.
        now: The present time.
    """
    try:
        config = load()
    except ConfigError as error:
        yield problem(CHECK, str(error))
        return
    remarks = list(check_settings(config))
    yield from remarks or [ok(CHECK, "valid")]
    yield check_clock(now)
    checks: dict[str, Callable[[], Iterable[Finding]]] = {
        "state directory": lambda: [check_state_directory(config)],
        "disk space": lambda: [check_space(config.state_dir)],
        "authority": lambda: check_authority(config.ca, now=now),
        "rules": lambda: check_rules(config.rules),
        "sla": lambda: [check_sla(config.sla, now=now)],
        "desk": lambda: [check_desk((config.sla, config.desk), now=now)],
        "ports": lambda: check_ports(config),
        "database": lambda: check_database(config, now=now),
    }
    for name, check in checks.items():
        yield from _readable(name, check)


def _readable(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield what a check finds; what this user may not look at is a finding as well."""
    try:
        yield from check()
    except OSError as error:
        yield problem(name, f"{error.filename}: {error.strerror}: run as the collector's user")


def check_clock(now: datetime) -> Finding:
    """Say whether the clock can be right; reports and the authority are compared with it too."""
    text = f"says {now:%Y-%m-%d %H:%M:%S} UTC"
    if _BEGINNING <= now < _END:
        return ok("clock", text)
    return problem("clock", f"{text}: set it, certificates depend on it")
