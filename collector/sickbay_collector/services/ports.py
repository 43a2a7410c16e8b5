"""What the use cases need of the outside, as protocols. `db` implements them; tests bring fakes.

Stores never commit: the unit of work does. Times are aware UTC datetimes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.alerts.change import AlertReading
from sickbay_collector.core.desk.book import DeskBook
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
    FoundTicket,
    TicketFilter,
    TicketOrder,
    TicketPosition,
)
from sickbay_collector.core.device import (
    Criticality,
    Device,
    DeviceClass,
    EnrollmentToken,
)
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.history import Resolution
from sickbay_collector.core.ids import AlertId, DeviceId, TicketId
from sickbay_collector.core.inventory import SectionContent, SectionVersion
from sickbay_collector.services.account_ports import AccountStore
from sickbay_collector.services.ack_ports import AckLinks
from sickbay_collector.services.asset_ports import AssetStore
from sickbay_collector.services.audit_ports import AuditStore
from sickbay_collector.services.config_ports import ConfigStore
from sickbay_collector.services.coverage_ports import CoverageStore
from sickbay_collector.services.desk_ledger_ports import DeskLedger
from sickbay_collector.services.escalation_ports import EscalationStore
from sickbay_collector.services.glance_ports import GlanceStore
from sickbay_collector.services.line_ports import LineStore
from sickbay_collector.services.major_ports import MajorStore
from sickbay_collector.services.notice_ports import DeliveryStore, OutboxStore
from sickbay_collector.services.people_ports import PersonStore
from sickbay_collector.services.pile_ports import PileStore
from sickbay_collector.services.presence_ports import PresenceStore
from sickbay_collector.services.problem_ports import ProblemStore
from sickbay_collector.services.queue_ports import TicketCounts
from sickbay_collector.services.quiet_ports import QuietStore
from sickbay_collector.services.routing_ports import RoutingStore
from sickbay_collector.services.rule_ports import RuleStore
from sickbay_collector.services.search_ports import SearchStore
from sickbay_collector.services.sign_in_link_ports import SignInLinkStore
from sickbay_collector.services.tag_ports import TagStore
from sickbay_collector.services.ticket_parts_ports import OnceStore, TicketPartStore
from sickbay_collector.services.timer_ports import TimerStore
from sickbay_collector.services.view_ports import ViewStore


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """The row that every report of a device updates: evaluation state and the running hour."""

    device_id: DeviceId
    version: int
    """Counts writes, from 1; 0 means that there is no row yet."""
    received_at: datetime
    observed_at: datetime | None
    report_interval_s: float
    goodbye: str
    clock_offset_s: float
    score: float | None
    score_low: float
    score_high: float
    confidence: float
    open_alerts: int
    state: bytes
    """The device's evaluation state as `core.state` writes it."""
    hour: int
    """The running hour: hours since 1970."""
    frames: bytes
    """The running hour's samples as `db.history` packs them."""
    score_day_ago: float | None = None
    """What the score was a day or some ago; None where that is not known, or not comparable."""
    score_week_ago: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert that is or was open."""

    alert_id: AlertId
    device_id: DeviceId
    rule_id: str
    rule_version: str
    family: str
    instance: str
    instance_label: str
    status: str
    """"open", "clearing", "closed" or "suppressed"."""
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    sentence: str
    suppressed_reason: str
    ticket_id: TicketId | None
    urgency: int = 0
    """From 1 (highest) to 3; 0 where it was not kept."""
    measured_at: datetime | None = None
    """When the readings were taken, by the device's clock; None where they were not kept."""
    readings: tuple[AlertReading, ...] = ()
    """What was measured last; beside the limits."""
    history: str = ""
    """The instance's own range while the condition was true."""
    closes_when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts to list. What is empty or None does not filter."""

    statuses: frozenset[str] = frozenset()
    suppressed: bool | None = None
    """Only those that were kept from opening a ticket, or only others."""
    device_id: DeviceId | None = None
    rule_id: str = ""
    urgencies: frozenset[int] = frozenset()
    opened_since: datetime | None = None


STANDING = AlertFilter(statuses=frozenset({"open", "clearing"}))
"""Alerts that are not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A stretch of a device's history of one metric and instance."""

    name: str
    """"metric" or "metric/instance"."""
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupPoint:
    """What the readings of an hour or a day were."""

    at: datetime
    """When the hour or day begins."""
    low: float
    mean: float
    high: float
    last: float
    count: int
    """Number of readings, at least 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupSeries:
    """A stretch of a device's history of one metric and instance, by hour or by day."""

    name: str
    """"metric" or "metric/instance"."""
    points: tuple[RollupPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrolledDay:
    """A day of a device with hours that no roll-up knows of yet."""

    device_id: DeviceId
    day: int
    """Days since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One collector's term of running a job."""

    name: str
    holder: str
    epoch: int
    """Counts the holders, from 1; whoever has an older one may not write any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """Lets a program or person use the API. Only a hash of its secret is kept."""

    token_id: str
    secret_hash: str
    user: str
    role: str
    """A role's id."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    sites: tuple[str, ...] = ()
    """Ids of the sites that it is narrowed to."""
    tags: tuple[str, ...] = ()
    """Of the devices that it is narrowed to. Without sites and tags it is not narrowed."""
    made_by: str = ""
    """Login of the account that it never exceeds; "" for one made on the collector's machine for a
    user without an account."""


class DeviceStore(Protocol):
    """Devices."""

    def get(self, device_id: DeviceId, *, hold: bool = False) -> Device | None:
        """Return a device; with `hold` nobody else writes it until the transaction ends."""
        ...

    def load(self, device_ids: Collection[DeviceId]) -> Sequence[Device]:
        """Return those of the devices that are there, by id."""
        ...

    def by_nonce(self, enroll_nonce: str) -> Device | None: ...
    def by_instance(self, agent_instance_id: str) -> Device | None: ...
    def add(self, device: Device) -> None: ...
    def save(self, device: Device) -> None: ...
    def all(self) -> Sequence[Device]: ...
    def named(self, name: str, *, limit: int) -> Sequence[Device]:
        """Return the devices of this host name whatever its case, else those it begins, by name."""
        ...

    def revoked(self, *, limit: int) -> Sequence[Device]:
        """Return devices that are shut out, the last one first."""
        ...

    def pending(self, *, limit: int) -> Sequence[Device]:
        """Return devices that wait for approval and are not shut out, the oldest first."""
        ...

    def activate(self, device_id: DeviceId) -> bool:
        """Make a device active that waits for approval and is not shut out; False for others."""
        ...

    def classify(
        self, device_id: DeviceId, *, device_class: DeviceClass, criticality: Criticality
    ) -> None:
        """Write what a device is for, and nothing else of it."""
        ...


class TokenStore(Protocol):
    """Enrollment tokens."""

    def by_hash(self, secret_hash: str) -> EnrollmentToken | None: ...
    def take_use(self, token_id: str, *, now: datetime) -> bool:
        """Count one use if the token is live and has one left; atomic under concurrency."""
        ...

    def note_refusal(self, token_id: str, *, at: datetime, address: str) -> datetime | None:
        """Count that a token was shown in vain; return when that was before."""
        ...

    def add(self, token: EnrollmentToken) -> None: ...
    def revoke(self, token_id: str, *, at: datetime) -> bool: ...
    def all(self) -> Sequence[EnrollmentToken]: ...


class EnrollmentStore(Protocol):
    """How devices came in."""

    def put(self, record: EnrollmentRecord) -> None:
        """Keep how a device came in, in place of the last time."""
        ...

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, EnrollmentRecord]:
        """Return how these devices came in, those of which it is known."""
        ...


class StateStore(Protocol):
    """Evaluation state, one row a device."""

    def load(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, StoredState]: ...
    def save(self, states: Sequence[StoredState]) -> Collection[DeviceId]:
        """Write rows whose version is one above the stored; return devices where it was not."""
        ...


class SectionStore(Protocol):
    """Inventory sections by content, and their dated versions by device."""

    def known(self, hashes: Collection[bytes]) -> Collection[bytes]: ...
    def put(self, content_hash: bytes, content: SectionContent) -> None: ...
    def content(self, content_hash: bytes) -> SectionContent | None: ...
    def contents(self, hashes: Collection[bytes]) -> Mapping[bytes, SectionContent]:
        """Return those of the contents that are stored."""
        ...

    def current(self, device_id: DeviceId) -> Sequence[SectionVersion]: ...
    def versions(
        self, device_id: DeviceId, *, since: datetime | None = None
    ) -> Sequence[SectionVersion]:
        """Return versions that were current at or after `since`, oldest first by kind."""
        ...

    def attach(self, device_id: DeviceId, kind: str, content_hash: bytes, *, at: datetime) -> None:
        """End the present version of the kind and begin this one, unless it is the same."""
        ...


class HistoryStore(Protocol):
    """Readings over time. The running hour lives in the state row; closed hours are packed.

    Days with closed hours are rolled up later, by hour and by day. Readers see no difference: what
    is not rolled up yet is summed up as it is read.
    """

    def close_hour(self, device_id: DeviceId, hour: int, frames: bytes) -> None:
        """Pack an hour (hours since 1970), onto what was closed of it before."""
        ...

    def read(
        self, device_id: DeviceId, metrics: Collection[str], *, since: datetime, until: datetime
    ) -> Sequence[Series]:
        """Return the series of these metrics, every instance, the running hour included."""
        ...

    def read_rollups(
        self,
        device_id: DeviceId,
        metrics: Collection[str],
        resolution: Resolution,
        *,
        since: datetime,
        until: datetime,
    ) -> Sequence[RollupSeries]:
        """Return roll-ups of the hours or days that begin from `since` to before `until`.

        Long windows of rules and the score read hours with it: 14 days are 15 rows.
        """
        ...

    def left_open(self, before_hour: int, *, limit: int) -> Sequence[DeviceId]:
        """Return devices whose running hour is older and has samples."""
        ...

    def unrolled(
        self, before_day: int, *, limit: int, after: UnrolledDay | None = None
    ) -> Sequence[UnrolledDay]:
        """Return days before `before_day` that wait for their roll-up, by device and day."""
        ...

    def roll_up(self, device_id: DeviceId, day: int) -> None:
        """Pack a day's closed hours as one, and make its roll-ups by hour and by day.

        Hours whose samples were dropped since keep their roll-ups.
        """
        ...

    def drop(self, resolution: Resolution, before: datetime, *, limit: int) -> int:
        """Drop at most `limit` rows that end by `before`, oldest first; return how many.

        A row holds a day's samples or roll-ups by hour, or a month's roll-ups by day. Days that
        wait for their roll-up stay.
        """
        ...


class AlertStore(Protocol):
    """Alerts."""

    def add(self, alert: AlertRecord) -> None: ...
    def save(self, alert: AlertRecord) -> None: ...
    def get(self, alert_id: AlertId) -> AlertRecord | None: ...
    def open_of(self, device_id: DeviceId) -> Sequence[AlertRecord]:
        """Return the device's alerts that are open or clearing."""
        ...

    def list(
        self,
        wanted: AlertFilter,
        *,
        limit: int,
        after: tuple[datetime, AlertId] | None = None,
    ) -> Sequence[AlertRecord]:
        """Return alerts, newest first, behind the one that opened then and has that id."""
        ...

    def of_ticket(self, ticket_id: TicketId) -> Sequence[AlertRecord]: ...
    def of_device(self, device_id: DeviceId, *, limit: int) -> Sequence[AlertRecord]: ...
    def record_rule(self, version: str, rule_id: str, text: str, *, at: datetime) -> None:
        """Keep an immutable rule version; a known one is left as it is."""
        ...

    def rule_text(self, version: str) -> str:
        """Return the canonical JSON of a rule version; "" for one that was never kept."""
        ...


class TicketStore(Protocol):
    """Tickets, worklog and evidence."""

    def insert_open(self, ticket: Ticket) -> Ticket | None:
        """Insert and number a ticket; None when the device has one of that family open."""
        ...

    def get(self, ticket_id: TicketId) -> Ticket | None: ...
    def many(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        """Return those of these tickets that there are."""
        ...

    def hold(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        """Return those of these tickets that there are; nobody else writes them meanwhile."""
        ...

    def by_number(self, number: int) -> Ticket | None: ...
    def open_of(self, device_id: DeviceId, family: str) -> Ticket | None:
        """Return the ticket of the family that is neither closed nor cancelled.

        In its place the open one that it was merged into.
        """
        ...

    def automatic_of(self, device_id: DeviceId) -> Sequence[Ticket]:
        """Return the device's tickets of alerts that wait for somebody, by number.

        Nobody else opens one of the device until this transaction ends.
        """
        ...

    def merged_into(self, ticket_id: TicketId) -> Sequence[Ticket]:
        """Return the tickets that this one goes on for, by number."""
        ...

    def save(self, ticket: Ticket, *, expected_version: int) -> bool:
        """Write a ticket; False when its stored version is another."""
        ...

    def list(
        self,
        *,
        statuses: Collection[TicketStatus] = (),
        device_id: DeviceId | None = None,
        limit: int = 100,
        after: tuple[datetime, TicketId] | None = None,
    ) -> Sequence[Ticket]:
        """Return tickets, newest first."""
        ...

    def search(
        self,
        wanted: TicketFilter,
        order: TicketOrder,
        *,
        limit: int,
        after: TicketPosition | None = None,
    ) -> Sequence[FoundTicket]:
        """Return a page of the tickets that pass the filter."""
        ...

    def unrouted(self, *, limit: int, after: TicketPosition | None = None) -> Sequence[FoundTicket]:
        """Return tickets that wait for somebody to have them, most urgent and then oldest first."""
        ...

    def log(self, entry: WorklogEntry) -> None: ...
    def log_all(self, entries: Sequence[WorklogEntry]) -> None:
        """Append to the worklogs of several tickets, in this order."""
        ...

    def worklog(self, ticket_id: TicketId) -> Sequence[WorklogEntry]: ...
    def add_evidence(self, item: EvidenceItem) -> None: ...
    def evidence(self, ticket_id: TicketId) -> Sequence[EvidenceItem]: ...
    def resolved_before(self, at: datetime, *, limit: int) -> Sequence[Ticket]:
        """Return resolved tickets whose reopen window ended before `at`."""
        ...


class SlaStore(Protocol):
    """Ledgers of what was promised, and the clocks that they come to."""

    @property
    def book(self) -> SlaBook:
        """Return the policies and calendars in force."""
        ...

    def append(self, event: SlaEvent) -> None: ...
    def events(self, ticket_id: TicketId) -> Sequence[SlaEvent]:
        """Return a ticket's ledger, both targets, in the order of writing."""
        ...

    def save(self, clock: SlaClock) -> None:
        """Write how a clock stands, over what is there."""
        ...

    def save_all(self, clocks: Sequence[SlaClock]) -> None:
        """Write how clocks stand, no two of them the same, over what is there."""
        ...

    def ledgers(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Sequence[SlaEvent]]:
        """Return the ledgers of these tickets, both targets, each in the order of writing."""
        ...

    def clocks(self, ticket_ids: Collection[TicketId]) -> Sequence[SlaClock]:
        """Return the clocks of these tickets, by ticket and target."""
        ...

    def hold(self, ticket_id: TicketId) -> Sequence[SlaClock]:
        """Return a ticket's clocks, which nobody else writes until this transaction ends."""
        ...

    def next_at(self) -> datetime | None:
        """Return when there is something to announce next; None for never."""
        ...

    def due(self, before: datetime, *, limit: int) -> Sequence[SlaClock]:
        """Hold clocks with something to announce since before that time, longest due first.

        Those that somebody else holds are left out.
        """
        ...

    def outdated(self, book: str, *, limit: int) -> Sequence[SlaClock]:
        """Hold clocks that go on and were reckoned with other calendars than this version."""
        ...

    def open_counts(self) -> Mapping[tuple[SlaTarget, SlaState], int]:
        """Return how many clocks have not stopped, by how they stand."""
        ...

    def outcome_counts(self) -> Mapping[tuple[SlaTarget, Priority, SlaState], int]:
        """Return how clocks ended, in all ledgers; one that was reopened may end again."""
        ...


class LeaseStore(Protocol):
    """Who of several collectors runs which job."""

    def take(self, name: str, holder: str, *, now: datetime, until: datetime) -> Lease | None:
        """Take a lease that is free, or go on with one's own; None while somebody else has it."""
        ...

    def hold(self, lease: Lease) -> None:
        """Keep the lease from changing hands until this transaction ends.

        Raises:
            ConflictError: Somebody else has it by now.
        """
        ...

    def release(self, holder: str, *, now: datetime) -> None:
        """Give back all that somebody has."""
        ...


class ApiTokenStore(Protocol):
    """API tokens."""

    def by_hash(self, secret_hash: str) -> ApiToken | None: ...
    def add(self, token: ApiToken) -> None: ...
    def revoke(self, token_id: str, *, at: datetime) -> bool: ...
    def all(self) -> Sequence[ApiToken]: ...


class UnitOfWork(Protocol):
    """One transaction and the stores in it. Leaving without `commit` rolls back."""

    devices: DeviceStore
    people: PersonStore
    assets: AssetStore
    tags: TagStore
    lines: LineStore
    views: ViewStore
    tokens: TokenStore
    enrollments: EnrollmentStore
    states: StateStore
    sections: SectionStore
    history: HistoryStore
    alerts: AlertStore
    tickets: TicketStore
    sla: SlaStore
    outbox: OutboxStore
    deliveries: DeliveryStore
    leases: LeaseStore
    api_tokens: ApiTokenStore
    routing: RoutingStore
    timers: TimerStore
    escalations: EscalationStore
    ticket_parts: TicketPartStore
    ticket_counts: TicketCounts
    presence: PresenceStore
    once: OnceStore
    majors: MajorStore
    config: ConfigStore
    audit: AuditStore
    facts: DeskLedger
    coverage: CoverageStore
    accounts: AccountStore
    quiet: QuietStore
    problems: ProblemStore
    piles: PileStore
    glances: GlanceStore
    search: SearchStore
    ack_links: AckLinks
    rules: RuleStore
    sign_in_links: SignInLinkStore

    @property
    def book(self) -> DeskBook:
        """Return the desk's configuration in force since the unit of work was opened."""
        ...

    @property
    def seen(self) -> "UnitOfWork":
        """Return the same transaction, in which is what who asks may see: names are looked up here.

        One that was opened for reading shows nothing else anyway.
        """
        ...

    def commit(self) -> None: ...


class OpenUnitOfWork(Protocol):
    """Opens a unit of work. A `with` block holds it."""

    def __call__(
        self, *, within_s: float | None = None, reach: Reach | None = None
    ) -> AbstractContextManager[UnitOfWork]:
        """Open one that has so many seconds from now; None for the usual.

        Past them the database refuses to go on, so that nothing outlives who waits for it. With a
        reach, reading finds what lies in it, and `seen` does in writing.
        """
        ...


Clock = Callable[[], datetime]
"""Returns the present time, aware, UTC."""

BookInForce = Callable[[], DeskBook]
"""Returns the desk book in force."""

Entropy = Callable[[int], bytes]
"""Returns that many random bytes."""
