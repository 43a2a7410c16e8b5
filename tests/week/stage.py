"""The desk on a clock that jumps: real services on a real database, and channels that only listen.

Between two acts of the script the clock jumps from one due second to the next, and what a collector
does each second is done then.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.notice_tables import IS_WAITING, outbox
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.timer_tables import timer
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.notify.worker import BATCH, Worker
from sickbay_collector.services.book.layers import default_layer, folder_layer, laid_over
from sickbay_collector.services.book.load import configure
from sickbay_collector.services.desk import Act, close_expired
from sickbay_collector.services.fleet import FleetTimers
from sickbay_collector.services.quiet_timers import QuietTimers
from sickbay_collector.services.sla_sweep import sweep
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import Ran, run_due
from sickbay_collector.services.window_run import Steps

DEPARTMENT = Path(__file__).parent / "department"
SECOND = timedelta(seconds=1)
_CLOSES_EVERY = timedelta(hours=1)
_CHANNELS = ("log", "mail", "webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message that a channel took."""

    at: datetime
    channel: str
    key: str
    recipient: str


@dataclass(slots=True, kw_only=True)
class Ear:
    """A channel that takes every message and remembers it, but for when it is down."""

    name: str
    stage: "Stage"
    kind: str = "log"
    confirms: bool = True
    per_minute: int | None = None

    def send(self, message: Message) -> Delivery:
        now = self.stage.now
        if any(since <= now < until for since, until in self.stage.outages.get(self.name, ())):
            return Delivery(outcome=Outcome.RETRY, reason="down", unreachable=True)
        self.stage.heard.append(
            Heard(at=now, channel=self.name, key=message.key, recipient=message.recipient)
        )
        return Delivery(outcome=Outcome.OK)


@dataclass(kw_only=True)
class Stage:
    """The desk and its clock."""

    engine: Engine
    now: datetime
    heard: list[Heard] = field(default_factory=list)
    ran: list[tuple[datetime, Ran]] = field(default_factory=list)
    outages: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """What the script wanted and the desk refused."""
    _plan: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _counted: int = 0
    _ids: int = 0

    def __post_init__(self) -> None:
        layer = laid_over(default_layer(), folder_layer(DEPARTMENT))
        configuration = configure(layer, today=date(2026, 3, 23))
        self.book: DeskBook = configuration.book
        self.rules = configuration.rules
        self.open = open_unit_of_work(self.engine, book=lambda: self.book)
        self.read = open_read_only(self.engine, book=lambda: self.book)
        steps = Steps(started_at=self.now - timedelta(days=1), new_id=self.new_id)
        quiet = QuietTimers(lambda: self.rules, steps)
        fleet = FleetTimers(self.new_id)
        self._handlers = {**HANDLERS, **quiet.handlers(), **fleet.handlers()}
        ears: Mapping[str, Channel] = {name: Ear(name=name, stage=self) for name in _CHANNELS}
        self._worker = Worker(
            self.open,
            lambda: ears,
            draw=lambda: 0.5,
            elapsed=lambda: 0.0,
            observe=lambda _kind, _state: None,
            template_failed=lambda: None,
        )
        self._closes_at = self.now

    def new_id(self) -> str:
        """Return an id; they count up."""
        self._ids += 1
        return f"0195b000-0000-7000-8000-{self._ids:012x}"

    def at(self, moment: datetime, act: Callable[[], object]) -> None:
        """Plan what is done at a moment, in the order of planning."""
        self._counted += 1
        heapq.heappush(self._plan, (max(moment, self.now), self._counted, act))

    def play(self, until: datetime) -> None:
        """Let time pass, with all that is due and all that is planned."""
        while True:
            planned = self._plan[0][0] if self._plan else until
            due = self._due()
            moment = min(planned, until, until if due is None else max(due, self.now))
            if moment >= until:
                break
            self.now = moment
            while self._plan and self._plan[0][0] <= self.now:
                heapq.heappop(self._plan)[2]()
            self._collector()
        self.now = until
        self._collector()

    def ticket(self, ticket_id: TicketId) -> Ticket:
        """Return a ticket as it is."""
        with self.read() as uow:
            found = uow.tickets.get(ticket_id)
        assert found is not None
        return found

    def act(self, ticket: Ticket, user: str) -> Act:
        """Return an act on the ticket as it was read."""
        return Act(
            ticket_id=ticket.ticket_id,
            user=user,
            expected_version=ticket.version,
            now=self.now,
        )

    def _collector(self) -> None:
        """Do what a collector does each second."""
        timers, targets, messages = self._firsts()
        if timers is not None and timers <= self.now:
            run_due(
                self.read,
                self.open,
                self._handlers,
                self.now,
                _go_on,
                told=lambda ran: self.ran.append((self.now, ran)),
            )
            _, targets, messages = self._firsts()
        if targets is not None and targets < self.now:
            sweep(self.read, self.open, self.now, _go_on)
            messages = self._firsts()[2]
        if messages is not None and messages <= self.now:
            while self._worker.deliver(self.now) >= BATCH:
                pass
        if self.now >= self._closes_at:
            close_expired(self.open, self.now)
            self._closes_at = self.now + _CLOSES_EVERY

    def _due(self) -> datetime | None:
        """Return the next second at which something is due."""
        first, target, message = self._firsts()
        # A target is late once its time is past.
        late = None if target is None else target + SECOND
        known = [one for one in (first, late, message) if one is not None]
        return _whole(max(min(known), self.now + SECOND)) if known else None

    def _firsts(self) -> Sequence[datetime | None]:
        """Return when the first timer, target and message are due; None for none."""
        with self.engine.connect() as connection:
            return [connection.execute(statement).scalar() for statement in _NEXT]


def _go_on(_seconds: float) -> bool:
    return False


_NEXT = (
    select(func.min(timer.c.next_at, type_=timer.c.next_at.type)),
    select(func.min(sla_clock.c.next_at, type_=sla_clock.c.next_at.type)),
    select(func.min(outbox.c.not_before, type_=outbox.c.not_before.type)).where(IS_WAITING),
)


def _whole(at: datetime) -> datetime:
    """Return the first whole second that is not before."""
    floor = at.replace(microsecond=0)
    return floor if floor == at else floor + SECOND
