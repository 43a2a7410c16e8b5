"""Builds the collector from its settings, starts and stops it; only here concretes are named."""

import asyncio
import gc
import logging
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from sickbay.v1 import telemetry_pb2 as pb
from sickbay_collector import __version__
from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.desk.sla_policy import NO_PROMISES, SlaBook
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import BusyError, DeniedError, SickbayError, StoreError
from sickbay_collector.core.history import Resolution
from sickbay_collector.core.ids import DeviceId, uuid7
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.frames import open_hour
from sickbay_collector.db.migrate import check, upgrade
from sickbay_collector.db.partitions import keep_partitions
from sickbay_collector.db.pulse import INTERVAL_S, Pulse
from sickbay_collector.db.reads import count_fleet, list_devices
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.db.vacuum import give_back
from sickbay_collector.heap import bound_heap
from sickbay_collector.metrics import Metrics
from sickbay_collector.notify.log import LogChannel
from sickbay_collector.notify.worker import deliver_pending
from sickbay_collector.pki import Authority, DeviceIssuer, ServerIdentities, open_authority
from sickbay_collector.rpc.admission import CallLimiter
from sickbay_collector.rpc.enrollment import EnrollmentServicer
from sickbay_collector.rpc.identity import DeviceGate
from sickbay_collector.rpc.server import (
    STRANGER_CALLS,
    STRANGER_MESSAGE_BYTES,
    Listening,
    start_server,
)
from sickbay_collector.rpc.telemetry import TelemetryServicer, agent_settings
from sickbay_collector.rpc.writer import GroupWriter
from sickbay_collector.scheduler import Job, Scheduler
from sickbay_collector.services.counts import FleetCounts
from sickbay_collector.services.desk import close_expired
from sickbay_collector.services.enrollment import promote_key
from sickbay_collector.services.history_upkeep import (
    close_left_open,
    drop_expired,
    roll_up_days,
)
from sickbay_collector.services.ingest import Committed, Ingest
from sickbay_collector.services.leases import LeasedJobs
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.sections import store_sections
from sickbay_collector.services.sla_files import load_sla
from sickbay_collector.services.sla_sweep import recount, sweep
from sickbay_collector.web.admin import make_admin
from sickbay_collector.web.app import make_api
from sickbay_collector.web.context import WebContext
from sickbay_collector.web.listen import HttpServer, bind, serve

log = logging.getLogger(__name__)

_GRPC_GRACE_S = 25.0


def utc_now() -> datetime:
    """Return the present time, aware, UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a new UUIDv7."""
    return uuid7(time.time(), secrets.token_bytes(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The database and how to work with it."""

    engine: Engine
    open_uow: OpenUnitOfWork
    open_reads: OpenUnitOfWork
    promises: "Promises"
    """What the desk promises; nothing before a collector loaded it."""


class Promises:
    """The SLA policies and calendars in force; called, it returns them."""

    def __init__(self) -> None:
        self._book = NO_PROMISES

    def __call__(self) -> SlaBook:
        """Return what is in force."""
        return self._book

    def replace(self, book: SlaBook) -> None:
        """Put others in force, from the next transaction on."""
        self._book = book


def open_storage(config: CollectorConfig, *, migrate: bool) -> Storage:
    """Open the database; with `migrate` bring its schema up to this program's.

    Raises:
        StoreError: It cannot be opened, or its schema is newer than this program.
    """
    if config.database.startswith("sqlite:"):
        _make_directory(config.state_dir)
    engine = open_engine(config.database)
    if migrate:
        upgrade(engine)
    check(engine)
    promises = Promises()
    return Storage(
        engine=engine,
        open_uow=open_unit_of_work(engine, sla=promises),
        open_reads=open_read_only(engine, sla=promises),
        promises=promises,
    )


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
        self.metrics = Metrics(count_fleet=self._count_fleet, version=__version__)
        self._rules = load_rules([config.rules])
        storage.promises.replace(load_sla([config.sla], today=self.started_at.date()))
        self._recounted = ""
        self._ingest = Ingest(
            storage.open_uow,
            self.rules,
            open_hour,
            new_id,
            sample_interval_s=config.sample_interval_s,
        )
        self._writer = GroupWriter(self._ingest, _WriterMetrics(self.metrics))
        self._gate = DeviceGate(self._device, self._promote, utc_now)
        self._limiter = CallLimiter(
            config.device_calls_per_s, config.device_calls_burst, time.monotonic
        )
        self._pulse = Pulse(storage.engine)
        # No process ever has this name again.
        self._leases = LeasedJobs(
            open_uow=storage.open_uow, holder=f"{socket.gethostname()}/{new_id()}"
        )
        self._stop_jobs = threading.Event()
        self._scheduler = Scheduler(
            self._jobs(), clock=utc_now, monotonic=time.monotonic, stop=self._stop_jobs
        )
        self._grpc: tuple[Listening, ...] = ()
        self._http: tuple[HttpServer, ...] = ()
        self._ready = False

    def rules(self) -> RuleSet:
        """Return the rules in force."""
        return self._rules

    def reload(self) -> None:
        """Read the files of rules and SLA again; keep what is in force when one is wrong."""
        try:
            rules = load_rules([self.config.rules])
            book = load_sla([self.config.sla], today=utc_now().date())
        except SickbayError as error:
            log.error("files not reloaded: %s", error)  # noqa: TRY400 - the message says it all
        else:
            self._rules = rules
            self.storage.promises.replace(book)
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
        await asyncio.gather(*(one.stop() for one in self._http))
        self.storage.engine.dispose()

    def _release_leases(self) -> None:
        try:
            self._leases.release(utc_now())
        except SickbayError as error:
            log.warning("leases.kept error=%s", error)

    def _start_http(self) -> None:
        config = self.config
        api = make_api(
            WebContext(
                open_reads=self.storage.open_reads,
                open_writes=self.storage.open_uow,
                list_devices=partial(list_devices, self.storage.engine),
                clock=utc_now,
                started_at=self.started_at,
                version=__version__,
                on_ticket_events=self.metrics.count_ticket_events,
            )
        )
        admin = make_admin(self.metrics, lambda: self._ready and self._pulse.beats)
        api_socket = bind(config.http_address, config.http_port, option="http_port")
        self._http = (
            serve(api, api_socket, certificate=config.http_certificate, key=config.http_key),
        )
        admin_socket = bind(config.admin_address, config.admin_port, option="admin_port")
        self._http += (serve(admin, admin_socket, certificate=None, key=None),)

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
                enrollment.identity_handler(self._admit),
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
        """Return the calling device, unless it is shut out, calls too often or in vain."""
        try:
            self._pulse.require()
            device_id = await self._gate.enter(auth_context)
        except DeniedError:
            self.metrics.reject_admission("denied")
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
        return count_fleet(self.storage.engine, now=utc_now(), started_at=self.started_at)

    def _device(self, device_id: DeviceId) -> Device | None:
        with self.storage.open_reads() as uow:
            return uow.devices.get(device_id)

    def _promote(self, device_id: DeviceId, fingerprint: str) -> None:
        promote_key(device_id, fingerprint, self.storage.open_uow)
        self._ingest.forget(device_id)

    def _jobs(self) -> Sequence[Job]:
        open_uow = self.storage.open_uow
        channels = (LogChannel(),)
        return (
            self._job("feel_database", INTERVAL_S, lambda _: self._pulse.feel()),
            self._job("deliver", 2.0, lambda now: deliver_pending(open_uow, channels, now)),
            self._job("sla_sweep", 1.0, self._sweep_sla),
            self._job("sla_recount", 10.0, self._recount_sla),
            self._leased("close_resolved", 60.0, self._close_resolved),
            self._leased("close_hours", 600.0, self._close_hours),
            self._leased("roll_up_days", 600.0, self._roll_up_days),
            self._leased("drop_history", 3600.0, self._drop_history),
        )

    def _sweep_sla(self, now: datetime) -> None:
        sweep(self.storage.open_reads, self.storage.open_uow, now, self._wait)

    def _recount_sla(self, now: datetime) -> None:
        """Reckon open clocks anew once after the calendars changed."""
        version = self.storage.promises().version
        if version != self._recounted:
            recount(self.storage.open_uow, now, self._wait)
            self._recounted = version

    def _close_resolved(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        self.metrics.count_ticket_events(close_expired(open_uow, now))

    def _leased(
        self, name: str, interval_s: float, work: Callable[[OpenUnitOfWork, datetime], object]
    ) -> Job:
        """Return a job that one of all collectors runs."""
        return self._job(
            name, interval_s, lambda now: self._leases.run(name, interval_s, work, now)
        )

    def _wait(self, seconds: float) -> bool:
        """Pause a job; return whether it should stop."""
        return self._stop_jobs.wait(seconds)

    def _close_hours(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        close_left_open(open_uow, now, self._wait)

    def _roll_up_days(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        roll_up_days(open_uow, now, self._wait)

    def _drop_history(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        """Make and drop partitions, then drop rows, then give back what is free."""
        retention = self.config.retention
        kept_from = {one: retention.first_kept(one, now) for one in Resolution}
        keep_partitions(self.storage.engine, kept_from, now)
        drop_expired(open_uow, retention, now, self._wait)
        give_back(self.storage.engine, self._wait)

    def _job(self, name: str, interval_s: float, run: Callable[[datetime], object]) -> Job:
        """Return a job whose runs show in the metrics."""

        def counted(now: datetime) -> None:
            began, ok = time.monotonic(), False
            try:
                run(now)
                ok = True
            finally:
                self.metrics.run_job(
                    name,
                    ok=ok,
                    duration_s=time.monotonic() - began,
                    ended_at_s=time.time(),
                )

        return Job(name=name, interval_s=interval_s, run=counted)


class _WriterMetrics:
    """Tells the metrics what the writer did."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def observe_commit(
        self, committed: Committed, *, duration_s: float, waited_s: Sequence[float], queued: int
    ) -> None:
        records = [record for answer in committed.answers for record in answer.records]
        self._metrics.record_batch(
            Counter(record.verdict.value for record in records),
            batch_s=duration_s + max(waited_s, default=0.0),
            commit_s=duration_s,
            queued=queued,
        )
        refused = sum(record.refused_values for record in records)
        if refused:
            self._metrics.refuse_readings(refused)
        self._metrics.count_ticket_events(committed.ticket_events)

    def count_commit_failure(self) -> None:
        self._metrics.reject_admission("store_unavailable")

    def count_refused(self) -> None:
        self._metrics.reject_admission("queue_full")


def open_collector(config: CollectorConfig) -> Collector:
    """Return a collector that is ready to start.

    Raises:
        SickbayError: The database, the CA or a rule file cannot be used.
    """
    migrate = config.database.startswith("sqlite:")
    storage = open_storage(config, migrate=migrate)
    authority = open_authority(config.ca, now=utc_now())
    return Collector(config, storage, authority)


def _make_directory(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; choose a writable state_dir") from None
