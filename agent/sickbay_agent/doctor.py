"""Looks for what keeps the agent from working, and says what to do about it.

Every check is a function that returns its finding; nothing here changes anything, save that the
collector sees one empty report.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sickbay_agent.bootstrap import (
    Places,
    make_collector,
    make_keeper,
    make_sampler,
    open_spool,
    required_enrollment,
    required_token,
)
from sickbay_agent.clock import Clock
from sickbay_agent.config import AgentConfig
from sickbay_agent.dbus import BusError
from sickbay_agent.errors import AgentError, SpoolError
from sickbay_agent.exchange import Report
from sickbay_agent.identity.chain import fetch_chain
from sickbay_agent.identity.keeper import renewal_due_at
from sickbay_agent.identity.pinning import parse_token, trusted_authority
from sickbay_agent.identity.store import Identity
from sickbay_agent.show import BAD_OUTCOMES
from sickbay_agent.sleep import try_delay
from sickbay_agent.status import STALE_S, read_status

# No device has a right clock from before this program was written.
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
# Source: the collector's own line for clock_skew.
_OFFSET_LIMIT_S = 300.0


class Verdict(StrEnum):
    """What a check says."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of a check."""

    check: str
    verdict: Verdict
    text: str


def examine(config: AgentConfig, clock: Clock) -> list[Finding]:
    """Return the findings of all checks, the most basic first."""
    checks: list[Callable[[], Finding]] = [
        lambda: check_clock(config, clock.now()),
        lambda: check_spool(config, clock),
        lambda: check_certificate(config, clock.now()),
        lambda: check_enrollment_port(config),
        lambda: check_agents_port(config, clock.now()),
        lambda: check_sleep(config),
    ]
    return [check() for check in checks] + check_probes(config, clock.now())


def check_clock(config: AgentConfig, now: datetime) -> Finding:
    """Say whether the clock can be right: by the calendar, and by the collector's last answer."""
    if now < _BEGINNING:
        return _failed("clock", f"says {now:%Y-%m-%d}: set it, certificates depend on it")
    try:
        status = read_status(Places(state_dir=config.state_dir).status)
    except AgentError:
        return _ok("clock", f"says {now:%Y-%m-%d %H:%M:%S} UTC; no collector to compare with yet")
    offset_s = status.clock_offset_s
    if offset_s is not None and abs(offset_s) > _OFFSET_LIMIT_S:
        return _warning("clock", f"is {-offset_s:+.0f} s off the collector's: switch on NTP")
    return _ok("clock", f"says {now:%Y-%m-%d %H:%M:%S} UTC")


def check_spool(config: AgentConfig, clock: Clock) -> Finding:
    """Say whether records can be stored."""
    places = Places(state_dir=config.state_dir)
    try:
        with open_spool(config, clock) as spool:
            waiting = sum(depth.records for depth in spool.depths.values())
            return _ok("spool", f"{places.spool} can be used, {waiting} records wait")
    except SpoolError as error:
        if "in use" not in str(error):
            return _failed("spool", str(error))
    try:
        status = read_status(places.status)
    except AgentError as error:
        return _warning("spool", f"in use by a running agent, but {error}")
    if clock.now() - status.written_at > timedelta(seconds=STALE_S):
        return _warning(
            "spool",
            f"in use by a running agent that last said something at "
            f"{status.written_at:%Y-%m-%d %H:%M} UTC: restart it",
        )
    waiting = sum(lane.records for lane in status.lanes.values())
    return _ok("spool", f"in use by the running agent (pid {status.pid}), {waiting} records wait")


def check_certificate(config: AgentConfig, now: datetime) -> Finding:
    """Say whether the device is enrolled and its certificate in date."""
    try:
        identity = make_keeper(config).load()
        if identity is None:
            required_token(config)
            return _warning("certificate", "not enrolled yet: run `sickbay-agent enroll`")
    except AgentError as error:
        return _failed("certificate", str(error))
    if now >= identity.not_after:
        return _warning(
            "certificate",
            f"expired at {identity.not_after:%Y-%m-%d %H:%M} UTC; the agent renews it when it runs",
        )
    due = renewal_due_at(identity)
    return _ok(
        "certificate",
        f"device {identity.device_id}, until {identity.not_after:%Y-%m-%d %H:%M} UTC, renewal "
        f"due {due:%Y-%m-%d %H:%M} UTC",
    )


def check_enrollment_port(config: AgentConfig) -> Finding:
    """Say whether the enrollment port answers, and as the collector that is to be trusted."""
    try:
        address = required_enrollment(config)
        chain = fetch_chain(address, config.server_name)
        if config.token is not None:
            trusted_authority(
                parse_token(config.token),
                ca_file=config.ca_file,
                address=address,
                server_name=config.server_name,
                fetch=lambda _address, _name: chain,
            )
    except AgentError as error:
        return _failed("enrollment port", str(error))
    return _ok("enrollment port", f"{address} answers")


def check_agents_port(config: AgentConfig, now: datetime) -> Finding:
    """Say whether the collector takes reports of this device, by sending an empty one."""
    try:
        identity: Identity | None = make_keeper(config).load()
        if identity is None:
            return _warning("agents' port", "not tried: this device is not enrolled yet")
        collector = make_collector(config, identity)
        try:
            collector.report(
                Report(records=(), sent_at=now, report_interval_s=config.report_interval_s)
            )
        finally:
            collector.close()
    except AgentError as error:
        return _failed("agents' port", str(error))
    return _ok("agents' port", f"{config.collector[0]} takes reports of this device")


def check_sleep(config: AgentConfig) -> Finding:
    """Say whether the agent hears of the device's sleep, by holding it up for an instant."""
    try:
        is_heard = try_delay(config.roots.run)
    except (OSError, BusError) as error:
        return _warning(
            "sleep", f"logind does not announce it, so a device that sleeps counts as lost: {error}"
        )
    if not is_heard:
        return _ok("sleep", "not announced here: a device that sleeps counts as lost")
    return _ok("sleep", "logind announces it and waits for the goodbye")


def check_probes(config: AgentConfig, now: datetime) -> list[Finding]:
    """Say for each probe whether it can read what it is there for."""
    sampler = make_sampler(config, cache=None)
    sampler.take(now, slow=True)
    return [
        Finding(
            check=f"probe {name}",
            verdict=Verdict.WARNING if run.outcome in BAD_OUTCOMES else Verdict.OK,
            text=f"{run.outcome} in {run.duration_s * 1000:.0f} ms"
            + (f": {run.error}" if run.error else ""),
        )
        for name, run in sampler.runs.items()
    ]


def _ok(check: str, text: str) -> Finding:
    return Finding(check=check, verdict=Verdict.OK, text=text)


def _warning(check: str, text: str) -> Finding:
    return Finding(check=check, verdict=Verdict.WARNING, text=text)


def _failed(check: str, text: str) -> Finding:
    return Finding(check=check, verdict=Verdict.FAILED, text=text)
