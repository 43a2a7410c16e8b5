"""The whole desk against any order of alerts, technicians, conflicts and time."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus, WorklogEntry
from sickbay_collector.core.desk.transitions import (
    ACTIVE,
    OPEN,
    ActorKind,
    TicketAction,
    allowed_actions,
)
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services import desk as technician
from sickbay_collector.services.hand_over import reroute_ticket
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.desk_builders import (
    DEVICE_ID,
    NOW,
    OTHER_DEVICE_ID,
    a_change,
    a_device,
    a_rule,
)
from tests.collector.desk_fakes import FakeDesk

RULES = {
    one.id: one
    for one in (
        a_rule(),
        a_rule(id="disk.full.crit", urgency=1),
        a_rule(id="disk.failing", family="disk.health", reopen_s=0.0),
    )
}
Alert = tuple[DeviceId, str, str]
KEYS: list[Alert] = [
    (DEVICE_ID, "disk.full.warn", "C:"),
    (DEVICE_ID, "disk.full.warn", "D:"),
    (DEVICE_ID, "disk.full.crit", "C:"),
    (DEVICE_ID, "disk.failing", "S4EVNX0R"),
    (OTHER_DEVICE_ID, "disk.full.warn", "C:"),
]
# What the engine may say of an alert that stands, and of one that does not; first ones more often.
STANDING = (
    ChangeKind.CLOSED,
    ChangeKind.CLOSED,
    ChangeKind.EVIDENCE,
    ChangeKind.CLEARING,
    ChangeKind.RETURNED,
    ChangeKind.FLAPPING,
)
QUIET = (ChangeKind.OPENED, ChangeKind.OPENED, ChangeKind.SUPPRESSED)

ACTS: dict[TicketAction, Callable[[FakeDesk, technician.Act], Ticket]] = {
    TicketAction.ASSIGN: lambda desk, act: technician.assign(desk.open, act, assignee="ben"),
    TicketAction.HAND_ON: lambda desk, act: (
        reroute_ticket(desk.open, act, reason="elsewhere")[-1].after
    ),
    TicketAction.TAKE: lambda desk, act: technician.take(desk.open, act),
    TicketAction.WAIT_FOR_USER: lambda desk, act: technician.wait(
        desk.open, act, TicketAction.WAIT_FOR_USER, reason="asked"
    ),
    TicketAction.WAIT_FOR_VENDOR: lambda desk, act: technician.wait(
        desk.open, act, TicketAction.WAIT_FOR_VENDOR, reason="ordered"
    ),
    TicketAction.WAIT_FOR_CHANGE: lambda desk, act: technician.wait(
        desk.open, act, TicketAction.WAIT_FOR_CHANGE, reason="planned"
    ),
    TicketAction.RESOLVE: lambda desk, act: technician.resolve(desk.open, act, resolution="done"),
    TicketAction.REOPEN: lambda desk, act: technician.reopen(desk.open, act, reason="again"),
    TicketAction.CANCEL: lambda desk, act: technician.cancel(desk.open, act, reason="a test"),
}


class TicketLife(RuleBasedStateMachine):
    """Alerts open, stay and close as the engine would say; people act; time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = FakeDesk()
        self.now = NOW
        self.standing: set[Alert] = set()

    @rule(data=st.data(), device_id=st.sampled_from([DEVICE_ID, DEVICE_ID, OTHER_DEVICE_ID]))
    def report(self, data: st.DataObject, device_id: DeviceId) -> None:
        """A report brings changes; its transaction may fail and leave nothing."""
        keys = [key for key in KEYS if key[0] == device_id]
        standing = set(self.standing)
        changes = [
            self._change(data, key, standing)
            for key in data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3))
        ]
        with self.desk.open() as uow:
            apply_alert_changes(
                uow,
                a_device(device_id=device_id),
                changes,
                now=self.now,
                new_id=self.desk.new_id,
            )
            if data.draw(st.integers(0, 4)):
                uow.commit()
                self.standing = standing

    def _change(self, data: st.DataObject, key: Alert, standing: set[Alert]) -> AlertChange:
        """Return something that the engine may say of the alert now."""
        kind = data.draw(st.sampled_from(STANDING if key in standing else QUIET))
        if kind is ChangeKind.OPENED:
            standing.add(key)
        if kind is ChangeKind.CLOSED:
            standing.remove(key)
        _, rule_id, instance = key
        return a_change(
            kind,
            rule=RULES[rule_id],
            instance=instance,
            at=self.now,
            urgency=data.draw(st.integers(1, 3)),
        )

    @precondition(lambda self: self.desk.tickets)
    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """A technician acts: mostly as the table allows and on what is there."""
        ticket = data.draw(st.sampled_from(self.desk.tickets))
        allowed = [
            one for one in allowed_actions(ticket.status, actor=ActorKind.PERSON) if one in ACTS
        ]
        action = data.draw(st.sampled_from([*allowed, *allowed, *ACTS]))
        is_stale = data.draw(st.integers(0, 4)) == 0
        act = technician.Act(
            ticket_id=ticket.ticket_id,
            user="mia",
            expected_version=ticket.version - is_stale,
            now=self.now,
        )
        may = not is_stale and action in allowed
        try:
            written = ACTS[action](self.desk, act)
        except ConflictError:
            assert not may
            assert ticket in self.desk.tickets
        else:
            assert may
            assert written.version == ticket.version + (written != ticket)

    @rule(hours=st.sampled_from([0, 1, 24, 24 * 8]))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.now = self.now + timedelta(hours=hours)

    @rule()
    def close(self) -> None:
        """The scheduler ends what is over."""
        technician.close_expired(self.desk.open, self.now)

        with self.desk.open() as uow:
            assert not uow.tickets.resolved_before(self.now, limit=1)

    @invariant()
    def at_most_one_ticket_is_open_of_each_family(self) -> None:
        open_ = Counter(
            (one.device_id, one.family) for one in self.desk.tickets if one.status in OPEN
        )

        assert all(number == 1 for number in open_.values())

    @invariant()
    def every_write_is_told_and_logged_once(self) -> None:
        """A ticket's version counts its writes; evidence for who has it in hand tells nobody."""
        told = Counter(one.payload["ticket_id"] for one in self.desk.announcements)
        for ticket in self.desk.tickets:
            told[ticket.ticket_id] += _quiet_writes(self.desk.worklog(ticket.ticket_id))
        logged = Counter(one.ticket_id for one in self.desk.entries if one.after)
        versions = {one.ticket_id: one.version for one in self.desk.tickets}

        assert versions == told
        assert versions == logged

    @invariant()
    def worklog_is_an_unbroken_chain(self) -> None:
        """What a write found is what the write before left."""
        for ticket in self.desk.tickets:
            status = ""
            for entry in self.desk.worklog(ticket.ticket_id):
                assert entry.before.get("status", status) == status
                status = entry.after.get("status", status)

            assert status == ticket.status

    @invariant()
    def alerts_are_as_the_engine_says(self) -> None:
        records = {
            (one.device_id, one.rule_id, one.instance)
            for one in self.desk.alerts
            if one.status in {"open", "clearing"}
        }

        assert records == self.standing

    @invariant()
    def open_alert_has_a_ticket(self) -> None:
        for alert in self.desk.alerts:
            if alert.status in {"open", "clearing"}:
                assert alert.ticket_id in {one.ticket_id for one in self.desk.tickets}

    @invariant()
    def ticket_without_open_alerts_is_active_only_where_a_person_reopened_it(self) -> None:
        for ticket in self.desk.tickets:
            mine = [one for one in self.desk.alerts if one.ticket_id == ticket.ticket_id]
            statuses = {one.status for one in mine}
            if ticket.status in ACTIVE and not statuses & {"open", "clearing"}:
                assert _reopened_by_a_person(self.desk, ticket)

    @invariant()
    def ticket_resolves_by_itself_only_without_open_alerts(self) -> None:
        for ticket in self.desk.tickets:
            if ticket.status is TicketStatus.RESOLVED and ticket.resolution == "automatic":
                mine = [one for one in self.desk.alerts if one.ticket_id == ticket.ticket_id]
                assert not {one.status for one in mine} & {"open", "clearing"}

    @invariant()
    def times_of_a_ticket_fit_its_status(self) -> None:
        for ticket in self.desk.tickets:
            has: tuple[datetime | None, bool] = (ticket.resolved_at, bool(ticket.resolution))
            if ticket.status in {TicketStatus.RESOLVED, TicketStatus.CLOSED}:
                assert all(has)
            else:
                assert not any(has)


def _reopened_by_a_person(desk: FakeDesk, ticket: Ticket) -> bool:
    return any(
        entry.event == "reopened" and entry.actor == "mia"
        for entry in desk.worklog(ticket.ticket_id)
    )


def _quiet_writes(worklog: Sequence[WorklogEntry]) -> int:
    """Return how many writes were evidence for a ticket that somebody took."""
    quiet, taken, status = 0, False, ""
    for entry in worklog:
        is_evidence = entry.event in {"joined", "evidence"} and bool(entry.after)
        quiet += is_evidence and taken and status != "reopened"
        taken = taken or "acknowledged_at" in entry.after
        status = entry.after.get("status", status)
    return quiet


TestTicketLife = TicketLife.TestCase
TestTicketLife.settings = settings(max_examples=200, stateful_step_count=30)
