"""The stores in memory. They pass the same contract tests as those on a database.

A `FakeDatabase` holds what was committed; each unit of work changes a copy.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TypeVar

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.book import EMPTY_BOOK
from sickbay_collector.core.desk.escalation_run import EscalationRun
from sickbay_collector.core.desk.fact import DeskFact
from sickbay_collector.core.desk.fleet import FleetAlert
from sickbay_collector.core.desk.major import MajorIncident
from sickbay_collector.core.desk.message import DeliveryRecord, OutboxMessage
from sickbay_collector.core.desk.problem import Failure, Problem, ProblemState
from sickbay_collector.core.desk.sla import SlaClock, SlaEvent, SlaState, SlaTarget
from sickbay_collector.core.desk.sla_policy import SlaBook
from sickbay_collector.core.desk.ticket import (
    EvidenceItem,
    Priority,
    Ticket,
    TicketStatus,
    WorklogEntry,
)
from sickbay_collector.core.desk.ticket_search import (
    NEVER_RANK,
    PRIORITY_ORDER,
    FoundTicket,
    TicketFilter,
    TicketOrder,
    TicketPosition,
    passes,
)
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import (
    Criticality,
    Device,
    DeviceClass,
    DeviceStatus,
    EnrollmentToken,
)
from sickbay_collector.core.device_pair import Alias, Apart
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError, StoreError
from sickbay_collector.core.history import BUCKET_S, Resolution, day_of, month_of
from sickbay_collector.core.identity import IdentityRecord
from sickbay_collector.core.identity_clues import Clue
from sickbay_collector.core.ids import AlertId, DeviceId, PersonId, TicketId
from sickbay_collector.core.inventory import SectionContent, SectionVersion
from sickbay_collector.core.person import Person
from sickbay_collector.core.saved_view import SavedView
from sickbay_collector.core.section_chain import chained
from sickbay_collector.core.sign_in_link import SignInLink
from sickbay_collector.db.frames import frame_points, read_frames
from sickbay_collector.db.hours import hour_points, pack_hour, unpack_hour
from sickbay_collector.db.rollups import Rolled, Rollups, put, roll, roll_all, to_points
from sickbay_collector.db.types import to_micros
from sickbay_collector.services.account_ports import AccountStore
from sickbay_collector.services.ack_ports import AckLinks
from sickbay_collector.services.alert_ports import AlertFilter, AlertRecord, AlertStore
from sickbay_collector.services.asset_ports import AssetStore
from sickbay_collector.services.audit_ports import AuditStore
from sickbay_collector.services.config_ports import ConfigStore
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.coverage_ports import CoverageStore, FeedToken
from sickbay_collector.services.desk_ledger_ports import DeskLedger
from sickbay_collector.services.device_ports import (
    DeviceStore,
    EnrollmentStore,
    SectionStore,
    StateStore,
    StoredState,
)
from sickbay_collector.services.escalation_ports import EscalationStore, StepDone
from sickbay_collector.services.glance_ports import GlanceStore
from sickbay_collector.services.history_ports import HistoryStore, RollupSeries, Series, UnrolledDay
from sickbay_collector.services.identity_ports import IdentityStore
from sickbay_collector.services.lease_ports import Lease, LeaseStore
from sickbay_collector.services.line_ports import LineStore
from sickbay_collector.services.major_ports import MajorStore
from sickbay_collector.services.notice_ports import DeliveryStore, OutboxStore
from sickbay_collector.services.pair_ports import PairStore
from sickbay_collector.services.people_ports import PersonStore
from sickbay_collector.services.pile_ports import PileStore
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.presence_ports import Presence, PresenceStore
from sickbay_collector.services.problem_ports import ProblemStore
from sickbay_collector.services.queue_ports import TicketCounts
from sickbay_collector.services.quiet_ports import QuietStore
from sickbay_collector.services.routing_ports import RankingRecord, RoutingStore
from sickbay_collector.services.rule_ports import RuleChange, RuleStore
from sickbay_collector.services.search_ports import SearchStore
from sickbay_collector.services.sign_in_link_ports import SignInLinkStore
from sickbay_collector.services.sla_ports import SlaStore
from sickbay_collector.services.tag_ports import TagStore
from sickbay_collector.services.ticket_parts_ports import OnceStore, TicketPartStore
from sickbay_collector.services.ticket_ports import TicketStore
from sickbay_collector.services.timer_ports import Timer, TimerStore
from sickbay_collector.services.token_ports import ApiToken, ApiTokenStore, TokenStore
from sickbay_collector.services.view_ports import ViewStore
from tests.account_fakes import Accounts, FakeAccountStore
from tests.ack_fakes import FakeAckLinks
from tests.asset_fakes import FakeAssets, FakeAssetStore
from tests.config_fakes import Configured, FakeAuditStore, FakeConfigStore
from tests.coverage_fakes import FakeCoverageStore
from tests.desk_ledger_fakes import FakeDeskLedger
from tests.escalation_fakes import FakeEscalationStore
from tests.glance_fakes import FakeGlanceStore
from tests.identity_fakes import FakeIdentityStore
from tests.line_fakes import FakeLineStore
from tests.major_fakes import FakeMajorStore
from tests.notice_fakes import FakeDeliveryStore, FakeOutboxStore
from tests.pair_fakes import FakePairStore
from tests.people_fakes import FakePersonStore
from tests.pile_fakes import FakePileStore
from tests.presence_fakes import FakePresenceStore
from tests.quiet_fakes import FakeQuietStore, Quiet
from tests.routing_fakes import FakeRoutingStore
from tests.rule_fakes import FakeRuleStore
from tests.search_fakes import FakeSearchStore
from tests.sign_in_link_fakes import FakeSignInLinkStore
from tests.tag_fakes import FakeTagStore
from tests.ticket_counts_fakes import FakeTicketCounts
from tests.ticket_parts_fakes import FakeOnceStore, FakeTicketPartStore, Parts
from tests.timer_fakes import FakeTimerStore
from tests.view_fakes import FakeViewStore

_ENDED = (TicketStatus.CLOSED, TicketStatus.CANCELLED)
_Row = TypeVar("_Row")


@dataclass(slots=True)
class Data:
    """Everything, by key. Values are never changed, only replaced."""

    devices: dict[DeviceId, Device] = field(default_factory=dict)
    present: dict[tuple[TicketId, str], Presence] = field(default_factory=dict)
    people: dict[PersonId, Person] = field(default_factory=dict)
    views: dict[tuple[str, str], SavedView] = field(default_factory=dict)
    assets: FakeAssets = field(default_factory=FakeAssets)
    tags: dict[tuple[DeviceId, str], tuple[datetime, str]] = field(default_factory=dict)
    tokens: dict[str, EnrollmentToken] = field(default_factory=dict)
    enrollments: dict[DeviceId, EnrollmentRecord] = field(default_factory=dict)
    clues: dict[DeviceId, frozenset[Clue]] = field(default_factory=dict)
    identities: dict[DeviceId, IdentityRecord] = field(default_factory=dict)
    apart: dict[tuple[DeviceId, DeviceId], Apart] = field(default_factory=dict)
    aliases: dict[DeviceId, Alias] = field(default_factory=dict)
    states: dict[DeviceId, StoredState] = field(default_factory=dict)
    contents: dict[bytes, SectionContent] = field(default_factory=dict)
    versions: dict[tuple[DeviceId, str], tuple[SectionVersion, ...]] = field(default_factory=dict)
    hours: dict[tuple[int, DeviceId], bytes] = field(default_factory=dict)
    unrolled: dict[tuple[DeviceId, int], bool] = field(default_factory=dict)
    rolled_hours: dict[tuple[int, DeviceId], Mapping[str, Rolled]] = field(default_factory=dict)
    rolled_days: dict[tuple[int, DeviceId], Mapping[str, Rolled]] = field(default_factory=dict)
    alerts: dict[AlertId, AlertRecord] = field(default_factory=dict)
    rules: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)
    rule_changes: list[RuleChange] = field(default_factory=list)
    tickets: dict[TicketId, Ticket] = field(default_factory=dict)
    worklog: dict[TicketId, tuple[WorklogEntry, ...]] = field(default_factory=dict)
    evidence: dict[TicketId, tuple[EvidenceItem, ...]] = field(default_factory=dict)
    ledger: tuple[SlaEvent, ...] = ()
    clocks: dict[tuple[TicketId, SlaTarget], SlaClock] = field(default_factory=dict)
    outbox: dict[str, OutboxMessage] = field(default_factory=dict)
    sent: dict[str, datetime] = field(default_factory=dict)
    claims: dict[str, datetime] = field(default_factory=dict)
    deliveries: tuple[DeliveryRecord, ...] = ()
    leases: dict[str, tuple[Lease, datetime]] = field(default_factory=dict)
    api_tokens: dict[str, ApiToken] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)
    rankings: list[RankingRecord] = field(default_factory=list)
    timers: dict[tuple[str, str], Timer] = field(default_factory=dict)
    runs: dict[tuple[TicketId, int], EscalationRun] = field(default_factory=dict)
    steps: dict[tuple[TicketId, int, int], StepDone] = field(default_factory=dict)
    majors: dict[TicketId, MajorIncident] = field(default_factory=dict)
    subscribers: dict[tuple[TicketId, str], bool] = field(default_factory=dict)
    configured: Configured = field(default_factory=Configured)
    facts: list[DeskFact] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict)
    sign_in_links: dict[str, SignInLink] = field(default_factory=dict)
    feeds: dict[str, FeedToken] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)
    quiet: Quiet = field(default_factory=Quiet)
    problems: dict[int, Problem] = field(default_factory=dict)

    def copied(self) -> "Data":
        """Return a copy whose tables can be changed apart."""
        return Data(**{one.name: copy(getattr(self, one.name)) for one in fields(self)})

    def require_device(self, device_id: DeviceId) -> None:
        """Refuse a key that names no device, as the schema does."""
        if device_id not in self.devices:
            raise ConflictError(f"no device {device_id}")


class FakeDatabase:
    """A database in memory; `open` and `read` are `OpenUnitOfWork`."""

    def __init__(self) -> None:
        self.data = Data()
        self.book = EMPTY_BOOK
        self.public_url = ""
        self._lock = Lock()

    @contextmanager
    def open(
        self, *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work for writing; others wait, memory is never slow."""
        del within_s
        assert reach is None, "scopes are a matter of the databases"
        with self._lock:
            yield FakeUnitOfWork(self, writes=True)

    @contextmanager
    def read(
        self, *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work for reading."""
        del within_s
        assert reach is None, "scopes are a matter of the databases"
        yield FakeUnitOfWork(self, writes=False)


class FakeUnitOfWork:
    """Implements `UnitOfWork`."""

    def __init__(self, database: FakeDatabase, *, writes: bool) -> None:
        self._database = database
        self._writes = writes
        self.book = database.book
        self._data = data = database.data.copied()
        self.devices: DeviceStore = FakeDeviceStore(data)
        self.people: PersonStore = FakePersonStore(data.people)
        self.assets: AssetStore = FakeAssetStore(data)
        self.tags: TagStore = FakeTagStore(data.tags, data.require_device)
        self.lines: LineStore = FakeLineStore(self)
        self.views: ViewStore = FakeViewStore(data.views)
        self.tokens: TokenStore = FakeTokenStore(data)
        self.enrollments: EnrollmentStore = FakeEnrollmentStore(data)
        self.identity: IdentityStore = FakeIdentityStore(
            data.clues,
            data.identities,
            data.apart.keys(),
            data.devices,
            data.states,
            data.require_device,
        )
        self.pairs: PairStore = FakePairStore(data)
        self.states: StateStore = FakeStateStore(data)
        self.sections: SectionStore = FakeSectionStore(data)
        self.history: HistoryStore = FakeHistoryStore(data)
        self.alerts: AlertStore = FakeAlertStore(data)
        self.tickets: TicketStore = FakeTicketStore(data)
        self.sla: SlaStore = FakeSlaStore(data, database.book.sla)
        self.outbox: OutboxStore = FakeOutboxStore(data)
        self.deliveries: DeliveryStore = FakeDeliveryStore(data)
        self.leases: LeaseStore = FakeLeaseStore(data)
        self.api_tokens: ApiTokenStore = FakeApiTokenStore(data)
        self.routing: RoutingStore = FakeRoutingStore(data.rankings, data.tickets)
        self.config: ConfigStore = FakeConfigStore(data.configured)
        self.audit: AuditStore = FakeAuditStore(data.configured)
        self.coverage: CoverageStore = FakeCoverageStore(data.feeds, data.tickets, data.parts)
        self.timers: TimerStore = FakeTimerStore(data.timers)
        self.accounts: AccountStore = FakeAccountStore(data.accounts)
        self.facts: DeskLedger = FakeDeskLedger(
            data.facts, data.tickets, lambda: data.ledger, data.parts.costs.values()
        )
        self.escalations: EscalationStore = FakeEscalationStore(data.runs, data.steps)
        self.problems: ProblemStore = FakeProblemStore(data)
        self.piles: PileStore = FakePileStore(self.tickets)
        self.glances: GlanceStore = FakeGlanceStore(self)
        self.search: SearchStore = FakeSearchStore(self)
        self.quiet: QuietStore = FakeQuietStore(data.quiet)
        self.ticket_parts: TicketPartStore = FakeTicketPartStore(data.parts, data.tickets)
        self.presence: PresenceStore = FakePresenceStore(data.present)
        self.ticket_counts: TicketCounts = FakeTicketCounts(data.tickets)
        self.once: OnceStore = FakeOnceStore(data.parts, data.tickets)
        self.rules: RuleStore = FakeRuleStore(
            data.rules, data.rule_changes, data.alerts, data.tickets
        )
        self.sign_in_links: SignInLinkStore = FakeSignInLinkStore(data.sign_in_links)
        self.ack_links: AckLinks = FakeAckLinks(data.secrets, database.public_url)
        self.majors: MajorStore = FakeMajorStore(data.majors, data.subscribers)

    @property
    def seen(self) -> UnitOfWork:
        return self

    def commit(self) -> None:
        if not self._writes:
            raise StoreError("a unit of work that was opened for reading cannot commit")
        self._database.data = self._data.copied()


class FakeDeviceStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, device_id: DeviceId, *, hold: bool = False) -> Device | None:
        del hold  # transactions follow each other
        return self._data.devices.get(device_id)

    def load(self, device_ids: Collection[DeviceId]) -> Sequence[Device]:
        return [one for one in self.all() if one.device_id in device_ids]

    def by_nonce(self, enroll_nonce: str) -> Device | None:
        found = (one for one in self.all() if enroll_nonce and one.enroll_nonce == enroll_nonce)
        return next(found, None)

    def by_instance(self, agent_instance_id: str) -> Device | None:
        found = [one for one in self.all() if one.agent_instance_id == agent_instance_id]
        return max(found, key=lambda one: one.enrolled_at, default=None)

    def add(self, device: Device) -> None:
        if device.device_id in self._data.devices or self.by_nonce(device.enroll_nonce):
            raise ConflictError(f"device {device.device_id} is there already")
        self._data.devices[device.device_id] = device

    def save(self, device: Device) -> None:
        if device.device_id not in self._data.devices:
            raise NotFoundError(f"no device {device.device_id}")
        self._data.devices[device.device_id] = device

    def revoked(self, *, limit: int) -> Sequence[Device]:
        found = [(one.revoked_at, one) for one in self.all() if one.revoked_at is not None]
        last_first = sorted(found, key=lambda pair: pair[0], reverse=True)
        return [one for _, one in last_first[:limit]]

    def pending(self, *, limit: int) -> Sequence[Device]:
        found = [one for one in self.all() if _waits(one)]
        return sorted(found, key=lambda one: (one.enrolled_at, one.device_id))[:limit]

    def twins(self, *, limit: int) -> Sequence[Device]:
        found = [
            one
            for one in self.all()
            if one.possible_duplicate_of and not one.revoked_at and one.status not in GONE
        ]
        return sorted(found, key=lambda one: one.enrolled_at, reverse=True)[:limit]

    def activate(self, device_id: DeviceId) -> bool:
        device = self._data.devices.get(device_id)
        if device is None or not _waits(device):
            return False
        self._data.devices[device_id] = replace(device, status=DeviceStatus.ACTIVE)
        return True

    def all(self) -> Sequence[Device]:
        return [device for _, device in sorted(self._data.devices.items())]

    def named(self, name: str, *, limit: int) -> Sequence[Device]:
        key = name.lower()
        found = [one for one in self.all() if one.hostname.lower() == key]
        found = found or [one for one in self.all() if one.hostname.lower().startswith(key)]
        return sorted(found, key=lambda one: (one.hostname.lower(), one.device_id))[:limit]

    def classify(
        self, device_id: DeviceId, *, device_class: DeviceClass, criticality: Criticality
    ) -> None:
        device = self._data.devices[device_id]
        self._data.devices[device_id] = replace(
            device, device_class=device_class, criticality=criticality
        )


def _waits(device: Device) -> bool:
    return device.status == DeviceStatus.PENDING and device.revoked_at is None


class FakeEnrollmentStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def put(self, record: EnrollmentRecord) -> None:
        self._data.require_device(record.device_id)
        if record.token_id not in self._data.tokens:
            raise ConflictError(f"no token {record.token_id}")
        self._data.enrollments[record.device_id] = record

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, EnrollmentRecord]:
        found = self._data.enrollments
        return {one: found[one] for one in device_ids if one in found}


class FakeTokenStore:
    def __init__(self, data: Data) -> None:
        self._tokens = data.tokens

    def by_hash(self, secret_hash: str) -> EnrollmentToken | None:
        return next((one for one in self.all() if one.secret_hash == secret_hash), None)

    def take_use(self, token_id: str, *, now: datetime) -> bool:
        token = self._tokens.get(token_id)
        if token is None or token.revoked_at or token.expires_at <= now:
            return False
        if token.uses >= token.max_uses:
            return False
        self._tokens[token_id] = replace(token, uses=token.uses + 1)
        return True

    def note_refusal(self, token_id: str, *, at: datetime, address: str) -> datetime | None:
        token = self._tokens[token_id]
        self._tokens[token_id] = replace(
            token, refusals=token.refusals + 1, refused_at=at, refused_from=address
        )
        return token.refused_at

    def add(self, token: EnrollmentToken) -> None:
        if token.token_id in self._tokens or self.by_hash(token.secret_hash):
            raise ConflictError(f"token {token.token_id} is there already")
        self._tokens[token.token_id] = token

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        token = self._tokens.get(token_id)
        if token is None or token.revoked_at:
            return False
        self._tokens[token_id] = replace(token, revoked_at=at)
        return True

    def all(self) -> Sequence[EnrollmentToken]:
        return sorted(self._tokens.values(), key=lambda one: (one.created_at, one.token_id))


class FakeStateStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def load(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, StoredState]:
        states = self._data.states
        return {device_id: states[device_id] for device_id in device_ids if device_id in states}

    def save(self, states: Sequence[StoredState]) -> Collection[DeviceId]:
        stale = []
        for state in states:
            stored = self._data.states.get(state.device_id)
            if state.version != (stored.version if stored else 0) + 1:
                stale.append(state.device_id)
                continue
            self._data.require_device(state.device_id)
            self._data.states[state.device_id] = state
        return stale


class FakeSectionStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def known(self, hashes: Collection[bytes]) -> Collection[bytes]:
        return {one for one in hashes if one in self._data.contents}

    def put(self, content_hash: bytes, content: SectionContent) -> None:
        self._data.contents.setdefault(content_hash, content)

    def content(self, content_hash: bytes) -> SectionContent | None:
        return self._data.contents.get(content_hash)

    def contents(self, hashes: Collection[bytes]) -> Mapping[bytes, SectionContent]:
        return {one: self._data.contents[one] for one in hashes if one in self._data.contents}

    def current(self, device_id: DeviceId) -> Sequence[SectionVersion]:
        return [one for one in self.versions(device_id) if one.until is None]

    def versions(
        self, device_id: DeviceId, *, since: datetime | None = None
    ) -> Sequence[SectionVersion]:
        return [
            version
            for (owner, _), versions in sorted(self._data.versions.items())
            for version in versions
            if owner == device_id
            and (since is None or version.until is None or version.until >= since)
        ]

    def attach(self, device_id: DeviceId, kind: str, content_hash: bytes, *, at: datetime) -> None:
        before = self._data.versions.get((device_id, kind), ())
        if before and before[-1].hash == content_hash:
            return
        self._data.require_device(device_id)
        if content_hash not in self._data.contents:
            raise ConflictError(f"section {kind}: no content {content_hash.hex()}")
        new = SectionVersion(kind=kind, hash=content_hash, since=at, until=None)
        if before and at <= before[-1].since:
            before, new = before[:-1], replace(before[-1], hash=content_hash)
        elif before:
            before = (*before[:-1], replace(before[-1], until=at))
        self._data.versions[device_id, kind] = (*before, new)

    def join(self, ended: DeviceId, survivor: DeviceId, *, at: datetime) -> None:
        chain = chained(self.versions(survivor), self.versions(ended), at=at)
        for owner, kind in [one for one in self._data.versions if one[0] in {ended, survivor}]:
            del self._data.versions[owner, kind]
        for version in chain:
            before = self._data.versions.get((survivor, version.kind), ())
            self._data.versions[survivor, version.kind] = (*before, version)


def _hand_over(rows: dict[tuple[int, DeviceId], _Row], ended: DeviceId, survivor: DeviceId) -> None:
    for key, owner in [one for one in rows if one[1] == ended]:
        rows.setdefault((key, survivor), rows.pop((key, owner)))


class FakeHistoryStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def join(self, ended: DeviceId, survivor: DeviceId, *, at: datetime) -> None:
        """Where both have an hour or a day, the survivor's counts; the databases join them."""
        del at
        data = self._data
        _hand_over(data.hours, ended, survivor)
        _hand_over(data.rolled_hours, ended, survivor)
        _hand_over(data.rolled_days, ended, survivor)
        for owner, day in [key for key in data.unrolled if key[0] == ended]:
            data.unrolled[survivor, day] = data.unrolled.pop((owner, day))

    def close_hour(self, device_id: DeviceId, hour: int, frames: bytes) -> None:
        before = self._data.hours.get((hour, device_id), b"")
        if packed := pack_hour(frames, onto=before):
            self._data.hours[hour, device_id] = packed
            self._data.unrolled[device_id, hour // 24] = True

    def read(
        self, device_id: DeviceId, metrics: Collection[str], *, since: datetime, until: datetime
    ) -> Sequence[Series]:
        stretches = [
            unpack_hour(packed, hour=hour, metrics=metrics)
            for (hour, owner), packed in self._data.hours.items()
            if owner == device_id
        ]
        if state := self._data.states.get(device_id):
            stretches.append(read_frames(state.frames, hour=state.hour, metrics=metrics))
        points: dict[str, dict[datetime, float]] = {}
        for series in (series for stretch in stretches for series in stretch):
            within = {at: value for at, value in series.points if since <= at < until}
            if within:
                points.setdefault(series.name, {}).update(within)
        return [
            Series(name=name, points=tuple(sorted(moments.items())))
            for name, moments in sorted(points.items())
        ]

    def read_rollups(
        self,
        device_id: DeviceId,
        metrics: Collection[str],
        resolution: Resolution,
        *,
        since: datetime,
        until: datetime,
    ) -> Sequence[RollupSeries]:
        if resolution is Resolution.SAMPLE:
            raise InvalidError("resolution: samples are no roll-ups")
        hours = self._hours(device_id)
        found: dict[int, Mapping[str, Rolled]] = hours
        if resolution is Resolution.DAY:
            kept = self._data.rolled_days
            found = {day: rolled for (day, owner), rolled in kept.items() if owner == device_id}
            found |= {day: _day(hours, day) for day in {hour // 24 for hour in hours}}
        series: dict[str, list[tuple[datetime, Rolled]]] = {}
        for bucket, rolled in sorted(found.items()):
            at = datetime.fromtimestamp(bucket * BUCKET_S[resolution], UTC)
            for name in rolled:
                if since <= at < until and name.partition("/")[0] in metrics:
                    series.setdefault(name, []).append((at, rolled[name]))
        return [
            RollupSeries(name=name, points=tuple(to_points(name, points)))
            for name, points in sorted(series.items())
        ]

    def _hours(self, device_id: DeviceId) -> dict[int, Mapping[str, Rolled]]:
        """Return what is known of each hour, of those not rolled up from their samples."""
        kept = self._data.rolled_hours.items()
        found = {hour: rolled for (hour, owner), rolled in kept if owner == device_id}
        points = {
            hour: hour_points(packed)
            for (hour, owner), packed in self._data.hours.items()
            if owner == device_id and (device_id, hour // 24) in self._data.unrolled
        }
        state = self._data.states.get(device_id)
        if state and state.frames:
            closed = self._data.hours.get((state.hour, device_id), b"")
            running = points.setdefault(state.hour, hour_points(closed))
            for name, moments in frame_points(state.frames).items():
                running.setdefault(name, {}).update(moments)
        return found | {hour: roll(one) for hour, one in points.items()}

    def left_open(self, before_hour: int, *, limit: int) -> Sequence[DeviceId]:
        states = sorted(self._data.states.items())
        return [key for key, one in states if one.frames and one.hour < before_hour][:limit]

    def unrolled(
        self, before_day: int, *, limit: int, after: UnrolledDay | None = None
    ) -> Sequence[UnrolledDay]:
        start = (after.device_id, after.day) if after else ("", 0)
        keys = sorted(key for key in self._data.unrolled if key > start and key[1] < before_day)
        return [UnrolledDay(device_id=device_id, day=day) for device_id, day in keys][:limit]

    def roll_up(self, device_id: DeviceId, day: int) -> None:
        self._data.unrolled.pop((device_id, day), None)
        kept = self._data.rolled_hours
        for hour in range(day * 24, day * 24 + 24):
            if packed := self._data.hours.get((hour, device_id)):
                kept[hour, device_id] = roll(hour_points(packed))
        mine = {hour: rolled for (hour, owner), rolled in kept.items() if owner == device_id}
        if of_day := _day(mine, day):
            self._data.rolled_days[day, device_id] = of_day

    def drop(self, resolution: Resolution, before: datetime, *, limit: int) -> int:
        day = day_of(before)
        if resolution is Resolution.DAY:
            return _drop(self._data.rolled_days, month_of, month_of(day), limit)
        if resolution is Resolution.HOUR:
            return _drop(self._data.rolled_hours, _day_of_hour, day, limit)
        waiting = {
            key: self._data.hours.pop(key)
            for key in list(self._data.hours)
            if (key[1], key[0] // 24) in self._data.unrolled
        }
        dropped = _drop(self._data.hours, _day_of_hour, day, limit)
        self._data.hours |= waiting
        return dropped


_Value = TypeVar("_Value")


def _day_of_hour(hour: int) -> int:
    return hour // 24


def _drop(
    rolled: dict[tuple[int, DeviceId], _Value],
    row_of: Callable[[int], int],
    before: int,
    limit: int,
) -> int:
    rows = {(row_of(key), owner) for key, owner in rolled if row_of(key) < before}
    doomed = sorted(rows)[:limit]
    for key, owner in list(rolled):
        if (row_of(key), owner) in doomed:
            del rolled[key, owner]
    return len(doomed)


def _day(hours: Mapping[int, Mapping[str, Rolled]], day: int) -> Mapping[str, Rolled]:
    rollups: Rollups = {}
    for hour in range(day * 24, day * 24 + 24):
        put(rollups, hour % 24, hours.get(hour, {}))
    return roll_all(rollups)


class FakeAlertStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def add(self, alert: AlertRecord) -> None:
        if alert.alert_id in self._data.alerts:
            raise ConflictError(f"alert {alert.alert_id} is there already")
        self._data.require_device(alert.device_id)
        self._data.alerts[alert.alert_id] = alert

    def save(self, alert: AlertRecord) -> None:
        if alert.alert_id not in self._data.alerts:
            raise NotFoundError(f"no alert {alert.alert_id}")
        self._data.alerts[alert.alert_id] = alert

    def open_of(self, device_id: DeviceId) -> Sequence[AlertRecord]:
        mine = [one for one in self._sorted() if one.device_id == device_id]
        return [one for one in mine if one.status in {"open", "clearing"}]

    def get(self, alert_id: AlertId) -> AlertRecord | None:
        return self._data.alerts.get(alert_id)

    def of_ticket(self, ticket_id: TicketId) -> Sequence[AlertRecord]:
        return [one for one in self._sorted() if one.ticket_id == ticket_id]

    def of_device(self, device_id: DeviceId, *, limit: int) -> Sequence[AlertRecord]:
        mine = [one for one in self._sorted() if one.device_id == device_id]
        return mine[::-1][:limit]

    def record_rule(self, version: str, rule_id: str, text: str, *, at: datetime) -> None:
        self._data.rules.setdefault(version, (rule_id, text, at))

    def rule_text(self, version: str) -> str:
        return self._data.rules[version][1] if version in self._data.rules else ""

    def _sorted(self) -> list[AlertRecord]:
        return sorted(self._data.alerts.values(), key=lambda one: (one.opened_at, one.alert_id))

    def list(
        self,
        wanted: AlertFilter,
        *,
        limit: int,
        after: tuple[datetime, AlertId] | None = None,
    ) -> Sequence[AlertRecord]:
        found = [
            one
            for one in reversed(self._sorted())
            if (not wanted.statuses or one.status in wanted.statuses)
            and wanted.suppressed in {None, bool(one.suppressed_reason)}
            and wanted.device_id in {None, one.device_id}
            and wanted.rule_id in {"", one.rule_id}
            and (not wanted.urgencies or one.urgency in wanted.urgencies)
            and (wanted.opened_since is None or one.opened_at >= wanted.opened_since)
            and (after is None or (one.opened_at, one.alert_id) < after)
        ]
        return found[:limit]


def _is_behind(one: FoundTicket, after: TicketPosition) -> bool:
    if one.rank != after.rank:
        return one.rank > after.rank
    return one.position[1:] < after[1:]


class FakeTicketStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def insert_open(self, ticket: Ticket) -> Ticket | None:
        if self._other_open(ticket):
            return None
        if ticket.ticket_id in self._data.tickets:
            raise ConflictError(f"ticket {ticket.ticket_id} is there already")
        if ticket.device_id is not None:
            self._data.require_device(ticket.device_id)
        number = 1 + max((one.number for one in self._data.tickets.values()), default=0)
        stored = replace(ticket, number=number, version=1)
        self._data.tickets[ticket.ticket_id] = stored
        return stored

    def get(self, ticket_id: TicketId) -> Ticket | None:
        return self._data.tickets.get(ticket_id)

    def many(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        return {one: self._data.tickets[one] for one in ticket_ids if one in self._data.tickets}

    def hold(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        return self.many(ticket_ids)

    def by_number(self, number: int) -> Ticket | None:
        return next((one for one in self._data.tickets.values() if one.number == number), None)

    def open_of(self, device_id: DeviceId, family: str) -> Ticket | None:
        mine = (one for one in self._data.tickets.values() if one.device_id == device_id)
        family_s = [one for one in mine if one.family == family]
        for one in family_s:
            if one.status not in _ENDED and one.merged_into is None:
                return one
        targets = [self._data.tickets[one.merged_into] for one in family_s if one.merged_into]
        return next((one for one in targets if one.status not in _ENDED), None)

    def automatic_of(self, device_id: DeviceId) -> Sequence[Ticket]:
        mine = [one for one in self._data.tickets.values() if one.device_id == device_id]
        return [one for one in mine if one.family and one.status in ACTIVE]

    def merged_into(self, ticket_id: TicketId) -> Sequence[Ticket]:
        mine = [one for one in self._data.tickets.values() if one.merged_into == ticket_id]
        return sorted(mine, key=lambda one: one.number)

    def save(self, ticket: Ticket, *, expected_version: int) -> bool:
        stored = self._data.tickets.get(ticket.ticket_id)
        if stored is None or stored.version != expected_version:
            return False
        if ticket.status not in _ENDED and ticket.merged_into is None and self._other_open(ticket):
            raise ConflictError(f"{ticket.device_id} has a ticket {ticket.family} open")
        self._data.tickets[ticket.ticket_id] = replace(ticket, version=expected_version + 1)
        return True

    def _other_open(self, ticket: Ticket) -> bool:
        device_id, family = ticket.device_id, ticket.family
        if device_id is None or family is None:
            return False
        other = self.open_of(device_id, family)
        return other is not None and other.ticket_id != ticket.ticket_id

    def list(
        self,
        *,
        statuses: Collection[TicketStatus] = (),
        device_id: DeviceId | None = None,
        limit: int = 100,
        after: tuple[datetime, TicketId] | None = None,
    ) -> Sequence[Ticket]:
        newest = sorted(
            self._data.tickets.values(),
            key=lambda one: (one.opened_at, one.ticket_id),
            reverse=True,
        )
        found = [
            one
            for one in newest
            if (not statuses or one.status in statuses)
            and device_id in {None, one.device_id}
            and (after is None or (one.opened_at, one.ticket_id) < after)
        ]
        return found[:limit]

    def search(
        self,
        wanted: TicketFilter,
        order: TicketOrder,
        *,
        limit: int,
        after: TicketPosition | None = None,
    ) -> Sequence[FoundTicket]:
        found = [
            FoundTicket(ticket=one, hostname=self._hostname(one), rank=self._rank(one, order))
            for one in self._data.tickets.values()
            if passes(one, wanted)
        ]
        newest = sorted(found, key=lambda one: one.position[1:], reverse=True)
        ranked = sorted(newest, key=lambda one: one.rank)
        return [one for one in ranked if after is None or _is_behind(one, after)][:limit]

    def unrouted(self, *, limit: int, after: TicketPosition | None = None) -> Sequence[FoundTicket]:
        wanted = {TicketStatus.NEW, TicketStatus.REOPENED}
        found = [
            FoundTicket(ticket=one, hostname="", rank=self._rank(one, TicketOrder.PRIORITY))
            for one in self._data.tickets.values()
            if one.status in wanted and not one.assignee
        ]
        ranked = sorted(found, key=lambda one: one.position)
        return [one for one in ranked if after is None or one.position > after][:limit]

    def _hostname(self, ticket: Ticket) -> str:
        if ticket.device_id is None:
            return ""
        return self._data.devices[ticket.device_id].hostname

    def _rank(self, ticket: Ticket, order: TicketOrder) -> int:
        if order is TicketOrder.PRIORITY:
            return PRIORITY_ORDER.index(ticket.priority)
        if order is TicketOrder.OPENED:
            return 0
        mine = (one for key, one in self._data.clocks.items() if key[0] == ticket.ticket_id)
        going = [one.due_at for one in mine if one.stopped_at is None and one.due_at is not None]
        return min((to_micros(at) for at in going), default=NEVER_RANK)

    def log(self, entry: WorklogEntry) -> None:
        self._require(entry.ticket_id)
        self._data.worklog[entry.ticket_id] = (*self.worklog(entry.ticket_id), entry)

    def log_all(self, entries: Sequence[WorklogEntry]) -> None:
        for entry in entries:
            self.log(entry)

    def worklog(self, ticket_id: TicketId) -> Sequence[WorklogEntry]:
        return self._data.worklog.get(ticket_id, ())

    def add_evidence(self, item: EvidenceItem) -> None:
        self._require(item.ticket_id)
        self._data.evidence[item.ticket_id] = (*self.evidence(item.ticket_id), item)

    def evidence(self, ticket_id: TicketId) -> Sequence[EvidenceItem]:
        return self._data.evidence.get(ticket_id, ())

    def resolved_before(self, at: datetime, *, limit: int) -> Sequence[Ticket]:
        ended = [
            (one.resolved_at, one.ticket_id, one)
            for one in self._data.tickets.values()
            if one.status is TicketStatus.RESOLVED
            and one.resolved_at is not None
            and one.resolved_at + timedelta(seconds=one.reopen_window_s) < at
        ]
        return [ticket for _, _, ticket in sorted(ended, key=lambda one: one[:2])[:limit]]

    def _require(self, ticket_id: TicketId) -> None:
        if ticket_id not in self._data.tickets:
            raise ConflictError(f"no ticket {ticket_id}")


class FakeSlaStore:
    def __init__(self, data: Data, book: SlaBook) -> None:
        self._data = data
        self._book = book

    @property
    def book(self) -> SlaBook:
        return self._book

    def append(self, event: SlaEvent) -> None:
        self._require(event.ticket_id)
        self._data.ledger = (*self._data.ledger, event)

    def events(self, ticket_id: TicketId) -> Sequence[SlaEvent]:
        return [one for one in self._data.ledger if one.ticket_id == ticket_id]

    def ledgers(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Sequence[SlaEvent]]:
        found = {one: self.events(one) for one in ticket_ids}
        return {one: events for one, events in found.items() if events}

    def save(self, clock: SlaClock) -> None:
        self._require(clock.ticket_id)
        self._data.clocks[clock.ticket_id, clock.target] = clock

    def save_all(self, clocks: Sequence[SlaClock]) -> None:
        for clock in clocks:
            self.save(clock)

    def clocks(self, ticket_ids: Collection[TicketId]) -> Sequence[SlaClock]:
        return [one for key, one in sorted(self._data.clocks.items()) if key[0] in ticket_ids]

    def hold(self, ticket_id: TicketId) -> Sequence[SlaClock]:
        return self.clocks([ticket_id])

    def next_at(self) -> datetime | None:
        times = (one.next_at for one in self._data.clocks.values())
        return min((one for one in times if one is not None), default=None)

    def due(self, before: datetime, *, limit: int) -> Sequence[SlaClock]:
        found = [
            (one.next_at, one.ticket_id, one.target, one)
            for one in self._data.clocks.values()
            if one.next_at is not None and one.next_at < before
        ]
        return [clock for *_, clock in sorted(found, key=lambda one: one[:3])[:limit]]

    def outdated(self, book: str, *, limit: int) -> Sequence[SlaClock]:
        found = [
            one for one in self._data.clocks.values() if one.stopped_at is None and one.book != book
        ]
        return found[:limit]

    def open_counts(self) -> Mapping[tuple[SlaTarget, SlaState], int]:
        mine = (one for one in self._data.clocks.values() if one.stopped_at is None)
        return dict(Counter((one.target, one.state) for one in mine))

    def outcome_counts(self) -> Mapping[tuple[SlaTarget, Priority, SlaState], int]:
        return dict(
            Counter(
                (one.target, one.priority, one.outcome)
                for one in self._data.ledger
                if one.outcome is not None
            )
        )

    def _require(self, ticket_id: TicketId) -> None:
        if ticket_id not in self._data.tickets:
            raise ConflictError(f"no ticket {ticket_id}")


class FakeLeaseStore:
    def __init__(self, data: Data) -> None:
        self._leases = data.leases

    def take(self, name: str, holder: str, *, now: datetime, until: datetime) -> Lease | None:
        before, expires_at = self._leases.get(name, (None, now))
        if before is not None and before.holder != holder and expires_at > now:
            return None
        epoch = before.epoch if before else 0
        is_own = before is not None and before.holder == holder
        lease = Lease(name=name, holder=holder, epoch=epoch if is_own else epoch + 1)
        self._leases[name] = (lease, until)
        return lease

    def hold(self, lease: Lease) -> None:
        if lease.name not in self._leases or self._leases[lease.name][0].epoch != lease.epoch:
            raise ConflictError(f"lease {lease.name}: term {lease.epoch} ended")

    def release(self, holder: str, *, now: datetime) -> None:
        for name, (lease, expires_at) in list(self._leases.items()):
            if lease.holder == holder:
                self._leases[name] = (lease, min(expires_at, now))


class FakeApiTokenStore:
    def __init__(self, data: Data) -> None:
        self._tokens = data.api_tokens

    def by_hash(self, secret_hash: str) -> ApiToken | None:
        return next((one for one in self.all() if one.secret_hash == secret_hash), None)

    def add(self, token: ApiToken) -> None:
        if token.token_id in self._tokens or self.by_hash(token.secret_hash):
            raise ConflictError(f"token {token.token_id} is there already")
        self._tokens[token.token_id] = token

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        token = self._tokens.get(token_id)
        if token is None or token.revoked_at:
            return False
        self._tokens[token_id] = replace(token, revoked_at=at)
        return True

    def all(self) -> Sequence[ApiToken]:
        return sorted(self._tokens.values(), key=lambda one: (one.created_at, one.token_id))


class FakeProblemStore:
    def __init__(self, data: Data) -> None:
        self._data = data

    def add(self, problem: Problem) -> Problem:
        last = self.of_key(problem.key)
        if last is not None and last.state is not ProblemState.CLOSED:
            raise ConflictError(f"problem {last.number} has the key {problem.key}")
        stored = replace(problem, number=1 + max(self._data.problems, default=0))
        self._data.problems[stored.number] = stored
        return stored

    def save(self, problem: Problem) -> None:
        self._data.problems[problem.number] = problem

    def by_number(self, number: int, *, hold: bool = False) -> Problem | None:
        del hold
        return self._data.problems.get(number)

    def of_key(self, key: str) -> Problem | None:
        mine = [one for one in self._data.problems.values() if one.key == key]
        return max(mine, key=lambda one: one.number, default=None)

    def failures(self, family: str, *, since: datetime) -> Sequence[Failure]:
        return [
            one for one in self._failures(lambda ticket: ticket.family == family) if one.at >= since
        ]

    def incidents(self, problem_id: str) -> Sequence[Failure]:
        return self._failures(lambda ticket: ticket.problem_id == problem_id)

    def unlinked(self, ticket_ids: Collection[TicketId]) -> Collection[TicketId]:
        return [one for one in ticket_ids if not self._data.tickets[one].problem_id]

    def children(self, problem_id: str, *, active: bool, limit: int) -> Sequence[Ticket]:
        mine = [one for one in self._data.tickets.values() if one.problem_id == problem_id]
        found = [one for one in mine if one.device_id and (not active or one.status in ACTIVE)]
        return sorted(found, key=lambda one: one.number)[:limit]

    def rule_alerts(self, rule_id: str, *, since: datetime) -> Sequence[FleetAlert]:
        found = [
            FleetAlert(device_id=one.device_id, ticket_id=one.ticket_id, at=one.opened_at)
            for one in self._data.alerts.values()
            if one.rule_id == rule_id and one.ticket_id and not one.suppressed_reason
        ]
        return sorted([one for one in found if one.at >= since], key=lambda one: one.at)

    def alert_count(self, rule_id: str, *, since: datetime, until: datetime) -> int:
        mine = [one for one in self._data.alerts.values() if one.rule_id == rule_id]
        return sum(since <= one.opened_at < until and not one.suppressed_reason for one in mine)

    def fleet_size(self) -> int:
        return len(self._data.devices)

    def facts(
        self, device_ids: Collection[DeviceId] | None = None
    ) -> Mapping[DeviceId, Mapping[str, str]]:
        return {
            device_id: {"model": str(self._data.contents[versions[-1].hash].facts["model"])}
            for (device_id, kind), versions in self._data.versions.items()
            if kind == "system" and (device_ids is None or device_id in device_ids)
        }

    def programs(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, Mapping[str, str]]:
        return {
            device_id: {
                name: str(row["version"])
                for name, row in self._data.contents[versions[-1].hash].rows.items()
                if "version" in row
            }
            for (device_id, kind), versions in self._data.versions.items()
            if kind == "software" and device_id in device_ids
        }

    def _failures(self, passes: Callable[[Ticket], bool]) -> Sequence[Failure]:
        found = [
            Failure(ticket_id=ticket.ticket_id, device_id=ticket.device_id, at=entry.at)
            for ticket in self._data.tickets.values()
            if ticket.device_id is not None and passes(ticket)
            for entry in self._data.worklog.get(ticket.ticket_id, ())
            if entry.event in {"opened", "reopened"}
        ]
        return sorted(found, key=lambda one: one.at)

    def list(
        self,
        *,
        states: Collection[ProblemState] = (),
        limit: int,
        before: int | None = None,
    ) -> Sequence[Problem]:
        found = [
            one
            for number, one in sorted(self._data.problems.items(), reverse=True)
            if (not states or one.state in states) and (before is None or number < before)
        ]
        return found[:limit]
