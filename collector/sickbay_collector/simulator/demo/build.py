"""Makes the demo: a fleet's weeks, what the desk did in them, on one clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from random import Random

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.window import Window
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.contacts import open_contact
from sickbay_collector.services.fleet import FleetTimers
from sickbay_collector.services.quiet_timers import QuietTimers
from sickbay_collector.services.silences import add_silence
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.window_run import Steps
from sickbay_collector.services.windows import add_window
from sickbay_collector.simulator.demo.callers import ask, working_moments
from sickbay_collector.simulator.demo.clock import DemoClock
from sickbay_collector.simulator.demo.people import settle_people
from sickbay_collector.simulator.demo.staff import Staff
from sickbay_collector.simulator.feed import Feed
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.reports import reports_elsewhere
from sickbay_collector.simulator.tally import Tally
from sickbay_collector.storage import Storage

# Reports that are due within so long are committed together; what the desk does lies between.
_STEP_S = 300.0
_TOLD_EVERY = timedelta(hours=12)

Told = Callable[[datetime], None]


@dataclass(slots=True)
class Made:
    """What a demo holds."""

    devices: int = 0
    samples: int = 0
    contacts: int = 0
    tickets: int = 0
    """Opened, by contacts and alerts."""


class Demo:
    """A demo in the making.

    Args:
        config: The collector's settings.
        storage: Its database, which is empty.
        plan: How large and how long.
        new_id: Makes ids.
        now: When the demo ends: the present.
    """

    def __init__(
        self,
        config: CollectorConfig,
        storage: Storage,
        plan: Plan,
        new_id: Callable[[], str],
        now: datetime,
    ) -> None:
        self.made = Made(devices=plan.devices)
        self._storage, self._plan, self._new_id = storage, plan, new_id
        self._rng = Random(plan.seed)  # noqa: S311 - not for secrets
        self._span = plan.span(now.timestamp())
        began = datetime.fromtimestamp(self._span.since_s, UTC)
        self._shelf = Shelf(
            Places(rules=config.rules, sla=config.sla, desk=config.desk),
            storage.open_reads,
            lambda: self._clock.now,
            storage.book.replace,
        )
        quiet = QuietTimers(
            self._shelf.rules, Steps(started_at=began - timedelta(days=1), new_id=new_id)
        )
        handlers = {**HANDLERS, **quiet.handlers(), **FleetTimers(new_id).handlers()}
        self._clock = DemoClock(storage, handlers, began)
        self._staff = Staff(storage, self._clock, new_id, self._rng)

    def make(self, told: Told) -> Made:
        """Make it; `told` hears now and then which simulated moment it is.

        Raises:
            StoreError: The database cannot be used.
        """
        self._shelf.start()
        self._configure()
        plan, span, tally = self._plan, self._span, Tally(self._plan.devices)
        with reports_elsewhere(plan, span) as coming:
            feed = Feed(
                plan,
                coming,
                self._storage.open_uow,
                self._shelf.rules,
                self._new_id,
                tally,
                since_s=span.since_s,
            )
            self._settle(feed)
            self._quiet()
            self._play(feed, told)
        self.made.samples = tally.samples
        return self.made

    def _play(self, feed: Feed, told: Told) -> None:
        """Let the weeks pass."""
        said = self._clock.now
        while (due_s := feed.due_s) is not None:
            if self._clock.play(due_s):
                feed.forget_all()
            for event in feed.commit(within_s=_STEP_S):
                if event.kind is TicketEventKind.OPENED:
                    self.made.tickets += 1
                    self._staff.notice(event.after.ticket_id)
            if self._clock.now - said >= _TOLD_EVERY:
                said = self._clock.now
                told(said)
        self._clock.play(self._span.until_s)
        told(self._clock.now)

    def _configure(self) -> None:
        file = resources.files(__package__).joinpath("department.yaml")
        document = Document(name="department.yaml", text=file.read_text(encoding="utf-8"))
        applying = Applying(
            wanted=Wanted(layer=read_documents([document])),
            revision=None,
            user="demo",
            now=self._clock.now,
        )
        apply(self._storage.open_uow, self._shelf.now.base, applying)
        self._shelf.follow()

    def _settle(self, feed: Feed) -> None:
        """Plan who calls when."""
        storage, devices = self._storage, feed.devices
        owned = settle_people(storage.open_uow, devices, self._rng, now=self._clock.now)
        feed.forget_all()

        def call() -> None:
            asked, intake = ask(owned, self._rng)
            opened = open_contact(
                storage.open_uow,
                intake,
                user=self._rng.choice(("ada", "ben", "cida", "dev")),
                now=self._clock.now,
                new_id=self._new_id,
            )
            self.made.contacts += 1
            self.made.tickets += 1
            if intake.solution is None:
                self._staff.notice(opened.ticket.ticket_id, asked)

        until = datetime.fromtimestamp(self._span.until_s, UTC)
        for moment in working_moments(self._clock.now, until, len(owned), self._rng):
            self._clock.at(moment, call)

    def _quiet(self) -> None:
        """Plan a maintenance night every two weeks, and a silence of the last days."""
        began, until = self._clock.now, datetime.fromtimestamp(self._span.until_s, UTC)
        saturday = began.date() + timedelta(days=(5 - began.weekday()) % 7)
        window = Window(
            number=0,
            title="Updates of the Lisbon office",
            matcher=Matcher.of({"site": ["lisbon"]}),
            start=datetime(saturday.year, saturday.month, saturday.day, 22),  # noqa: DTZ001 - local
            zone="Europe/Lisbon",
            duration_s=4 * 3600.0,
            rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SA",
            until=until + timedelta(days=60),
            grace_s=1800.0,
            reason="Monthly updates; devices restart.",
            author="kim",
            created_at=began,
            cancelled_at=None,
            cancelled_by="",
        )
        add_window(self._storage.open_uow, window, now=began)

        def silence() -> None:
            add_silence(
                self._storage.open_uow,
                matcher=Matcher.of({"rule": ["mem.oom"], "site": ["leeds"]}),
                reason="Known fault of the browser's last update; a new one comes next week.",
                ends_at=self._clock.now + timedelta(days=10),
                user="gwen",
                now=self._clock.now,
            )

        self._clock.at(until - timedelta(days=4), silence)
