"""The quick start: a collector and an agent of this machine, out of one folder.

The folder keeps `ca/`, `collector.db`, `agent/`, `rules.d/`, `desk.d/`, `cli.toml` and
`console-password`; a second run uses them again, so the machine stays the same device.
"""

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.bootstrap.collector import Addresses, Collector, open_collector
from sickbay_collector.cli.connection import Asked, Connection, find_connection, save_connection
from sickbay_collector.cli.quickstart_folder import make_technician, own_folder
from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import ConfigError, DeniedError, SickbayError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services.access import Role, TokenWish, authenticate, make_api_token
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import add_account
from sickbay_collector.services.device_detail import DeviceDetail, device_detail
from sickbay_collector.services.enrollment_tokens import make_token

ADMINISTRATOR = "admin"
PASSWORD_FILE = "console-password"  # noqa: S105 - the name of the file
_PASSWORD_BYTES = 12
# Sections that every Linux device has; software comes last and is the largest.
_FIRST_REPORT = frozenset({"os", "software"})
_POLL_S = 0.2
_STOP_AGENT_S = 10.0
_AGENT_INTERVAL_S = 60

Say = Callable[[str], None]
"""Shows one line of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    directory: Path
    once: bool
    free_ports: bool
    timeout_s: float
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReport:
    """What is known once this machine has reported."""

    detail: DeviceDetail
    addresses: Addresses
    api_token: str
    seconds: float
    """From the start of the command."""
    directory: Path


async def quickstart(
    config: CollectorConfig, options: Options, say: Say, show: Callable[[FirstReport], None]
) -> None:
    """Start collector and agent, show the first report; with `once` stop, else stay until told.

    Raises:
        SickbayError: Something could not be started, or no report arrived in time.
    """
    began = time.monotonic()
    with own_folder(options.directory):
        make_technician(config.desk, ADMINISTRATOR)
        await _run(config, options, say, show, began)


async def _run(
    config: CollectorConfig,
    options: Options,
    say: Say,
    show: Callable[[FirstReport], None],
    began: float,
) -> None:
    say(f"collector: {options.directory}")
    collector = open_collector(config)
    addresses = await collector.start()
    say(
        f"listening: agents {addresses.agent_port}, enrollment {addresses.enroll_port}, "
        f"http {addresses.http_port}, metrics {addresses.admin_port}"
    )
    agent: asyncio.subprocess.Process | None = None
    try:
        token = await asyncio.to_thread(_api_token, collector, options, addresses)
        await asyncio.to_thread(_console_account, collector, options.directory)
        agent = await _start_agent(collector, options, addresses)
        say("agent: started, waiting for its first report")
        detail = await _first_report(collector, options, agent)
        show(
            FirstReport(
                detail=detail,
                addresses=addresses,
                api_token=token,
                seconds=time.monotonic() - began,
                directory=options.directory,
            )
        )
        if not options.once:
            await _until_told(collector, agent)
    finally:
        if agent is not None:
            await _stop_agent(agent)
        await collector.stop(drain_s=0)


def summary(report: FirstReport) -> dict[str, object]:
    """Return the first report as the one object that `--json` prints."""
    detail = report.detail
    system = _facts(detail, "system")
    model = " ".join(str(system[name]) for name in ("manufacturer", "model") if name in system)
    score = detail.score
    return {
        "device_id": detail.row.device.device_id,
        "hostname": detail.row.device.hostname,
        "model": model or None,
        "model_reason": None if model else _model_reason(detail),
        "virtualization": system.get("virtualization"),
        "os": detail.row.os_name or None,
        "score": score.value if score else None,
        "score_withheld_reason": (score.withheld_reason or None) if score else "no report yet",
        "score_low": score.low if score else None,
        "score_high": score.high if score else None,
        "confidence": score.confidence if score else None,
        "sections": [section.kind for section in detail.sections],
        "software_count": _software_count(detail),
        "console_url": f"http://127.0.0.1:{report.addresses.http_port}/",
        "console_login": ADMINISTRATOR,
        "console_password_file": str(report.directory / PASSWORD_FILE),
        "api_url": f"http://127.0.0.1:{report.addresses.http_port}/api/v1",
        "api_token": report.api_token,
        "metrics_url": f"http://127.0.0.1:{report.addresses.admin_port}/metrics",
        "agent_port": report.addresses.agent_port,
        "enroll_port": report.addresses.enroll_port,
        "directory": str(report.directory),
        "seconds": round(report.seconds, 1),
    }


def _api_token(collector: Collector, options: Options, addresses: Addresses) -> str:
    """Return the token in `cli.toml` while it is valid, else a new one; write the address."""
    file = options.directory / "cli.toml"
    url = f"http://127.0.0.1:{addresses.http_port}"
    try:
        secret = find_connection(Asked(directory=options.directory), {}).token
    except ConfigError:
        secret = ""
    if not secret or not _is_valid(collector, secret):
        wish = TokenWish(user=ADMINISTRATOR, role=Role.ADMINISTRATOR, lifetime=None)
        with collector.storage.open_uow() as uow:
            made = make_api_token(uow, wish, by=By(at=utc_now()), new_id=new_id)
            uow.commit()
        secret = made.secret
    save_connection(file, Connection(url=url, token=secret))
    return secret


def _console_account(collector: Collector, directory: Path) -> None:
    """Make the administrator's account once, its password in a file that only its owner reads."""
    with collector.storage.open_uow() as uow:
        if uow.accounts.get(ADMINISTRATOR) is not None:
            return
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        file = directory / PASSWORD_FILE
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(password + "\n")
        add_account(
            uow,
            Argon2Hasher(),
            login=ADMINISTRATOR,
            name="Administrator",
            role=Role.ADMINISTRATOR,
            password=password,
            by=By(at=utc_now()),
        )
        uow.commit()


def _is_valid(collector: Collector, secret: str) -> bool:
    with collector.storage.open_reads() as uow:
        try:
            authenticate(uow, secret, now=utc_now())
        except DeniedError:
            return False
    return True


async def _start_agent(
    collector: Collector, options: Options, addresses: Addresses
) -> asyncio.subprocess.Process:
    """Start `sickbay-agent run` as a child that ends with this process."""
    file = options.directory / "agent" / "agent.toml"
    await asyncio.to_thread(_write_agent_config, file, collector, addresses)
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sickbay_agent.cli",
        "run",
        "--config",
        str(file),
        "--parent-pid",
        str(os.getpid()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
    )


def _write_agent_config(file: Path, collector: Collector, addresses: Addresses) -> None:
    token = make_token(
        collector.storage.open_uow,
        by=By(at=utc_now()),
        lifetime=timedelta(hours=1),
        max_uses=1,
        comment="quick start",
        new_id=new_id,
    )
    ca_file = collector.config.ca / "ca.crt"
    settings = {
        "collector": [f"127.0.0.1:{addresses.agent_port}"],
        "enrollment": f"127.0.0.1:{addresses.enroll_port}",
        "ca_file": str(ca_file.absolute()),
        "token": f"{token.secret}.{collector.authority.fingerprint}",
        "state_dir": str(file.parent.absolute()),
        "sample_interval_s": _AGENT_INTERVAL_S,
        "report_interval_s": _AGENT_INTERVAL_S,
    }
    # JSON's texts, numbers and lists are TOML's.
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write("# Written by the quick start at each start.\n" + "\n".join(lines) + "\n")


async def _first_report(
    collector: Collector, options: Options, agent: asyncio.subprocess.Process
) -> DeviceDetail:
    """Return this machine's device once it has reported since the start, with its software.

    Raises:
        SickbayError: The agent ended, or nothing came in time.
    """
    deadline = time.monotonic() + options.timeout_s
    while time.monotonic() < deadline:
        if agent.returncode is not None:
            raise SickbayError(f"the agent ended with exit code {agent.returncode}")
        detail = await asyncio.to_thread(_reported, collector, options.directory)
        if detail is not None:
            return detail
        await asyncio.sleep(_POLL_S)
    raise SickbayError(
        f"no report within {options.timeout_s:g} s: see the agent's lines above, or raise --timeout"
    )


def _device_id(agent_folder: Path) -> DeviceId | None:
    """Return which device the agent enrolled as; None before it did."""
    try:
        return DeviceId(json.loads((agent_folder / "identity.json").read_bytes())["device_id"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(
            f"{agent_folder}/identity.json is damaged: remove {agent_folder}"
        ) from None


def _reported(collector: Collector, directory: Path) -> DeviceDetail | None:
    device_id = _device_id(directory / "agent")
    if device_id is None:
        return None
    with collector.storage.open_reads() as uow:
        device = uow.devices.get(device_id)
        if device is None:
            return None
        state = uow.states.load([device.device_id]).get(device.device_id)
        if state is None or state.received_at < collector.started_at:
            return None
        kinds = {version.kind for version in uow.sections.current(device.device_id)}
        if not kinds >= _FIRST_REPORT:
            return None
        return device_detail(uow, device, now=utc_now(), started_at=collector.started_at)


async def _until_told(collector: Collector, agent: asyncio.subprocess.Process) -> None:
    """Wait for SIGINT or SIGTERM, or for the agent to end; SIGHUP reloads rules and SLA."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    loop.add_signal_handler(signal.SIGHUP, collector.reload)
    ended = asyncio.ensure_future(agent.wait())
    waiting = asyncio.ensure_future(told.wait())
    await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not told.is_set():
        raise SickbayError(f"the agent ended with exit code {agent.returncode}")
    ended.cancel()


async def _stop_agent(agent: asyncio.subprocess.Process) -> None:
    if agent.returncode is None:
        agent.terminate()
        try:
            await asyncio.wait_for(agent.wait(), _STOP_AGENT_S)
        except TimeoutError:
            agent.kill()
            await agent.wait()


def _facts(detail: DeviceDetail, kind: str) -> Mapping[str, object]:
    return next((dict(one.facts) for one in detail.sections if one.kind == kind), {})


def _software_count(detail: DeviceDetail) -> int:
    return next((one.row_count for one in detail.sections if one.kind == "software"), 0)


def _model_reason(detail: DeviceDetail) -> str:
    absences = detail.state.section_absences
    return absences.get("system/model") or absences.get("system") or "the agent did not say why"
