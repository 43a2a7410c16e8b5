"""The unit of work: one transaction and the stores in it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.book import EMPTY_BOOK, DeskBook
from sickbay_collector.core.errors import BusyError, StoreError
from sickbay_collector.db.accounts import SqlAccountStore
from sickbay_collector.db.ack_links import SqlAckLinks
from sickbay_collector.db.alerts import SqlAlertStore
from sickbay_collector.db.api_tokens import SqlApiTokenStore
from sickbay_collector.db.assets import SqlAssetStore
from sickbay_collector.db.audit import SqlAuditStore
from sickbay_collector.db.config import SqlConfigStore
from sickbay_collector.db.coverage import SqlCoverageStore
from sickbay_collector.db.desk_ledger import SqlDeskLedger
from sickbay_collector.db.devices import SqlDeviceStore
from sickbay_collector.db.engine import SQLITE, WRITES, limit
from sickbay_collector.db.enrollments import SqlEnrollmentStore
from sickbay_collector.db.errors import store_errors
from sickbay_collector.db.escalations import SqlEscalationStore
from sickbay_collector.db.glances import SqlGlanceStore
from sickbay_collector.db.history import SqlHistoryStore
from sickbay_collector.db.identity import SqlIdentityStore
from sickbay_collector.db.leases import SqlLeaseStore
from sickbay_collector.db.line_store import SqlLineStore
from sickbay_collector.db.majors import SqlMajorStore
from sickbay_collector.db.once import SqlOnceStore
from sickbay_collector.db.outbox import SqlDeliveryStore, SqlOutboxStore
from sickbay_collector.db.pairs import SqlPairStore
from sickbay_collector.db.people import SqlPersonStore
from sickbay_collector.db.piles import SqlPileStore
from sickbay_collector.db.problems import SqlProblemStore
from sickbay_collector.db.quiet import QuietCache, SqlQuietStore
from sickbay_collector.db.quiet_reach import ReachedQuietStore
from sickbay_collector.db.reach import reached
from sickbay_collector.db.routing import SqlRoutingStore
from sickbay_collector.db.rules import SqlRuleStore
from sickbay_collector.db.search import SqlSearchStore
from sickbay_collector.db.sections import SqlSectionStore
from sickbay_collector.db.sign_in_links import SqlSignInLinkStore
from sickbay_collector.db.sla import SqlSlaStore
from sickbay_collector.db.states import SqlStateStore
from sickbay_collector.db.tags import SqlTagStore
from sickbay_collector.db.ticket_counts import SqlTicketCounts
from sickbay_collector.db.ticket_parts import SqlTicketPartStore
from sickbay_collector.db.ticket_presence import SqlPresenceStore
from sickbay_collector.db.tickets import SqlTicketStore
from sickbay_collector.db.timers import SqlTimerStore
from sickbay_collector.db.tokens import SqlTokenStore
from sickbay_collector.db.views import SqlViewStore
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
from sickbay_collector.services.ports import BookInForce, OpenUnitOfWork, UnitOfWork
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

# As long as SQLite itself would wait for another process.
_WAIT_S = 10.0


class SqlUnitOfWork:
    """Implements `UnitOfWork` on a connection whose transaction has begun.

    Args:
        connection: Where the transaction is.
        writes: Whether it may be committed.
        book: The desk book in force.
        quiet: What was read of silences and windows before; None for nothing.
        public_url: Where browsers find the console; "" for unknown.
        reach: What who asks may see; None for everything. Without `writes` the stores find nothing
            else.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        writes: bool,
        book: DeskBook,
        quiet: QuietCache | None = None,
        public_url: str = "",
        reach: Reach | None = None,
    ) -> None:
        self._connection = connection
        self._writes = writes
        self._reach = None if reach is None or reach.scope.is_everything else reach
        self.book = book
        if not writes:
            connection = reached(connection, self._reach)
        self.devices: DeviceStore = SqlDeviceStore(connection)
        self.people: PersonStore = SqlPersonStore(connection)
        self.assets: AssetStore = SqlAssetStore(connection)
        self.tags: TagStore = SqlTagStore(connection)
        self.lines: LineStore = SqlLineStore(connection)
        self.views: ViewStore = SqlViewStore(connection)
        self.tokens: TokenStore = SqlTokenStore(connection)
        self.enrollments: EnrollmentStore = SqlEnrollmentStore(connection)
        self.identity: IdentityStore = SqlIdentityStore(connection)
        self.pairs: PairStore = SqlPairStore(connection)
        self.states: StateStore = SqlStateStore(connection)
        self.sections: SectionStore = SqlSectionStore(connection)
        self.history: HistoryStore = SqlHistoryStore(connection)
        self.alerts: AlertStore = SqlAlertStore(connection)
        self.tickets: TicketStore = SqlTicketStore(connection)
        self.sla: SlaStore = SqlSlaStore(connection, book.sla)
        self.outbox: OutboxStore = SqlOutboxStore(connection)
        self.deliveries: DeliveryStore = SqlDeliveryStore(connection)
        self.leases: LeaseStore = SqlLeaseStore(connection)
        self.api_tokens: ApiTokenStore = SqlApiTokenStore(connection)
        self.routing: RoutingStore = SqlRoutingStore(connection)
        self.config: ConfigStore = SqlConfigStore(connection)
        self._audit = SqlAuditStore(connection)
        self.audit: AuditStore = self._audit
        self.coverage: CoverageStore = SqlCoverageStore(connection)
        self.timers: TimerStore = SqlTimerStore(connection)
        self.facts: DeskLedger = SqlDeskLedger(connection)
        self.escalations: EscalationStore = SqlEscalationStore(connection)
        self.majors: MajorStore = SqlMajorStore(connection)
        self.accounts: AccountStore = SqlAccountStore(connection)
        self.search: SearchStore = SqlSearchStore(connection)
        self.glances: GlanceStore = SqlGlanceStore(connection)
        self.piles: PileStore = SqlPileStore(connection)
        self.problems: ProblemStore = SqlProblemStore(connection)
        self.quiet: QuietStore = SqlQuietStore(connection, quiet or QuietCache())
        if self._reach is not None and not writes:
            self.quiet = ReachedQuietStore(self._connection, self._reach)
        self.ticket_parts: TicketPartStore = SqlTicketPartStore(connection)
        self.ticket_counts: TicketCounts = SqlTicketCounts(connection)
        self.presence: PresenceStore = SqlPresenceStore(connection)
        self.once: OnceStore = SqlOnceStore(connection)
        self.rules: RuleStore = SqlRuleStore(connection)
        self.sign_in_links: SignInLinkStore = SqlSignInLinkStore(connection)
        self.ack_links: AckLinks = SqlAckLinks(connection, public_url)

    @property
    def seen(self) -> UnitOfWork:
        """Return the same transaction, in which is what who asks may see."""
        if not self._writes or self._reach is None:
            return self
        return SqlUnitOfWork(self._connection, writes=False, book=self.book, reach=self._reach)

    def commit(self) -> None:
        """Make everything durable. What follows in the block is a new transaction.

        Raises:
            StoreError: The unit of work was opened for reading, or the database failed.
        """
        if not self._writes:
            raise StoreError("a unit of work that was opened for reading cannot commit")
        self._audit.write()
        self._connection.commit()


def no_book() -> DeskBook:
    """Return what is in force at a desk without configuration."""
    return EMPTY_BOOK


def open_unit_of_work(
    engine: Engine, *, wait_s: float = _WAIT_S, book: BookInForce = no_book, public_url: str = ""
) -> OpenUnitOfWork:
    """Return what opens units of work for writing.

    SQLite has one writer at a time. Its own way of waiting sleeps and tries again, up to 100 ms, so
    writers of this process wait for each other on a lock first.

    Args:
        engine: The database.
        wait_s: How long a writer waits for its turn on SQLite.
        book: Returns the desk book in force.
        public_url: Where browsers find the console; "" for unknown.

    Raises (when opened or used):
        ConflictError: A rule of the schema forbids the change.
        BusyError: Another writer held the database for too long.
        StoreError: The database cannot be used.
    """
    lock = threading.Lock() if engine.dialect.name == SQLITE else None
    quiet = QuietCache()

    @contextmanager
    def opened(
        *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        with store_errors(), _held(lock, wait_s), engine.connect() as connection:
            writer = connection.execution_options(**{WRITES: True})
            writer.begin()
            limit(writer, within_s)
            yield SqlUnitOfWork(
                writer,
                writes=True,
                book=book(),
                quiet=quiet,
                public_url=public_url,
                reach=reach,
            )

    return opened


def open_read_only(engine: Engine, *, book: BookInForce = no_book) -> OpenUnitOfWork:
    """Return what opens units of work for reading: one consistent view, which no writer waits for.

    Args:
        engine: The database.
        book: Returns the desk book in force.

    Raises (when opened or used):
        StoreError: The database cannot be used, or a store tried to write.
    """
    quiet = QuietCache()

    @contextmanager
    def opened(
        *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        with read_connection(engine, within_s=within_s) as connection:
            yield SqlUnitOfWork(connection, writes=False, book=book(), quiet=quiet, reach=reach)

    return opened


@contextmanager
def read_connection(engine: Engine, *, within_s: float | None = None) -> Iterator[Connection]:
    """Hold a connection with one consistent view, which cannot write and no writer waits for.

    Args:
        engine: The database.
        within_s: How long it may be held on PostgreSQL; None for the usual.

    Raises:
        StoreError: The database cannot be used, or something tried to write.
    """
    guard = _guard_sqlite if engine.dialect.name == SQLITE else _guard_postgresql
    with store_errors(), engine.connect() as connection, guard(connection):
        limit(connection, within_s)
        yield connection


@contextmanager
def _held(lock: "threading.Lock | None", wait_s: float) -> Iterator[None]:
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=wait_s):
        raise BusyError(f"database: no turn to write within {wait_s:g} s", retry_after_s=1.0)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _guard_sqlite(connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql("PRAGMA query_only=ON")
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA query_only=OFF")


@contextmanager
def _guard_postgresql(connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    yield
