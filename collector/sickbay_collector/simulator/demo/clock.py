"""The desk on a clock that jumps: between two reports, what a collector does by the clock is done.

No message leaves: each counts as delivered the moment it is due.
"""

import heapq
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, Select, func, select

from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.db.notice_tables import IS_WAITING, outbox
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.timer_tables import timer
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.notify.worker import BATCH, Worker
from sickbay_collector.services.desk import close_expired
from sickbay_collector.services.history_upkeep import close_left_open, roll_up_days
from sickbay_collector.services.sla_sweep import sweep
from sickbay_collector.services.timers import TimerHandler, run_due
from sickbay_collector.storage import Storage

_CLOSES_EVERY = timedelta(hours=1)
_UPKEEP_EVERY = timedelta(days=1)
_NEXT_MESSAGE = select(func.min(outbox.c.not_before, type_=outbox.c.not_before.type)).where(
    IS_WAITING
)
_NEXT = (
    select(func.min(timer.c.next_at, type_=timer.c.next_at.type)),
    select(func.min(sla_clock.c.next_at, type_=sla_clock.c.next_at.type)),
    _NEXT_MESSAGE,
)


class _Delivered:
    """A channel of the demo: it takes every message and sends none."""

    def __init__(self, name: str) -> None:
        self.name = name

    kind = "log"
    confirms = True
    per_minute: int | None = None

    def send(self, message: Message) -> Delivery:
        """Take a message."""
        del message
        return Delivery(outcome=Outcome.OK)


class DemoClock:
    """Simulated time, what is planned in it, and the collector's jobs.

    Args:
        storage: The database; its book names the channels.
        handlers: Who handles timers, by kind.
        now: When it begins.
    """

    def __init__(
        self, storage: Storage, handlers: Mapping[str, TimerHandler], now: datetime
    ) -> None:
        self.now = now
        self._storage = storage
        self._handlers = handlers
        self._plan: list[tuple[datetime, int, Callable[[], object]]] = []
        self._planned = 0
        self._closes_at = self._upkeep_at = now
        self._worker = Worker(
            storage.open_uow,
            lambda: _channels(storage.engine),
            draw=lambda: 0.5,
            elapsed=lambda: 0.0,
            observe=lambda _kind, _state: None,
            template_failed=lambda: None,
        )

    def at(self, moment: datetime, act: Callable[[], object]) -> None:
        """Plan what is done at a moment; what is past is done next."""
        self._planned += 1
        heapq.heappush(self._plan, (max(moment, self.now), self._planned, act))

    def after(self, minutes: float, act: Callable[[], object]) -> None:
        """Plan what is done so many minutes from now."""
        self.at(self.now + timedelta(minutes=minutes), act)

    def play(self, until_s: float) -> bool:
        """Let time pass, with all that is planned and due; return whether history was kept up.

        That writes the states of devices, which ingest then reads anew.
        """
        before = self._upkeep_at
        until = datetime.fromtimestamp(until_s, UTC)
        while self._plan and self._plan[0][0] <= until:
            moment, _, act = heapq.heappop(self._plan)
            self._pass(moment)
            act()
        self._pass(until)
        return self._upkeep_at != before

    def _pass(self, until: datetime) -> None:
        """Let the jobs run at each moment at which something is due."""
        while (due := self._earliest(*_NEXT)) is not None and due <= until:
            # A target is late once its second is over.
            self.now = max(self.now, due + timedelta(seconds=1))
            self._run()
        self.now = max(self.now, until)
        self._keep_up()

    def _earliest(self, *of: Select[datetime]) -> datetime | None:
        with self._storage.engine.connect() as connection:
            found = [connection.execute(statement).scalar() for statement in of]
        return min((one for one in found if one is not None), default=None)

    def _run(self) -> None:
        storage = self._storage
        run_due(
            storage.open_reads,
            storage.open_uow,
            self._handlers,
            self.now,
            _go_on,
            told=lambda _: None,
        )
        sweep(storage.open_reads, storage.open_uow, self.now, _go_on)
        message_at = self._earliest(_NEXT_MESSAGE)
        if message_at is not None and message_at <= self.now:
            while self._worker.deliver(self.now) >= BATCH:
                pass

    def _keep_up(self) -> None:
        open_uow = self._storage.open_uow
        if self.now >= self._closes_at:
            close_expired(open_uow, self.now)
            self._closes_at = self.now + _CLOSES_EVERY
        if self.now >= self._upkeep_at:
            close_left_open(open_uow, self.now, _go_on)
            roll_up_days(open_uow, self.now, _go_on)
            self._upkeep_at = self.now + _UPKEEP_EVERY


def _go_on(_seconds: float) -> bool:
    return False


def _channels(engine: Engine) -> Mapping[str, Channel]:
    """Return a channel for each name that a waiting message has."""
    with engine.connect() as connection:
        names = connection.execute(select(outbox.c.channel).where(IS_WAITING).distinct())
        return {name: _Delivered(name) for name in names.scalars()}
