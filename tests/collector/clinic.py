"""A small fleet in a real database, and the HTTP application on it, for tests of what shows it.

`ws-sick` has a full volume, a failing service, a ticket and a change log; `ws-well` is well;
`ws-new` never reported; `ws-old` is retired.
"""

import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import argon2
import uvicorn
from sqlalchemy import Engine
from starlette.types import ASGIApp

from sickbay_collector.bootstrap.clock import new_id
from sickbay_collector.core.agent_status import AgentStatus
from sickbay_collector.core.alerts.change import AlertReading
from sickbay_collector.core.desk.book import EMPTY_BOOK, DeskBook
from sickbay_collector.core.desk.coverage import coverage
from sickbay_collector.core.desk.site import Site
from sickbay_collector.core.desk.ticket import (
    EvidenceItem,
    Priority,
    Ticket,
    TicketSource,
    TicketStatus,
    Tier,
    Visibility,
    WorklogEntry,
)
from sickbay_collector.core.device import Criticality, Device, DeviceClass, DeviceStatus, Evidence
from sickbay_collector.core.health.assess import assess, summarize
from sickbay_collector.core.health.days import ScoreDay
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.observe import observe
from sickbay_collector.core.identity import Candidate, IdentityRecord, Objection, judge
from sickbay_collector.core.ids import AlertId, DeviceId, TicketId
from sickbay_collector.core.inventory import Row, SectionContent
from sickbay_collector.core.sample import (
    Absence,
    AbsenceKind,
    Medium,
    Readings,
    Sample,
    VolumeFacts,
)
from sickbay_collector.core.state import DeviceState
from sickbay_collector.db.device_lists import list_devices
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.frames import open_hour
from sickbay_collector.db.live import read_marks
from sickbay_collector.db.migrate import upgrade
from sickbay_collector.db.reads import count_devices
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services.access import Role, TokenWish, make_api_token
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.gaps_ahead import GapsAhead
from sickbay_collector.services.kept_glances import Glances
from sickbay_collector.services.ports import BookInForce, OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.sign_in import SignIn
from sickbay_collector.services.state_codec import encode_state
from sickbay_collector.web.context import Joining, WebContext
from sickbay_collector.web.live import Live

# Fast on purpose: tests sign in often.
FAST_HASHER = Argon2Hasher(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
STARTED_AT = NOW - timedelta(days=2)
SICK = DeviceId("0195a000-0000-7000-8000-000000000001")
WELL = DeviceId("0195a000-0000-7000-8000-000000000002")
NEW = DeviceId("0195a000-0000-7000-8000-000000000003")
OLD = DeviceId("0195a000-0000-7000-8000-000000000004")
ALERT = AlertId("0195a000-0000-7000-8000-0000000000bb")
TICKET = TicketId("0195a000-0000-7000-8000-0000000000aa")

_SICK_READINGS: Readings = {
    "cpu.busy_ratio": {"": 0.42},
    "cpu.load_1m": {"": 1.25},
    "memory.total_bytes": {"": 16e9},
    "memory.available_bytes": {"": 2e9},
    "memory.available_ratio": {"": 0.125},
    "volume.total_bytes": {"vol-root": 100e9},
    "volume.free_bytes": {"vol-root": 2e9},
    "volume.free_ratio": {"vol-root": 0.02},
    "drive.smart_failed": {"SN1": 0.0},
    "drive.temperature_celsius": {"SN1": 41.0},
    "drive.power_on_hours": {"SN1": 12345.0},
    "boot.uptime_s": {"": 273_600.0},
    "updates.pending_count": {"": 12.0},
    "updates.security_count": {"": 3.0},
    "updates.security_age_s": {"": 86400.0},
    "network.up": {"enp0s31f6": 1.0},
    "crash.failed_units": {"": 0.0},
    "crash.kernel_panics": {"": 0.0},
}
_WELL_READINGS: Readings = {
    **_SICK_READINGS,
    "volume.free_bytes": {"vol-root": 80e9},
    "volume.free_ratio": {"vol-root": 0.8},
    "updates.pending_count": {"": 0.0},
    "updates.security_count": {"": 0.0},
}


@dataclass(kw_only=True)
class Clinic:
    """The database with the fleet, and tokens by role."""

    engine: Engine
    open_reads: OpenUnitOfWork
    open_writes: OpenUnitOfWork
    tokens: dict[Role, str] = field(default_factory=dict)
    now: datetime = NOW
    books: list[DeskBook] = field(default_factory=list)
    """What came in force, once the shelf is started."""
    shelf: Shelf = field(init=False)
    sign_in: SignIn = field(init=False)
    live: Live = field(init=False)
    """Looks when a test lets it."""

    def __post_init__(self) -> None:
        nowhere = Path("/nonexistent")
        places = Places(rules=nowhere, sla=nowhere, desk=nowhere)
        self.shelf = Shelf(places, self.open_reads, lambda: self.now, self.books.append)
        self.sign_in = SignIn(self.open_reads, self.open_writes, FAST_HASHER)
        self.live = Live(partial(read_marks, self.engine), self.sign_in.still_in)

    def context(self) -> WebContext:
        """Return what handlers get."""
        return WebContext(
            open_reads=self.open_reads,
            open_writes=self.open_writes,
            list_devices=partial(list_devices, self.engine),
            rules=partial(load_rules, ()),
            count_devices=partial(count_devices, self.engine),
            sign_in=self.sign_in,
            is_secure=False,
            clock=lambda: self.now,
            new_id=new_id,
            started_at=STARTED_AT,
            version="0.1.0",
            shelf=self.shelf,
            joining=lambda: Joining(
                collector="desk.example.org:7443",
                enrollment="desk.example.org:7444",
                fingerprint="0f" * 32,
            ),
            glances=Glances(time.monotonic, fresh_s=0),
            gaps_ahead=GapsAhead(coverage),
            live=self.live,
        )

    def bearer(self, role: Role = Role.READER) -> dict[str, str]:
        """Return the header that a request of this role needs."""
        return {"Authorization": f"Bearer {self.tokens[role]}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A database with the fleet, made once and copied for each test."""

    database: Path
    tokens: dict[Role, str]


def the_book() -> DeskBook:
    """Return a configuration that knows some sites and nothing else."""
    sites = [
        Site(id=name, name=name, zone="UTC", country="", location="")
        for name in ("berlin", "kiel", "oslo")
    ]
    return replace(EMPTY_BOOK, sites={one.id: one for one in sites})


def make_template(folder: Path) -> Template:
    """Make the database and the fleet in it."""
    database = folder / "template.db"
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    open_writes = open_unit_of_work(engine)
    with open_writes() as uow:
        tokens = {role: _token(uow, role) for role in Role}
        add_fleet(uow)
        uow.commit()
    # The last connection to be closed writes the log back into the one file that is copied.
    engine.dispose()
    return Template(database=database, tokens=tokens)


def _token(uow: UnitOfWork, role: Role) -> str:
    wish = TokenWish(user=f"{role}.doe", role=role, lifetime=timedelta(days=30))
    new_id = partial(str, f"token-{role}")
    return make_api_token(uow, wish, by=By(at=NOW), new_id=new_id).secret


@contextmanager
def open_clinic(
    template: Template, folder: Path, *, book: BookInForce = the_book
) -> Iterator[Clinic]:
    """Open a copy of the fleet, at a desk that is configured so."""
    database = folder / "collector.db"
    shutil.copy(template.database, database)
    engine = open_engine(f"sqlite:///{database}")
    yield Clinic(
        engine=engine,
        open_reads=open_read_only(engine, book=book),
        open_writes=open_unit_of_work(engine, book=book),
        tokens=dict(template.tokens),
    )
    engine.dispose()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port in a thread; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def make_twin(clinic: "Clinic", device_id: DeviceId, other: DeviceId) -> None:
    """Let a device be one that may be another, with the verdict that says why."""
    with clinic.open_writes() as uow:
        device = uow.devices.get(device_id)
        known = uow.devices.get(other)
        assert device is not None
        assert known is not None
        uow.devices.save(replace(device, possible_duplicate_of=other))
        candidate = Candidate(
            device_id=other, evidence=known.evidence, objections=(Objection.LIVE,)
        )
        judged = judge(known.evidence, [candidate], ())
        uow.identity.put(IdentityRecord(device_id=device_id, at=clinic.now, judgement=judged))
        uow.commit()


def make_pending(clinic: "Clinic", *device_ids: DeviceId) -> None:
    """Let devices wait for approval."""
    with clinic.open_writes() as uow:
        for device in uow.devices.load(device_ids):
            uow.devices.save(replace(device, status=DeviceStatus.PENDING))
        uow.commit()


def a_device(device_id: DeviceId, hostname: str, **fields: object) -> Device:
    """Return an active workstation."""
    plain: dict[str, object] = {
        "device_id": device_id,
        "hostname": hostname,
        "status": DeviceStatus.ACTIVE,
        "device_class": DeviceClass.WORKSTATION,
        "criticality": Criticality.NORMAL,
        "agent_instance_id": f"agent-{hostname}",
        "agent_version": "0.1.0",
        "capabilities": (),
        "key_fingerprint": hostname,
        "next_key_fingerprint": "",
        "evidence": Evidence(system_serial=f"SER-{hostname}", machine_id=f"mid-{hostname}"),
        "enrolled_at": NOW - timedelta(days=40),
        "enroll_nonce": hostname,
        "revoked_at": None,
        "revoke_reason": "",
        "possible_duplicate_of": None,
        **fields,
    }
    return Device(**plain)  # type: ignore[arg-type]


def a_ticket(**fields: object) -> Ticket:
    """Return the ticket of the full volume."""
    plain: dict[str, object] = {
        "ticket_id": TICKET,
        "number": 0,
        "version": 1,
        "device_id": SICK,
        "family": "disk.space",
        "source": TicketSource.ALERT,
        "status": TicketStatus.NEW,
        "title": "ws-sick: system volume almost full (/)",
        "description": "The volume / of ws-sick has 2 % free.",
        "category": "storage",
        "priority": Priority.HIGH,
        "impact": 2,
        "urgency": 1,
        "priority_reason": "impact 2, urgency 1",
        "tier": Tier.L1,
        "queue": "service-desk",
        "routing_reason": "rule disk.full.crit",
        "assignee": "",
        "runbook": "DISK-1",
        "reopen_window_s": 604_800.0,
        "opened_at": NOW - timedelta(hours=2),
        "acknowledged_at": None,
        "resolved_at": None,
        "closed_at": None,
        "reopen_count": 0,
        "resolution": "",
        **fields,
    }
    return Ticket(**plain)  # type: ignore[arg-type]


def a_state(device_id: DeviceId, readings: Readings, *, received_at: datetime) -> StoredState:
    """Return the row of a device that took a sample each minute of the running hour."""
    hour = int(received_at.timestamp() // 3600)
    writer = open_hour(hour, b"")
    memory = HealthMemory()
    start = datetime.fromtimestamp(hour * 3600, UTC)
    sample = a_sample(readings, start)
    for minute in range(30):
        sample = a_sample(readings, start + timedelta(minutes=minute))
        memory = observe(memory, sample, now=sample.observed_at)
        writer.append(sample.observed_at, {**readings, "cpu.busy_ratio": {"": minute / 100}})
    score = assess(memory, now=received_at)
    known = summarize(memory, now=received_at).known
    week_ago = ScoreDay(
        at=received_at - timedelta(days=7), score=96.0, lost=dict.fromkeys(known, 0.0)
    )
    state = DeviceState(
        health=memory,
        score_days=(week_ago,),
        observed_at=sample.observed_at,
        latest=readings,
        volumes=sample.volumes,
        drives=sample.drives,
        failed_units=("backup.service",) if device_id == SICK else (),
        section_absences={"batteries": "no battery"},
        # The other's agent is of before agents said it.
        agent=_AGENT if device_id == SICK else None,
    )
    return StoredState(
        device_id=device_id,
        version=1,
        received_at=received_at,
        observed_at=sample.observed_at,
        report_interval_s=60.0,
        goodbye="",
        clock_offset_s=0.0,
        score=score.value,
        score_low=score.low,
        score_high=score.high,
        confidence=score.confidence,
        score_week_ago=week_ago.score,
        open_alerts=1 if device_id == SICK else 0,
        state=encode_state(state),
        hour=hour,
        frames=writer.frames,
    )


_AGENT = AgentStatus(
    sample_interval_s=60.0,
    uptime_s=86_400.0,
    waiting_records=1200,
    spool_bytes=3 << 20,
    cpu_time_s=172.8,
    rss_bytes=44 << 20,
)


def a_sample(readings: Readings, at: datetime) -> Sample:
    """Return a sample of a device with one volume and one drive."""
    return Sample(
        observed_at=at,
        boot_id="boot-1",
        readings=readings,
        volumes={"vol-root": VolumeFacts(mount_point="/", is_system=True)},
        drives={"SN1": Medium.SSD},
        absences=(Absence(topic="battery", kind=AbsenceKind.NOT_APPLICABLE, reason="no battery"),),
    )


def add_fleet(uow: UnitOfWork) -> None:
    """Add the devices with all that belongs to them."""
    uow.devices.add(_sick_device())
    uow.devices.add(a_device(WELL, "ws-well"))
    uow.devices.add(a_device(NEW, "ws-new"))
    uow.devices.add(a_device(OLD, "ws-old", status=DeviceStatus.RETIRED))
    uow.states.save(
        [
            a_state(SICK, _SICK_READINGS, received_at=NOW - timedelta(seconds=20)),
            a_state(WELL, _WELL_READINGS, received_at=NOW - timedelta(minutes=10)),
        ]
    )
    _add_sections(uow)
    _add_ticket(uow)


def _sick_device() -> Device:
    """Its agent did not manage to renew its certificate."""
    return a_device(
        SICK,
        "ws-sick",
        device_class=DeviceClass.LAPTOP,
        certificate_issued_at=NOW - timedelta(hours=20),
        certificate_expires_at=NOW + timedelta(hours=4),
    )


def _add_sections(uow: UnitOfWork) -> None:
    week_ago = NOW - timedelta(days=7)
    for kind, facts, rows in _SECTIONS:
        _attach(uow, kind, facts, rows, at=week_ago)
    _attach(uow, "software", {}, _SOFTWARE_AFTER, at=NOW - timedelta(days=1))


def _attach(
    uow: UnitOfWork, kind: str, facts: Row, rows: Mapping[str, Row], *, at: datetime
) -> None:
    content_hash = f"{kind}-{at:%Y%m%d}".encode().ljust(32, b".")
    uow.sections.put(content_hash, SectionContent(kind=kind, facts=facts, rows=rows))
    uow.sections.attach(SICK, kind, content_hash, at=at)


def _add_ticket(uow: UnitOfWork) -> None:
    opened = uow.tickets.insert_open(a_ticket())
    assert opened is not None
    uow.tickets.log(
        WorklogEntry(
            ticket_id=TICKET,
            at=opened.opened_at,
            actor="sickbay",
            event="opened",
            text="Opened by disk.full.crit",
            visibility=Visibility.INTERNAL,
            before={},
            after={"status": "new"},
        )
    )
    uow.tickets.add_evidence(
        EvidenceItem(
            ticket_id=TICKET,
            at=opened.opened_at,
            rule_id="disk.full.crit",
            instance="vol-root",
            instance_label="/",
            metric="volume.free_ratio",
            unit="ratio",
            value=0.02,
            threshold="below 10 %",
            since=opened.opened_at - timedelta(minutes=20),
            sentence="The volume / has 2 % free.",
            history="A week ago: 14 %.",
        )
    )
    uow.alerts.record_rule("v1", "disk.full.crit", '{"id":"disk.full.crit","urgency":1}', at=NOW)
    uow.alerts.add(
        AlertRecord(
            alert_id=ALERT,
            device_id=SICK,
            rule_id="disk.full.crit",
            rule_version="v1",
            family="disk.space",
            instance="vol-root",
            instance_label="/",
            status="open",
            since=opened.opened_at - timedelta(minutes=20),
            opened_at=opened.opened_at,
            closed_at=None,
            sentence="The volume / has 2 % free.",
            suppressed_reason="",
            ticket_id=TICKET,
            urgency=1,
            measured_at=opened.opened_at,
            readings=(
                AlertReading(
                    metric="volume.free_ratio",
                    label="free space",
                    unit="ratio",
                    value=0.02,
                    threshold="below 10 %",
                ),
            ),
            history="between 2 % and 14 %",
            closes_when="closes when 15 % are free for an hour",
        )
    )


_SECTIONS: tuple[tuple[str, Row, Mapping[str, Row]], ...] = (
    (
        "system",
        {
            "manufacturer": "Example Corp",
            "model": "Book 14 G3",
            "serial": "SER-ws-sick",
            "chassis_type": "Notebook",
            "bios_vendor": "Example Corp",
            "bios_version": "1.21",
            "secure_boot": True,
            "tpm_version": "2.0",
        },
        {},
    ),
    ("cpu", {"name": "Example X5 2.4 GHz", "cores": 4, "threads": 8, "max_mhz": 4200}, {}),
    (
        "memory",
        {"total_bytes": 16_000_000_000, "swap_total_bytes": 0},
        {
            "DIMM_A1": {"slot": "DIMM_A1", "size_bytes": 16 * 2**30, "type": "DDR5"},
            "swap": {"topic": "swap", "reason": "none"},
        },
    ),
    (
        "volumes",
        {"truncated": False},
        {
            "vol-root": {
                "volume_id": "vol-root",
                "mount_point": "/",
                "filesystem": "ext4",
                "total_bytes": 100_000_000_000,
                "is_system": True,
                "encrypted": True,
                "encryption": "LUKS2",
            }
        },
    ),
    (
        "drives",
        {"truncated": False},
        {
            "SN1": {
                "drive_id": "SN1",
                "name": "sda",
                "model": "Example SSD 256",
                "serial": "SN1",
                "size_bytes": 256_000_000_000,
                "interface": "sata",
            }
        },
    ),
    (
        "network",
        {"gateways": "192.0.2.1", "dns_servers": "192.0.2.53"},
        {
            "lo": {"name": "lo", "type": "loopback", "addresses": "127.0.0.1/8"},
            "enp0s31f6": {
                "name": "enp0s31f6",
                "type": "ethernet",
                "mac": "02:00:5e:10:00:01",
                "addresses": "192.0.2.7/24, 2001:db8::7/64",
                "speed_mbps": 1000,
                "is_physical": True,
            },
        },
    ),
    (
        "os",
        {
            "pretty_name": "Debian GNU/Linux 12 (bookworm)",
            "kernel": "Linux",
            "kernel_release": "6.1.0-18-amd64",
            "architecture": "x86_64",
            "time_zone": "Europe/Berlin",
        },
        {},
    ),
    (
        "updates",
        {},
        {
            "openssl": {"name": "openssl", "new_version": "3.0.17", "is_security": True},
            "vim": {"name": "vim", "new_version": "9.1", "is_security": False},
        },
    ),
    (
        "software",
        {},
        {"bash": {"name": "bash", "version": "5.2"}, "vim": {"name": "vim", "version": "9.0"}},
    ),
)
_SOFTWARE_AFTER: Mapping[str, Row] = {
    "bash": {"name": "bash", "version": "5.3", "install_time": 1_750_775_860},
    "htop": {"name": "htop", "version": "3.2"},
}
