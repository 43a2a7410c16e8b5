"""Builds the collector from its settings, starts and stops it; only here concretes are named."""

import asyncio
import gc
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network

from sickbay.v1 import telemetry_pb2 as pb
from sickbay_collector import __version__
from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.desk.coverage import coverage
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import (
    BusyError,
    ConfigError,
    DeniedError,
    SickbayError,
    StoreError,
)
from sickbay_collector.core.ids import DeviceId, uuid7
from sickbay_collector.db.device_lists import list_devices
from sickbay_collector.db.frames import open_hour
from sickbay_collector.db.live import read_marks
from sickbay_collector.db.pulse import Pulse
from sickbay_collector.db.reads import count_devices, count_fleet
from sickbay_collector.heap import bound_heap
from sickbay_collector.ingest_metrics import WriterMetrics
from sickbay_collector.jobs import Jobs
from sickbay_collector.metrics import Metrics
from sickbay_collector.notify.guard import Guard, system_resolve
from sickbay_collector.notify.hooks import Tools
from sickbay_collector.notify.post import Poster
from sickbay_collector.notify.registry import Channels
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.pki import Authority, DeviceIssuer, Peer, ServerIdentities, open_authority
from sickbay_collector.rpc.admission import CallLimiter
from sickbay_collector.rpc.enrollment import EnrollmentServicer
from sickbay_collector.rpc.identity import DeviceGate, PendingError
from sickbay_collector.rpc.server import (
    STRANGER_CALLS,
    STRANGER_MESSAGE_BYTES,
    Listening,
    start_server,
)
from sickbay_collector.rpc.telemetry import TelemetryServicer, agent_settings
from sickbay_collector.rpc.writer import GroupWriter
from sickbay_collector.scheduler import Scheduler
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.counts import FleetCounts
from sickbay_collector.services.desk_totals import RunningTotals
from sickbay_collector.services.enrollment import note_certificate
from sickbay_collector.services.fleet import FleetTimers
from sickbay_collector.services.gaps_ahead import GapsAhead
from sickbay_collector.services.ingest import Ingest
from sickbay_collector.services.kept_glances import Glances
from sickbay_collector.services.leases import LeasedJobs
from sickbay_collector.services.oidc_sign_in import OidcSignIn
from sickbay_collector.services.quiet_timers import QuietTimers
from sickbay_collector.services.sections import store_sections
from sickbay_collector.services.sign_in import SignIn
from sickbay_collector.services.window_run import Steps
from sickbay_collector.storage import Storage, open_storage
from sickbay_collector.web.admin import make_admin
from sickbay_collector.web.context import Joining, WebContext
from sickbay_collector.web.glancing import keep_glance
from sickbay_collector.web.listen import HttpServer, bind, serve
from sickbay_collector.web.live import Live
from sickbay_collector.web.site import make_site

log = logging.getLogger(__name__)

_GRPC_GRACE_S = 25.0


def utc_now() -> datetime:
    """Return the present time, aware, UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a new UUIDv7."""
    return uuid7(time.time(), secrets.token_bytes(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a running collector listens."""

    agent_port: int
    enroll_port: int
    http_port: int
    admin_port: int


class Collector:
    """One collector process: two gRPC servers, two HTTP servers, writer and scheduler."""

    def __init__(self, config: CollectorConfig, storage: Storage, authority: Authority) -> None:
        self.config = config
        self.storage = storage
        self.authority = authority
        self.started_at = utc_now()
        self._totals = RunningTotals(storage.open_reads)
        self.metrics = Metrics(count_fleet=self._count_fleet, version=__version__)
        self._shelf = Shelf(
            Places(rules=config.rules, sla=config.sla, desk=config.desk),
            storage.open_reads,
            utc_now,
            storage.book.replace,
        )
        self._shelf.start()
        self._ingest = Ingest(
            storage.open_uow,
            self.rules,
            open_hour,
            new_id,
            sample_interval_s=config.sample_interval_s,
        )
        self._writer = GroupWriter(self._ingest, WriterMetrics(self.metrics))
        self._gate = DeviceGate(self._device, self._note_certificate, utc_now)
        self._limiter = CallLimiter(
            config.device_calls_per_s, config.device_calls_burst, time.monotonic
        )
        self._pulse = Pulse(storage.engine)
        # No process ever has this name again.
        self._leases = LeasedJobs(
            open_uow=storage.open_uow, holder=f"{socket.gethostname()}/{new_id()}"
        )
        guard = Guard([ip_network(one) for one in config.notify_allow], system_resolve)
        self._channels = Channels(
            storage.book,
            Tools(guard=guard, poster=Poster(guard), environ=os.environ, clock=utc_now),
        )
        self._sign_in = SignIn(storage.open_reads, storage.open_uow, Argon2Hasher())
        self._live = Live(partial(read_marks, storage.engine), self._sign_in.still_in)
        self._glances = Glances(time.monotonic)
        self._stop_jobs = threading.Event()
        jobs = Jobs(
            config,
            storage,
            self.metrics,
            pulse=self._pulse,
            shelf=self._shelf,
            leases=self._leases,
            channels=self._channels,
            stop=self._stop_jobs,
        )
        quiet = QuietTimers(self.rules, Steps(started_at=self.started_at, new_id=new_id))
        self._scheduler = Scheduler(
            jobs.jobs(
                {**quiet.handlers(), **FleetTimers(new_id).handlers()},
                {"live": self._live.look, "look_at_fleet": self._glances.renew},
            ),
            clock=utc_now,
            monotonic=time.monotonic,
            stop=self._stop_jobs,
        )
        self._grpc: tuple[Listening, ...] = ()
        self._http: tuple[HttpServer, ...] = ()
        self._ready = False

    def rules(self) -> RuleSet:
        """Return the rules in force."""
        return self._shelf.rules()

    def reload(self) -> None:
        """Read the files of rules, SLA and desk again; keep what is in force when one is wrong."""
        try:
            self._shelf.reload()
        except SickbayError as error:
            log.error("files not reloaded: %s", error)  # noqa: TRY400 - the message says it all
        else:
            log.info("files reloaded")

    async def start(self) -> Addresses:
        """Start everything; return where it listens.

        Raises:
            ConfigError: A port is busy; nothing keeps running.
        """
        bound_heap()
        try:
            self._start_http()
            await self._start_grpc()
        except SickbayError:
            await self.stop(drain_s=0)
            raise
        # Reports make many short-lived values and no cycles, while tens of thousands of device
        # states stay: looking for garbage less often saves a fifth of the writer's time (measured).
        gc.freeze()
        gc.set_threshold(100_000, 50, 1000)
        self._writer.start()
        self._scheduler.start()
        self._ready = True
        return Addresses(
            agent_port=self._grpc[0].port,
            enroll_port=self._grpc[1].port,
            http_port=self._http[0].port,
            admin_port=self._http[1].port,
        )

    async def stop(self, *, drain_s: float | None = None) -> None:
        """Turn readiness off, wait, end calls, commit what is queued, stop the rest."""
        self._ready = False
        await asyncio.sleep(self.config.drain_s if drain_s is None else drain_s)
        await asyncio.gather(*(one.server.stop(_GRPC_GRACE_S) for one in self._grpc))
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._scheduler.close, timeout_s=10.0)
        await asyncio.to_thread(self._release_leases)
        self._live.close()
        await asyncio.gather(*(one.stop() for one in self._http))
        self.storage.engine.dispose()

    def _release_leases(self) -> None:
        try:
            self._leases.release(utc_now())
        except SickbayError as error:
            log.warning("leases.kept error=%s", error)

    def _start_http(self) -> None:
        config = self.config
        context = WebContext(
            open_reads=self.storage.open_reads,
            open_writes=self.storage.open_uow,
            list_devices=partial(list_devices, self.storage.engine),
            rules=self.rules,
            count_devices=partial(count_devices, self.storage.engine),
            sign_in=self._sign_in,
            is_secure=config.http_certificate is not None or config.behind_proxy,
            clock=utc_now,
            new_id=new_id,
            started_at=self.started_at,
            version=__version__,
            shelf=self._shelf,
            joining=self._joining,
            oidc=self._oidc(),
            glances=self._glances,
            gaps_ahead=GapsAhead(coverage),
            live=self._live,
            sample_interval_s=config.sample_interval_s,
        )
        keep_glance(context)
        site = make_site(context)
        admin = make_admin(self.metrics, lambda: self._ready and self._pulse.beats)
        api_socket = bind(config.http_address, config.http_port, option="http_port")
        self._http = (
            serve(site, api_socket, certificate=config.http_certificate, key=config.http_key),
        )
        admin_socket = bind(config.admin_address, config.admin_port, option="admin_port")
        self._http += (serve(admin, admin_socket, certificate=None, key=None),)

    def _oidc(self) -> OidcSignIn | None:
        settings = self.config.oidc
        if settings is None:
            return None
        try:
            # PyJWT is an extra: only who signs in elsewhere has it.
            from sickbay_collector.oidc import OidcProvider  # noqa: PLC0415
        except ImportError as error:
            raise ConfigError(
                "oidc_issuer: PyJWT is missing; install sickbay[collector,oidc]"
            ) from error
        provider = OidcProvider(settings, utc_now)
        return OidcSignIn(provider, self.storage.open_uow, self.config.oidc_name)

    def _joining(self) -> Joining:
        host = self.config.server_names[0]
        name = f"[{host}]" if ":" in host else host
        agents, strangers = (one.port for one in self._grpc)
        return Joining(
            collector=f"{name}:{agents}",
            enrollment=f"{name}:{strangers}",
            fingerprint=self.authority.fingerprint,
        )

    async def _start_grpc(self) -> None:
        config = self.config
        identity = ServerIdentities(self.authority, config.server_names, utc_now).current
        lifetime = timedelta(hours=config.certificate_hours)
        enrollment = EnrollmentServicer(
            authority=self.authority,
            issuer=DeviceIssuer(self.authority, lifetime=lifetime),
            open_uow=self.storage.open_uow,
            clock=utc_now,
            new_id=new_id,
            issued=self.metrics.issue_certificate,
            refused=self.metrics.refuse_enrollment,
        )
        telemetry = TelemetryServicer(
            self._writer,
            lambda device_id, sections: store_sections(
                device_id, sections, self.storage.open_uow, now=utc_now()
            ),
            self._agent_settings,
            utc_now,
        )
        agents = await start_server(
            address=config.agent_address,
            port=config.agent_port,
            option="agent_port",
            identity=identity,
            client_ca_pem=self.authority.certificate_pem,
            handlers=[
                telemetry.handler(self._admit),
                enrollment.identity_handler(self._admit_pending),
            ],
        )
        self._grpc = (agents,)
        strangers = await start_server(
            address=config.agent_address,
            port=config.enroll_port,
            option="enroll_port",
            identity=identity,
            client_ca_pem=None,
            handlers=[enrollment.enrollment_handler()],
            max_message_bytes=STRANGER_MESSAGE_BYTES,
            max_calls=STRANGER_CALLS,
        )
        self._grpc += (strangers,)

    async def _admit(
        self, auth_context: Mapping[str, Iterable[bytes]], size_bytes: int
    ) -> DeviceId:
        """Return the calling device, unless it is shut out, waits, calls too often or in vain."""
        return await self._admitted(self._gate.enter, auth_context, size_bytes)

    async def _admit_pending(
        self, auth_context: Mapping[str, Iterable[bytes]], size_bytes: int
    ) -> DeviceId:
        """Return the calling device as `_admit` does, also one that waits for approval."""
        return await self._admitted(self._gate.enter_pending, auth_context, size_bytes)

    async def _admitted(
        self,
        enter: Callable[[Mapping[str, Iterable[bytes]]], Awaitable[DeviceId]],
        auth_context: Mapping[str, Iterable[bytes]],
        size_bytes: int,
    ) -> DeviceId:
        try:
            self._pulse.require()
            device_id = await enter(auth_context)
        except DeniedError:
            self.metrics.reject_admission("denied")
            raise
        except PendingError:
            self.metrics.reject_admission("pending")
            raise
        except (StoreError, BusyError):
            self.metrics.reject_admission("store_unavailable")
            raise
        try:
            self._limiter.take(device_id, size_bytes)
        except BusyError:
            self.metrics.reject_admission("rate_limited")
            raise
        return device_id

    def _agent_settings(self) -> pb.AgentSettings:
        config = self.config
        return agent_settings(
            sample_interval_s=config.sample_interval_s,
            report_interval_s=config.report_interval_s,
            slow_interval_s=config.slow_interval_s,
            version=1,
        )

    def _count_fleet(self) -> FleetCounts:
        now = utc_now()
        counts = count_fleet(self.storage.engine, now=now, started_at=self.started_at)
        categories = tuple(self.storage.book().categories)
        return replace(counts, desk=self._totals.now(now), categories=categories)

    def _device(self, device_id: DeviceId) -> Device | None:
        with self.storage.open_reads() as uow:
            return uow.devices.get(device_id)

    def _note_certificate(self, peer: Peer) -> None:
        note_certificate(peer, self.storage.open_uow)
        self._ingest.forget(peer.device_id)


def open_collector(config: CollectorConfig) -> Collector:
    """Return a collector that is ready to start.

    Raises:
        SickbayError: The database, the CA or a rule file cannot be used.
    """
    migrate = config.database.startswith("sqlite:")
    storage = open_storage(config, migrate=migrate)
    authority = open_authority(config.ca, now=utc_now())
    return Collector(config, storage, authority)
