"""Checks of the ports: free for the collector, or held by the one that runs."""

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.doctor.finding import Finding, ok, problem, warning
from sickbay_collector.web.listen import bind

# On loopback the answer takes a millisecond; a collector that is too busy is worth a warning.
_TIMEOUT_S = 3.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - dialled only


class Running(StrEnum):
    """What the admin port says."""

    READY = "ready"
    NOT_READY = "not ready"
    NO = "no"
    """Nothing that is a collector answers there."""
    UNKNOWN = "unknown"
    """The port is picked at start, so nobody knows where to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port that the collector needs."""

    option: str
    address: str
    number: int
    """0 is picked at start."""


def check_ports(config: CollectorConfig) -> Iterator[Finding]:
    """Say whether the collector runs, or could."""
    running = ask_readiness(config.admin_address, config.admin_port)
    yield judge_running(running)
    for port in ports(config):
        yield judge_port(port, running, why_busy(port))


def ports(config: CollectorConfig) -> tuple[Port, ...]:
    """Return the ports that the collector needs."""
    return (
        Port(option="agent_port", address=config.agent_address, number=config.agent_port),
        Port(option="enroll_port", address=config.agent_address, number=config.enroll_port),
        Port(option="http_port", address=config.http_address, number=config.http_port),
        Port(option="admin_port", address=config.admin_address, number=config.admin_port),
    )


def ask_readiness(address: str, port: int) -> Running:
    """Return what the admin port of a collector answers."""
    if port == 0:
        return Running.UNKNOWN
    connection = http.client.HTTPConnection(
        _EVERYWHERE.get(address, address), port, timeout=_TIMEOUT_S
    )
    try:
        connection.request("GET", "/readyz")
        said = connection.getresponse().read(64).decode("ascii", "replace").strip()
    except (OSError, http.client.HTTPException):
        return Running.NO
    finally:
        connection.close()
    return Running(said) if said in {Running.READY, Running.NOT_READY} else Running.NO


def why_busy(port: Port) -> str | None:
    """Return why a port cannot be used now; None when it can."""
    try:
        bind(port.address, port.number, option=port.option).close()
    except ConfigError as error:
        return str(error)
    return None


def judge_running(running: Running) -> Finding:
    """Say whether the collector runs."""
    said: dict[Running, Callable[[], Finding]] = {
        Running.READY: lambda: ok("collector", "runs and is ready"),
        Running.NOT_READY: lambda: warning(
            "collector", "runs and is not ready: it starts or stops; look at its log if it stays so"
        ),
        Running.NO: lambda: ok("collector", "does not run: start it with `sickbay serve`"),
        Running.UNKNOWN: lambda: ok("collector", "cannot be asked: admin_port is 0"),
    }
    return said[running]()


def judge_port(port: Port, running: Running, busy: str | None) -> Finding:
    """Say whether a port is where the collector needs it."""
    check = f"{port.option} {port.number}"
    if port.number == 0:
        return ok(check, "is picked at start")
    runs = running in {Running.READY, Running.NOT_READY}
    if busy is None and runs:
        return warning(check, "the collector does not listen here: restart it with these settings")
    if busy is None:
        return ok(check, "is free")
    if runs:
        return ok(check, "is the collector's")
    if running is Running.UNKNOWN:
        return warning(check, f"by this collector or another program: {busy}")
    return problem(check, busy)
