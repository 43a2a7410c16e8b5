"""What happens in the week: who calls, what alerts say, and what technicians do. Seeded."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.window import Window
from sickbay_collector.core.desk.contact import Contact, Solution
from sickbay_collector.core.desk.edit import TicketEdit
from sickbay_collector.core.desk.ranking import Missing
from sickbay_collector.core.desk.ticket import Ticket, TicketKind, TicketSource, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE, TicketAction
from sickbay_collector.core.device import DeviceClass
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.core.ids import DeviceId, PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services import desk, major_acts
from sickbay_collector.services.contacts import Intake, open_contact
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.edits import Correction, correct
from sickbay_collector.services.hand_over import escalate_ticket
from sickbay_collector.services.merges import Piece, merge, split
from sickbay_collector.services.people import add_person
from sickbay_collector.services.silences import add_silence
from sickbay_collector.services.state_codec import encode_state
from sickbay_collector.services.ticket_attention import acknowledge, snooze
from sickbay_collector.services.triage import apply_alert_changes
from sickbay_collector.services.windows import add_window
from tests.collector.clinic import a_device
from tests.collector.desk_builders import a_change
from tests.week.plain import Plain, utc
from tests.week.stage import Stage

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MONDAY = utc("2026-03-22T23:00:00")
"""Monday 00:00 in Berlin. Its clocks go forward on the Sunday of this week."""
SUNDAY_NIGHT = utc("2026-03-29T22:00:00")
_ZONES = {"berlin": "Europe/Berlin", "boston": "America/New_York", "singapore": "Asia/Singapore"}
_BY_HAND = (
    TicketSource.PHONE,
    TicketSource.EMAIL,
    TicketSource.PORTAL,
    TicketSource.WALK_UP,
    TicketSource.CHAT,
)
_ASKED = (
    ("The printer jams", "hardware", ""),
    ("VPN drops every hour", "network", ""),
    ("Word crashes", "software", ""),
    ("Please install a drawing program", "software", "standard-software"),
    ("Locked out", "access", "password"),
    ("ORA-00060, deadlock in the database", "software", ""),
    ("A mail that looks odd", "security", ""),
    ("The screen stays dark", "hardware", ""),
    ("Where do I book leave?", "other", ""),
)
_RULES = ("disk.full.warn", "disk.full.crit", "disk.failing", "mem.oom", "reboot.pending")
_FATES = (
    ["plain"] * 9
    + ["waits"] * 4
    + ["vendor"] * 2
    + ["hand up", "hand up", "passed on", "passed on", "nobody", "nobody", "nobody"]
    + ["edited", "edited", "snoozed", "again", "again", "cancelled", "acknowledged"]
)


class Script:
    """The week.

    Args:
        stage: Where it is played.
        plain: Who works when.
        seed: Of all choices.
    """

    def __init__(self, stage: Stage, plain: Plain, seed: int) -> None:
        self.stage = stage
        self.plain = plain
        self.rng = random.Random(seed)  # noqa: S311 - not for secrets
        self.devices = {
            name: DeviceId(f"0195a000-0000-7000-8000-{number:012x}")
            for number, name in enumerate(
                [f"ws-{one:02}" for one in range(30)] + [f"srv-{one}" for one in range(6)]
            )
        }
        self.people: list[Person] = []
        self._states = 0

    def plan(self) -> None:
        """Plan the week."""
        self._people()
        self._fleet()
        self.report(self.devices)
        for _ in range(95):
            self.stage.at(self._office_time(), self.contact)
        for _ in range(40):
            self.stage.at(self._any_time(), self.alert)
        self._bad_update()
        self._silence()
        self._maintenance()
        self._nights()
        self._merges()
        self._splits()
        self.stage.outages["mail"] = [
            (utc("2026-03-24T14:00:00"), utc("2026-03-24T14:50:00")),
            (utc("2026-03-25T20:30:00"), utc("2026-03-25T21:20:00")),
        ]

    def try_(self, act: Callable[[], object]) -> None:
        """Do something that the desk may refuse because of what happened meanwhile."""
        try:
            act()
        except SickbayError as error:
            self.stage.refused.append(f"{self.stage.now:%a %H:%M} {error}")

    # Contacts

    def contact(self) -> TicketId:
        """Somebody contacts the desk."""
        title, category, service = self.rng.choice(_ASKED)
        person = self.rng.choice(self.people)
        wanted = Contact(
            source=self.rng.choice(_BY_HAND),
            kind=TicketKind.REQUEST if service else None,
            title=title,
            category=category,
            service=service,
            requester=person.person_id,
            site=person.site,
            affected=self.rng.choice([1, 1, 1, 1, 6]),
            urgency=self.rng.choice([None, None, None, 1, 2]),
        )
        solution = Solution(text="Told them how.") if self.rng.random() < 0.15 else None
        return self.open(wanted, solution)

    def open(self, wanted: Contact, solution: Solution | None = None, fate: str = "") -> TicketId:
        """Open a ticket for a contact and let its life begin."""
        stage = self.stage
        opened = open_contact(
            stage.open,
            Intake(contact=wanted, solution=solution),
            user=self._at_the_desk(),
            now=stage.now,
            new_id=stage.new_id,
        )
        ticket_id = opened.ticket.ticket_id
        if solution is None:
            self.live(ticket_id, fate)
        return ticket_id

    # Alerts

    def alert(self) -> None:
        """An alert of some device opens; it may be measured again, and close by itself."""
        name = self.rng.choice(list(self.devices))
        rule, instance = self.rng.choice(_RULES), self.rng.choice(["C:", "C:", "D:"])
        is_new = self.happen(name, rule, ChangeKind.OPENED, instance)
        now = self.stage.now
        fate = self.rng.random()
        if fate < 0.5:
            gone = now + self.rng.randint(20, 900) * MINUTE
            self.later(gone, name, rule, ChangeKind.CLOSED, instance)
            if fate < 0.12:
                again = gone + self.rng.randint(10, 300) * MINUTE
                self.later(again, name, rule, ChangeKind.OPENED, instance)
        elif fate < 0.6:
            day = now + 25 * HOUR
            self.later(day, name, rule, ChangeKind.EVIDENCE, instance)
        if is_new is not None:
            self.live(is_new, "")

    def later(
        self, at: datetime, name: str, rule: str, kind: ChangeKind, instance: str = "C:"
    ) -> None:
        """Let something happen to an alert later."""
        self.stage.at(at, lambda: self._happen_again(name, rule, kind, instance))

    def happen(
        self, name: str, rule: str, kind: ChangeKind, instance: str = "C:"
    ) -> TicketId | None:
        """Bring an alert's change through triage; return the ticket that it opened."""
        stage = self.stage
        change = a_change(kind, rule=stage.rules.rules[rule], instance=instance, at=stage.now)
        with stage.open() as uow:
            device = uow.devices.get(self.devices[name])
            assert device is not None
            standing = any(
                (one.rule_id, one.instance) == (rule, instance)
                for one in uow.alerts.open_of(device.device_id)
            )
            if (kind is ChangeKind.OPENED) == standing:
                return None  # the engine would not say so
            events = apply_alert_changes(uow, device, [change], now=stage.now, new_id=stage.new_id)
            uow.commit()
        opened = [one.after.ticket_id for one in events if one.before is None]
        return opened[0] if opened else None

    def _happen_again(self, name: str, rule: str, kind: ChangeKind, instance: str) -> None:
        opened = self.happen(name, rule, kind, instance)
        if opened is not None:
            self.live(opened, "")

    # The life of a ticket

    def live(self, ticket_id: TicketId, fate: str) -> None:
        """Let technicians deal with a ticket."""
        chosen = fate or self.rng.choice(_FATES)
        if chosen == "nobody":
            later = self.stage.now + self.rng.randint(1500, 4000) * MINUTE
            self.stage.at(later, lambda: self.begin(ticket_id, "plain"))
            return
        soon = self.stage.now + timedelta(seconds=self.rng.randint(60, 9000))
        self.stage.at(soon, lambda: self.begin(ticket_id, chosen))

    def begin(self, ticket_id: TicketId, fate: str) -> None:
        """Let whoever has it, or should have it, begin once they are there."""
        ticket, now = self.stage.ticket(ticket_id), self.stage.now
        if ticket.status not in ACTIVE:
            return
        login = self._worker(ticket)
        if login is None:
            retry = now + self.rng.randint(30, 90) * MINUTE
            self.stage.at(retry, lambda: self.begin(ticket_id, fate))
            return
        self.try_(lambda: getattr(self, f"_{fate.replace(' ', '_')}")(ticket, login))

    def _plain(self, ticket: Ticket, login: str) -> None:
        desk.take(self.stage.open, self.stage.act(ticket, login))
        done = self.stage.now + timedelta(seconds=self.rng.randint(300, 18_000))
        self.stage.at(done, lambda: self.finish(ticket.ticket_id, login))

    def _acknowledged(self, ticket: Ticket, login: str) -> None:
        acknowledge(self.stage.open, ticket.ticket_id, user=login, now=self.stage.now)
        self._soon(ticket, 60, 600)

    def _waits(self, ticket: Ticket, login: str) -> None:
        self._wait(ticket, login, TicketAction.WAIT_FOR_USER, 60, 1800)

    def _vendor(self, ticket: Ticket, login: str) -> None:
        self._wait(ticket, login, TicketAction.WAIT_FOR_VENDOR, 600, 3000)

    def _wait(
        self, ticket: Ticket, login: str, action: TicketAction, least: int, most: int
    ) -> None:
        taken = desk.take(self.stage.open, self.stage.act(ticket, login))
        desk.wait(self.stage.open, self.stage.act(taken, login), action, reason="Asked.")
        self._soon(ticket, least, most)

    def _hand_up(self, ticket: Ticket, login: str) -> None:
        escalate_ticket(
            self.stage.open,
            self.stage.act(ticket, login),
            missing=self.rng.choice(list(Missing)),
            reason="Not for us",
        )
        self._soon(ticket, 60, 900)

    def _passed_on(self, ticket: Ticket, login: str) -> None:
        others = [
            name
            for name, one in self.plain.technicians.items()
            if ticket.tier in one["tiers"] and name != login
        ]
        to = self.rng.choice(others)
        given = desk.assign(self.stage.open, self.stage.act(ticket, login), assignee=to)
        if self.rng.random() < 0.5:
            desk.assign(self.stage.open, self.stage.act(given, to), assignee=login)
        self._soon(ticket, 30, 400)

    def _edited(self, ticket: Ticket, login: str) -> None:
        edit = TicketEdit(urgency=self.rng.choice([1, 2, 3]), impact=self.rng.choice([2, 3]))
        correct(self.stage.open, self.stage.act(ticket, login), Correction(edit=edit))
        self._soon(ticket, 10, 300)

    def _snoozed(self, ticket: Ticket, login: str) -> None:
        until = self.stage.now + self.rng.randint(30, 600) * MINUTE
        snooze(
            self.stage.open,
            ticket.ticket_id,
            user=login,
            until=until,
            reason="Later.",
            now=self.stage.now,
        )
        self._soon(ticket, 20, 1200)

    def _again(self, ticket: Ticket, login: str) -> None:
        taken = desk.take(self.stage.open, self.stage.act(ticket, login))
        desk.resolve(self.stage.open, self.stage.act(taken, login), resolution="Restarted it.")
        back = self.stage.now + self.rng.randint(30, 900) * MINUTE
        self.stage.at(back, lambda: self._back(ticket.ticket_id, login))

    def _back(self, ticket_id: TicketId, login: str) -> None:
        ticket = self.stage.ticket(ticket_id)
        act = self.stage.act(ticket, login)
        self.try_(lambda: desk.reopen(self.stage.open, act, reason="Not solved."))
        self._soon(ticket, 10, 500)

    def _cancelled(self, ticket: Ticket, login: str) -> None:
        desk.cancel(self.stage.open, self.stage.act(ticket, login), reason="A mistake.")

    def _soon(self, ticket: Ticket, least: int, most: int) -> None:
        later = self.stage.now + self.rng.randint(least, most) * MINUTE
        self.stage.at(later, lambda: self.begin(ticket.ticket_id, "plain"))

    def finish(self, ticket_id: TicketId, login: str) -> None:
        """Resolve a ticket that is still worked on."""
        ticket = self.stage.ticket(ticket_id)
        if ticket.status is TicketStatus.IN_PROGRESS:
            act = self.stage.act(ticket, login)
            self.try_(lambda: desk.resolve(self.stage.open, act, resolution="Repaired it."))

    # What is special in this week

    def _bad_update(self) -> None:
        """On Wednesday an update makes twenty devices run out of memory; it is rolled back."""
        begin = utc("2026-03-25T14:00:00")
        for number in range(20):
            at = begin + timedelta(seconds=37 * number)
            self.later(at, f"ws-{number:02}", "mem.oom", ChangeKind.OPENED, "fleet")
            gone = begin + 4 * HOUR + timedelta(seconds=11 * number)
            if number < 18:
                self.later(gone, f"ws-{number:02}", "mem.oom", ChangeKind.CLOSED, "fleet")

    def _silence(self) -> None:
        begin = utc("2026-03-24T09:00:00")

        def add() -> None:
            add_silence(
                self.stage.open,
                matcher=Matcher.of({"device": ["ws-2*"], "rule": ["disk.inodes"]}),
                reason="Being cleaned up",
                ends_at=begin + 8 * HOUR,
                user="gus",
                now=self.stage.now,
            )

        self.stage.at(begin, add)
        for name in ("ws-21", "ws-22"):
            self.later(begin + HOUR, name, "disk.inodes", ChangeKind.OPENED)
        self.later(begin + 2 * HOUR, "ws-22", "disk.inodes", ChangeKind.CLOSED)

    def _maintenance(self) -> None:
        """On Thursday night servers are worked on; srv-3 does not come back."""
        window = Window(
            number=0,
            title="Patch night",
            matcher=Matcher.of({"device": ["srv-*"]}),
            start=datetime(2026, 3, 26, 22),  # noqa: DTZ001 - local time of the zone
            zone="Europe/Berlin",
            duration_s=4 * 3600.0,
            rrule="",
            until=utc("2026-03-28T00:00:00"),
            grace_s=1800.0,
            reason="Patches",
            author="kim",
            created_at=MONDAY,
            cancelled_at=None,
            cancelled_by="",
        )
        self.stage.at(
            utc("2026-03-23T09:00:00"),
            lambda: add_window(
                self.stage.open, replace(window, created_at=self.stage.now), now=self.stage.now
            ),
        )
        begin = utc("2026-03-26T21:00:00")
        servers = [name for name in self.devices if name.startswith("srv-")]
        self.stage.at(begin - MINUTE, lambda: self.report(servers))
        for name in ("srv-1", "srv-2"):
            self.later(begin + HOUR, name, "disk.inodes", ChangeKind.OPENED)
        self.later(begin + 2 * HOUR, "srv-1", "disk.inodes", ChangeKind.CLOSED)
        back = [name for name in servers if name != "srv-3"]
        # Devices report each minute; this is the last one before the check.
        self.stage.at(begin + 4 * HOUR + 29 * MINUTE, lambda: self.report(back))

    def _nights(self) -> None:
        """What is urgent at night, with and without an answer, and what is not urgent."""
        outage = Contact(
            source=TicketSource.PHONE,
            title="The network is down",
            category="network",
            requester=self.people[0].person_id,
            affected=60,
            urgency=1,
        )

        def down(fate: str) -> None:
            ticket_id = self.open(outage, fate="nobody")
            answered = self.stage.now + 12 * MINUTE
            if fate == "answered":
                self.stage.at(answered, lambda: self._answer(ticket_id))
            else:
                self.stage.at(self.stage.now + 9 * HOUR, lambda: self.begin(ticket_id, "plain"))

        self.stage.at(utc("2026-03-28T01:30:00"), lambda: down("answered"))
        self.stage.at(utc("2026-03-24T22:40:10"), lambda: down("unanswered"))
        odd = replace(outage, title="Somebody has my password", category="security", affected=6)
        # A minute before Gus's night, and while his mail is down until it has begun.
        self.later(utc("2026-03-24T20:59:30"), "ws-27", "mem.oom", ChangeKind.OPENED)
        self.later(utc("2026-03-25T20:40:00"), "ws-28", "mem.oom", ChangeKind.OPENED)
        # Kim's night is quiet: told at 07:00, had nobody acknowledged it before.
        self.stage.at(utc("2026-03-26T21:30:00"), lambda: self._security(odd, 5 * HOUR))
        self.stage.at(utc("2026-03-27T20:58:50"), lambda: self._security(odd, 11 * HOUR))

    def _security(self, odd: Contact, after: timedelta) -> None:
        ticket_id = self.open(odd, fate="nobody")
        self.stage.at(self.stage.now + after, lambda: self._take_care(ticket_id))

    def _take_care(self, ticket_id: TicketId) -> None:
        self.try_(lambda: acknowledge(self.stage.open, ticket_id, user="lea", now=self.stage.now))

    def _answer(self, ticket_id: TicketId) -> None:
        """Whoever is on call answers, tells people once, and misses the next update."""
        stage = self.stage
        (login,) = self.plain.on_call("L2", stage.now)[:1]
        acknowledge(stage.open, ticket_id, user=login, now=stage.now)

        def update() -> None:
            major_acts.update(
                stage.open, ticket_id, user=login, text="We look at it.", now=stage.now
            )

        stage.at(stage.now + 20 * MINUTE, lambda: self.try_(update))
        stage.at(stage.now + 3 * HOUR, lambda: self.begin(ticket_id, "plain"))

    def _merges(self) -> None:
        """Callers of one matter, and alerts of one device that are one matter."""
        wanted = Contact(
            source=TicketSource.CHAT,
            title="The mail is slow",
            category="software",
            requester=self.people[1].person_id,
        )
        at = utc("2026-03-25T09:00:00")

        def callers() -> None:
            first = self.open(wanted, fate="nobody")
            others = [self.open(wanted, fate="nobody") for _ in range(2)]
            for number, other in enumerate(others, 1):
                self._merge(stage_now() + number * 10 * MINUTE, other, first)

        def stage_now() -> datetime:
            return self.stage.now

        def of_alerts() -> None:
            disk = self.happen("srv-5", "disk.failing", ChangeKind.OPENED, "S1")
            full = self.happen("srv-5", "disk.inodes", ChangeKind.OPENED, "M:")
            assert disk is not None
            assert full is not None
            self.live(disk, "nobody")
            self._merge(self.stage.now + 30 * MINUTE, full, disk)
            day = self.stage.now + 25 * HOUR
            self.later(day, "srv-5", "disk.inodes", ChangeKind.EVIDENCE, "M:")

        self.stage.at(at, callers)
        self.stage.at(at + HOUR, of_alerts)

    def _merge(self, at: datetime, ticket_id: TicketId, into: TicketId) -> None:
        def do() -> None:
            act = self.stage.act(self.stage.ticket(ticket_id), "ada")
            self.try_(lambda: merge(self.stage.open, act, into))

        self.stage.at(at, do)

    def _splits(self) -> None:
        """A matter that is two: one part waits, the other goes on as a ticket of its own."""
        wanted = Contact(
            source=TicketSource.PHONE,
            title="No sound, and no mail",
            category="software",
            requester=self.people[2].person_id,
            site="berlin",
        )

        def do() -> None:
            ticket_id = self.open(wanted, fate="waits")
            self.stage.at(self.stage.now + 200 * MINUTE, lambda: part(ticket_id))

        def part(ticket_id: TicketId) -> None:
            act = self.stage.act(self.stage.ticket(ticket_id), "ada")
            with self.stage.read() as uow:
                entries = len(uow.tickets.worklog(ticket_id))
            piece = Piece(title="No sound", worklog=tuple(range(1, entries + 1)))
            made = split(self.stage.open, act, piece, new_id=self.stage.new_id)
            self.live(made.ticket_id, "nobody")

        self.stage.at(utc("2026-03-23T08:20:00"), do)

    # Who and when

    def _worker(self, ticket: Ticket) -> str | None:
        """Return who can work on a ticket now: who has it, else somebody of its tier."""
        now = self.stage.now
        if ticket.assignee:
            return ticket.assignee if self.plain.on_shift(ticket.assignee, now) else None
        there = [
            name
            for name, one in self.plain.technicians.items()
            if ticket.tier in one["tiers"] and self.plain.on_shift(name, now)
        ]
        return self.rng.choice(there) if there else None

    def _at_the_desk(self) -> str:
        there = [
            name for name in ("ada", "carl", "eve") if self.plain.on_shift(name, self.stage.now)
        ]
        return there[0] if there else "finn"

    def _office_time(self) -> datetime:
        zone = ZoneInfo(_ZONES[self.rng.choice(list(_ZONES))])
        day = self.rng.randint(23, 27)
        hour, minute = self.rng.randint(8, 17), self.rng.randint(0, 59)
        local = datetime(2026, 3, day, hour, minute, self.rng.randint(0, 59), tzinfo=zone)
        return max(local.astimezone(MONDAY.tzinfo), MONDAY)

    def _any_time(self) -> datetime:
        week_s = int((SUNDAY_NIGHT - MONDAY).total_seconds())
        return MONDAY + timedelta(seconds=self.rng.randint(60, week_s - 60))

    def _people(self) -> None:
        for number in range(15):
            site = list(_ZONES)[number % 3]
            draft = Person(
                person_id=PersonId(f"p-{number:02}"),
                name=f"Person {number}",
                email=f"p{number}@example.org",
                site=site,
                language="de" if site == "berlin" else "en",
            )
            self.people.append(add_person(self.stage.open, draft, actor="kim", now=self.stage.now))

    def _fleet(self) -> None:
        with self.stage.open() as uow:
            for name, device_id in self.devices.items():
                is_server = name.startswith("srv-")
                uow.devices.add(
                    a_device(
                        device_id,
                        name,
                        device_class=DeviceClass.SERVER if is_server else DeviceClass.LAPTOP,
                    )
                )
            uow.commit()

    def report(self, names: object) -> None:
        """Let devices report now."""
        assert isinstance(names, dict | list)
        with self.stage.open() as uow:
            known = uow.states.load([self.devices[name] for name in names])
            uow.states.save(
                [
                    _state(
                        self.devices[name],
                        self.stage.now,
                        known[self.devices[name]].version + 1 if self.devices[name] in known else 1,
                    )
                    for name in names
                ]
            )
            uow.commit()


def _state(device_id: DeviceId, now: datetime, version: int) -> StoredState:
    return StoredState(
        device_id=device_id,
        version=version,
        received_at=now,
        observed_at=None,
        report_interval_s=60.0,
        goodbye="",
        clock_offset_s=0.0,
        score=None,
        score_low=0.0,
        score_high=100.0,
        confidence=0.0,
        open_alerts=0,
        state=encode_state(DeviceState()),
        hour=0,
        frames=b"",
    )
