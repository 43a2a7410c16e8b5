"""The whole desk against any order of alerts, technicians, conflicts and time."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
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
from sickbay_collector.services.triage import apply_alert_changes

from tests.collector.desk_builders import NOW, a_change, a_device, a_rule
from tests.collector.desk_fakes import FakeDesk

DEVICES = [DeviceId("d1"), DeviceId("d2")]
RULES = [
    a_rule(),
    a_rule(id="disk.full.crit", urgency=1),
    a_rule(id="disk.failing", family="disk.health", reopen_s=0.0),
]
KEYS = [(rule_, instance) for rule_ in RULES for instance in ("a", "b")]
Alert = tuple[DeviceId, str, str]

ACTS: dict[TicketAction, Callable[[FakeDesk, technician.Act], Ticket]] = {
    TicketAction.ASSIGN: lambda desk, act: technician.assign(desk.open, act, assignee="ben"),
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

    @rule(
        device_id=st.sampled_from(DEVICES),
        kinds=st.lists(
            st.tuples(st.sampled_from(KEYS), st.sampled_from(ChangeKind), st.integers(1, 3)),
            min_size=1,
            max_size=4,
        ),
        commits=st.booleans(),
    )
    def report(
        self,
        device_id: DeviceId,
        kinds: list[tuple[tuple[Rule, str], ChangeKind, int]],
        *,
        commits: bool,
    ) -> None:
        """A report brings changes; its transaction may fail and leave nothing."""
        standing = set(self.standing)
        changes = [
            change
            for (rule_, instance), kind, urgency in kinds
            for change in self._possible(standing, device_id, rule_, instance, kind, urgency)
        ]
        with self.desk.open() as uow:
            apply_alert_changes(
                uow,
                a_device(device_id=device_id),
                changes,
                now=self.now,
                new_id=self.desk.new_id,
            )
            if commits:
                uow.commit()
                self.standing = standing

    def _possible(
        self,
        standing: set[Alert],
        device_id: DeviceId,
        rule_: Rule,
        instance: str,
        kind: ChangeKind,
        urgency: int,
    ) -> list[AlertChange]:
        """Return the change if the engine could say it now."""
        key = (device_id, rule_.id, instance)
        if (key in standing) == (kind in {ChangeKind.OPENED, ChangeKind.SUPPRESSED}):
            return []
        if kind is ChangeKind.OPENED:
            standing.add(key)
        if kind is ChangeKind.CLOSED:
            standing.remove(key)
        return [a_change(kind, rule=rule_, instance=instance, at=self.now, urgency=urgency)]

    @precondition(lambda self: self.desk.tickets.by_id)
    @rule(data=st.data(), action=st.sampled_from(list(ACTS)), is_stale=st.booleans())
    def act(self, data: st.DataObject, action: TicketAction, *, is_stale: bool) -> None:
        """A technician acts, on what is there or on what was there."""
        ticket = data.draw(st.sampled_from(list(self.desk.tickets.by_id.values())))
        act = technician.Act(
            ticket_id=ticket.ticket_id,
            user="mia",
            expected_version=ticket.version - is_stale,
            now=self.now,
        )
        may = not is_stale and action in allowed_actions(ticket.status, actor=ActorKind.PERSON)
        try:
            written = ACTS[action](self.desk, act)
        except ConflictError:
            assert not may
            assert self.desk.tickets.by_id[ticket.ticket_id] == ticket
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

        assert not self.desk.tickets.resolved_before(self.now, limit=1)

    @invariant()
    def at_most_one_ticket_is_open_of_each_family(self) -> None:
        open_ = Counter(
            (one.device_id, one.family)
            for one in self.desk.tickets.by_id.values()
            if one.status in OPEN
        )

        assert all(number == 1 for number in open_.values())

    @invariant()
    def every_write_is_told_and_logged_once(self) -> None:
        """A ticket's version counts its writes."""
        told = Counter(one.payload["ticket_id"] for one in self.desk.outbox.messages.values())
        logged = Counter(one.ticket_id for one in self.desk.tickets.entries if one.after)
        versions = {key: one.version for key, one in self.desk.tickets.by_id.items()}

        assert versions == told
        assert versions == logged

    @invariant()
    def worklog_is_an_unbroken_chain(self) -> None:
        """What a write found is what the write before left."""
        for key, ticket in self.desk.tickets.by_id.items():
            status = ""
            for entry in self.desk.tickets.worklog(ticket.ticket_id):
                assert entry.before.get("status", status) == status, key
                status = entry.after.get("status", status)

            assert status == ticket.status

    @invariant()
    def alerts_are_as_the_engine_says(self) -> None:
        records = {
            (one.device_id, one.rule_id, one.instance)
            for one in self.desk.alerts.by_id.values()
            if one.status in {"open", "clearing"}
        }

        assert records == self.standing

    @invariant()
    def open_alert_has_a_ticket_that_somebody_answers_for(self) -> None:
        """Closed ones only where measured before the end: then the next evidence opens another."""
        for alert in self.desk.alerts.by_id.values():
            if alert.status in {"open", "clearing"}:
                assert alert.ticket_id in self.desk.tickets.by_id

    @invariant()
    def ticket_without_open_alerts_is_active_only_where_a_person_reopened_it(self) -> None:
        for ticket in self.desk.tickets.by_id.values():
            statuses = {one.status for one in self.desk.alerts.of_ticket(ticket.ticket_id)}
            if ticket.status in ACTIVE and not statuses & {"open", "clearing"}:
                assert _reopened_by_a_person(self.desk, ticket)

    @invariant()
    def times_of_a_ticket_fit_its_status(self) -> None:
        for ticket in self.desk.tickets.by_id.values():
            has: tuple[datetime | None, bool] = (ticket.resolved_at, bool(ticket.resolution))
            if ticket.status in {TicketStatus.RESOLVED, TicketStatus.CLOSED}:
                assert all(has)
            else:
                assert not any(has)


def _reopened_by_a_person(desk: FakeDesk, ticket: Ticket) -> bool:
    return any(
        entry.event == "reopened" and entry.actor == "mia"
        for entry in desk.tickets.worklog(ticket.ticket_id)
    )


TestTicketLife = TicketLife.TestCase
TestTicketLife.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
