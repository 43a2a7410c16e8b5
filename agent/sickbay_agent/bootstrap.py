"""Builds the agent's parts from its settings: the one place that names concrete classes.

gRPC takes 20 MiB, so it is imported only where a command needs the network.
"""

import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from sickbay_agent import __version__
from sickbay_agent.clock import Clock, SystemClock, Waiter
from sickbay_agent.config import AgentConfig
from sickbay_agent.deliver import Courier
from sickbay_agent.errors import ConfigError, NotApplicable, Unknown
from sickbay_agent.evidence import hardware_evidence
from sickbay_agent.exchange import Collector, EnrollmentDesk, Goodbye, HardwareEvidence
from sickbay_agent.files import make_private_folder
from sickbay_agent.identity.keeper import IdentityKeeper
from sickbay_agent.identity.keysmith import Keysmith, ask_child, chain_of_server
from sickbay_agent.identity.pinning import parse_token, trusted_authority
from sickbay_agent.identity.store import Identity, IdentityStore
from sickbay_agent.lean import prepare_grpc
from sickbay_agent.loop import Loop, Parts, Progress
from sickbay_agent.model.record import Gap
from sickbay_agent.observe import Moment, Observer, record_body
from sickbay_agent.own import own_meter
from sickbay_agent.probes import PROBES
from sickbay_agent.probes.contract import run_command
from sickbay_agent.problems import ProblemInbox
from sickbay_agent.sampler import Sampler
from sickbay_agent.session import Session
from sickbay_agent.settings import SettingsFile
from sickbay_agent.sleep import Sleep
from sickbay_agent.spool.spool import Spool
from sickbay_agent.status import LaneStatus, Status, write_status

log = logging.getLogger(__name__)

_SYSTEMCTL_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the agent keeps its things."""

    state_dir: Path

    @property
    def spool(self) -> Path:
        """The spool's folder."""
        return self.state_dir / "spool"

    @property
    def status(self) -> Path:
        """The status file."""
        return self.state_dir / "status.json"

    @property
    def settings(self) -> Path:
        """What the collector asked for."""
        return self.state_dir / "settings.json"

    @property
    def problems(self) -> Path:
        """Problem reports that wait for the running agent."""
        return self.state_dir / "problems"

    @property
    def cache(self) -> Path:
        """What probes remember."""
        return self.state_dir / "cache"


def make_sampler(config: AgentConfig, *, cache: Path | None) -> Sampler:
    """Return the sampler with all probes."""
    return Sampler(PROBES, config.roots, monotonic=time.monotonic, cache=cache)


def make_keeper(config: AgentConfig) -> IdentityKeeper:
    """Return the keeper of the identity.

    Raises:
        ConfigError: No collector is configured.
    """
    address = required_enrollment(config)

    def open_desk(authorities_pem: bytes) -> EnrollmentDesk:
        prepare_grpc()
        from sickbay_agent.transport import GrpcEnrollmentDesk  # noqa: PLC0415 - 20 MiB

        return GrpcEnrollmentDesk(address, authorities_pem, server_name=config.server_name)

    return IdentityKeeper(IdentityStore(config.state_dir), Keysmith(ask_child), open_desk)


def make_collector(config: AgentConfig, identity: Identity) -> Collector:
    """Return the collector as seen with an identity; connects at the first call.

    Raises:
        ConfigError: No collector is configured.
    """
    required_enrollment(config)
    prepare_grpc()
    from sickbay_agent.transport import GrpcCollector  # noqa: PLC0415 - 20 MiB

    return GrpcCollector(config.collector, identity, server_name=config.server_name)


def enroll(config: AgentConfig, keeper: IdentityKeeper, evidence: HardwareEvidence) -> Identity:
    """Return a first identity, asked for with the configured token.

    Raises:
        ConfigError: There is no token.
        IdentityError: The collector cannot be trusted, or its answer is of no use.
        CallError: The collector did not give one.
    """
    token = parse_token(required_token(config))
    authority_pem = trusted_authority(
        token,
        ca_file=config.ca_file,
        address=required_enrollment(config),
        server_name=config.server_name,
        fetch=chain_of_server,
    )
    return keeper.enroll(
        token=token.text,
        authority_pem=authority_pem,
        hostname=socket.gethostname(),
        evidence=evidence,
    )


def required_token(config: AgentConfig) -> str:
    """Return the enrollment token.

    Raises:
        ConfigError: There is none.
    """
    if config.token is None:
        raise ConfigError(
            "this device is not enrolled and there is no token: give one with --token-file, the "
            "key token, or SICKBAY_AGENT_TOKEN_FILE"
        )
    return config.token


def required_enrollment(config: AgentConfig) -> str:
    """Return the address of the enrollment port.

    Raises:
        ConfigError: No collector is configured.
    """
    address = config.enrollment_address
    if address is None or not config.collector:
        raise ConfigError(
            'no collector is configured: set collector = "name:7443", SICKBAY_AGENT_COLLECTOR or '
            "--collector"
        )
    return address


def open_spool(config: AgentConfig, clock: Clock) -> Spool:
    """Return the spool, opened.

    Raises:
        SpoolError: It cannot be used, or another agent uses it.
    """
    moment = moment_of(config, clock)

    def encode_gap(gap: Gap, now: datetime) -> bytes:
        taken = moment()
        return record_body(
            gap, Moment(at=now, boot_id=taken.boot_id, since_boot_s=taken.since_boot_s)
        )

    return Spool(
        Places(state_dir=config.state_dir).spool,
        limits=config.spool,
        encode_gap=encode_gap,
        now=clock.now(),
    )


def moment_of(config: AgentConfig, clock: Clock) -> Callable[[], Moment]:
    """Return a function that says when it is now."""
    boot_id = _boot_id(config.roots.proc)

    def moment() -> Moment:
        return Moment(at=clock.now(), boot_id=boot_id, since_boot_s=clock.elapsed_s())

    return moment


def make_loop(config: AgentConfig, waiter: Waiter, spool: Spool, sleep: Sleep) -> Loop:
    """Return the agent's loop.

    Raises:
        ConfigError: No collector is configured, or there is neither identity nor token.
        IdentityError: The identity's files are damaged.
    """
    places = Places(state_dir=config.state_dir)
    clock = SystemClock()
    keeper = make_keeper(config)
    sampler = make_sampler(config, cache=places.cache)
    observer = Observer(sampler, spool, moment_of(config, clock))
    session = Session(
        keeper,
        enroll=lambda: enroll(config, keeper, hardware_evidence(observer.sections)),
        dial=lambda identity: make_collector(config, identity),
    )
    if session.identity is None:
        required_token(config)
    make_private_folder(places.cache)

    def publish(progress: Progress) -> None:
        status = status_of(progress, session.identity, spool, clock.now())
        try:
            write_status(places.status, status)
        except OSError as error:  # a full disk must not stop the agent
            log.debug("status not written: %s", error.strerror)

    return Loop(
        Parts(
            config=config,
            clock=clock,
            waiter=waiter,
            rng=SystemRandom(),
            spool=spool,
            observer=observer,
            courier=Courier(spool, observer.inventory, own_meter(clock, config.roots.proc)),
            session=session,
            settings_file=SettingsFile(places.settings),
            take_problems=ProblemInbox(places.problems).take,
            sleep=sleep,
            goodbye=why_stopping,
            instance_id=IdentityStore(config.state_dir).instance_id(),
            publish=publish,
        )
    )


def status_of(progress: Progress, identity: Identity | None, spool: Spool, now: datetime) -> Status:
    """Return what the running agent says about itself."""
    return Status(
        written_at=now,
        version=__version__,
        pid=os.getpid(),
        device_id=identity.device_id if identity else None,
        certificate_expires_at=identity.not_after if identity else None,
        last_sample_at=progress.last_sample_at,
        last_ack_at=progress.last_ack_at,
        last_error=progress.last_error,
        last_error_at=progress.last_error_at,
        next_report_at=progress.next_report_at,
        clock_offset_s=progress.clock_offset_s,
        last_suspend_s=progress.last_suspend_s,
        lanes={
            str(lane): LaneStatus(
                records=depth.records, size_bytes=depth.size_bytes, oldest_at=depth.oldest_at
            )
            for lane, depth in spool.depths.items()
        },
    )


def why_stopping() -> Goodbye:
    """Return whether the device shuts down or only the agent stops."""
    if sys.platform != "linux":
        return Goodbye.AGENT_STOPPING
    try:
        said = run_command(["systemctl", "is-system-running"], _SYSTEMCTL_TIMEOUT_S)
    except (NotApplicable, Unknown):
        return Goodbye.AGENT_STOPPING
    is_ending = said.strip() == "stopping"
    return Goodbye.SHUTTING_DOWN if is_ending else Goodbye.AGENT_STOPPING


def _boot_id(proc: Path) -> str:
    """Return the kernel's random id of this boot; empty where there is none."""
    try:
        return (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
