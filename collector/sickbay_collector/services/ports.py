"""What the use cases need of the outside, as protocols. `db` implements them; tests bring fakes.

Stores never commit: the unit of work does. Times are aware UTC datetimes. Each area has its module,
`device_ports` for one; here is the unit of work that holds their stores.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.services.account_ports import AccountStore
from sickbay_collector.services.ack_ports import AckLinks
from sickbay_collector.services.alert_ports import AlertStore
from sickbay_collector.services.asset_ports import AssetStore
from sickbay_collector.services.audit_ports import AuditStore
from sickbay_collector.services.config_ports import ConfigStore
from sickbay_collector.services.coverage_ports import CoverageStore
from sickbay_collector.services.desk_ledger_ports import DeskLedger
from sickbay_collector.services.device_ports import (
    DeviceStore,
    EnrollmentStore,
    SectionStore,
    StateStore,
)
from sickbay_collector.services.escalation_ports import EscalationStore
from sickbay_collector.services.glance_ports import GlanceStore
from sickbay_collector.services.history_ports import HistoryStore
from sickbay_collector.services.identity_ports import IdentityStore
from sickbay_collector.services.lease_ports import LeaseStore
from sickbay_collector.services.line_ports import LineStore
from sickbay_collector.services.major_ports import MajorStore
from sickbay_collector.services.notice_ports import DeliveryStore, OutboxStore
from sickbay_collector.services.pair_ports import PairStore
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
from sickbay_collector.services.sla_ports import SlaStore
from sickbay_collector.services.tag_ports import TagStore
from sickbay_collector.services.ticket_parts_ports import OnceStore, TicketPartStore
from sickbay_collector.services.ticket_ports import TicketStore
from sickbay_collector.services.timer_ports import TimerStore
from sickbay_collector.services.token_ports import ApiTokenStore, TokenStore
from sickbay_collector.services.view_ports import ViewStore


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
    identity: IdentityStore
    pairs: PairStore
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
