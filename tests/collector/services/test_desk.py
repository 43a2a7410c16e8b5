from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.desk.events import TicketEventKind as Event
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus, Visibility
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services import desk as technician
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.desk_builders import NOW, TICKET_ID, a_change, a_device, a_rule, a_ticket
from tests.collector.desk_fakes import FakeDesk, StaleTicketStore
from tests.fakes import FakeUnitOfWork

LATER = NOW + timedelta(hours=1)
WEEK = timedelta(days=7)


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with one new ticket."""
    desk = FakeDesk()
    desk.put(a_ticket())
    return desk


def act(*, version: int = 1, user: str = "mia", ticket_id: str = TICKET_ID) -> technician.Act:
    return technician.Act(
        ticket_id=TicketId(ticket_id), user=user, expected_version=version, now=LATER
    )


USE_CASES: list[tuple[str, Callable[[FakeDesk, technician.Act], Ticket], TicketStatus, Event]] = [
    (
        "take",
        lambda desk, act: technician.take(desk.open, act),
        TicketStatus.IN_PROGRESS,
        Event.TAKEN,
    ),
    (
        "assign",
        lambda desk, act: technician.assign(desk.open, act, assignee="ben"),
        TicketStatus.ASSIGNED,
        Event.ASSIGNED,
    ),
    (
        "resolve",
        lambda desk, act: technician.resolve(desk.open, act, resolution="cleaned"),
        TicketStatus.RESOLVED,
        Event.RESOLVED,
    ),
    (
        "cancel",
        lambda desk, act: technician.cancel(desk.open, act, reason="a test"),
        TicketStatus.CANCELLED,
        Event.CANCELLED,
    ),
]


@pytest.mark.parametrize(
    ("use_case", "status", "event"),
    [pytest.param(call, status, event, id=name) for name, call, status, event in USE_CASES],
)
def test_act_writes_ticket_worklog_and_outbox_together(
    desk: FakeDesk,
    use_case: Callable[[FakeDesk, technician.Act], Ticket],
    status: TicketStatus,
    event: Event,
) -> None:
    ticket = use_case(desk, act())
    (entry,) = desk.entries
    (message,) = desk.announcements

    assert ticket == desk.ticket
    assert (ticket.status, ticket.version) == (status, 2)
    assert (entry.event, entry.actor, entry.at) == (event, "mia", LATER)
    assert (entry.before["status"], entry.after["status"]) == ("new", status)
    assert message.key == f"{TICKET_ID}:2-{event}:log"


@pytest.mark.parametrize(
    "use_case", [pytest.param(call, id=name) for name, call, _, _ in USE_CASES]
)
@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        pytest.param(
            act(version=2),
            ConflictError,
            "ticket 7 is at version 1, not 2; read it again",
            id="stale",
        ),
        pytest.param(
            act(ticket_id="nope"), NotFoundError, "there is no ticket 'nope'", id="unknown"
        ),
        pytest.param(act(user=""), InvalidError, "user '' is no login name", id="nobody"),
    ],
)
def test_wrong_act_changes_nothing(
    desk: FakeDesk,
    use_case: Callable[[FakeDesk, technician.Act], Ticket],
    wrong: technician.Act,
    error: type[Exception],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        use_case(desk, wrong)

    assert desk.ticket == a_ticket()
    assert (desk.entries, desk.announcements) == ([], [])


def test_write_between_read_and_save_is_a_conflict(desk: FakeDesk) -> None:
    """The store has the last word, because another process may write in between."""

    @contextmanager
    def open_uow(
        *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        del within_s, reach
        uow = FakeUnitOfWork(desk.database, writes=True)
        uow.tickets = StaleTicketStore(uow._data)
        yield uow

    with pytest.raises(ConflictError, match="ticket 7 was changed by somebody else"):
        technician.take(open_uow, act())

    assert desk.entries == []


def test_whole_way_of_a_ticket(desk: FakeDesk) -> None:
    technician.assign(desk.open, act(version=1), assignee="ben")
    technician.take(desk.open, act(version=2, user="ben"))
    technician.wait(
        desk.open, act(version=3), TicketAction.WAIT_FOR_VENDOR, reason="a drive is ordered"
    )
    technician.take(desk.open, act(version=4, user="ben"))
    technician.resolve(desk.open, act(version=5), resolution="swapped the drive")
    technician.reopen(desk.open, act(version=6), reason="it is slow again")
    statuses = [entry.after["status"] for entry in desk.entries]

    assert statuses == [
        "assigned",
        "in_progress",
        "pending_vendor",
        "in_progress",
        "resolved",
        "reopened",
    ]
    assert len(desk.announcements) == 6
    assert desk.ticket.reopen_count == 1
    assert desk.entries[2].text == "a drive is ordered"


def test_act_that_changes_nothing_is_a_line_that_nobody_is_told_of(desk: FakeDesk) -> None:
    technician.assign(desk.open, act(), assignee="ben")
    ticket = technician.assign(desk.open, act(version=2), assignee="ben")

    assert ticket.version == 2
    assert (len(desk.entries), len(desk.announcements)) == (2, 1)


def test_resolution_may_be_read_by_the_user(desk: FakeDesk) -> None:
    technician.resolve(desk.open, act(), resolution="cleaned")

    assert desk.entries[0].visibility is Visibility.PUBLIC


def test_resolution_of_4000_characters_is_kept(desk: FakeDesk) -> None:
    ticket = technician.resolve(desk.open, act(), resolution="x" * 4000)

    assert len(ticket.resolution) == 4000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "resolution is empty", id="empty"),
        pytest.param("x" * 4001, "the limit is 4000", id="too-long"),
    ],
)
def test_ticket_is_not_resolved_without_words(desk: FakeDesk, text: str, says: str) -> None:
    with pytest.raises(InvalidError, match=says):
        technician.resolve(desk.open, act(), resolution=text)

    assert desk.ticket.status is TicketStatus.NEW


def test_forbidden_action_names_what_is_allowed(desk: FakeDesk) -> None:
    with pytest.raises(ConflictError, match="allowed: assign, hand_on, take, resolve, cancel"):
        technician.reopen(desk.open, act(), reason="again")


def test_note_is_one_entry_and_changes_nothing_else(desk: FakeDesk) -> None:
    technician.note(
        desk.open, TICKET_ID, user="mia", text="called", now=LATER, visibility=Visibility.PUBLIC
    )
    (entry,) = desk.entries

    assert (entry.event, entry.text, entry.visibility) == ("note", "called", Visibility.PUBLIC)
    assert (entry.before, entry.after) == ({}, {})
    assert desk.ticket == a_ticket()
    assert desk.announcements == []


def test_note_on_an_unknown_ticket_is_refused(desk: FakeDesk) -> None:
    with pytest.raises(NotFoundError, match="there is no ticket 'nope'"):
        technician.note(desk.open, TicketId("nope"), user="mia", text="called", now=LATER)


def test_resolved_ticket_closes_when_its_window_is_over(desk: FakeDesk) -> None:
    technician.resolve(desk.open, act(), resolution="cleaned")
    too_early = technician.close_expired(desk.open, LATER + WEEK)
    (closed,) = technician.close_expired(desk.open, LATER + WEEK + timedelta(seconds=1))

    assert too_early == ()
    assert (closed.kind, closed.actor) == (Event.CLOSED, "sickbay")
    assert desk.ticket.status is TicketStatus.CLOSED
    assert technician.close_expired(desk.open, LATER + 2 * WEEK) == ()


@pytest.mark.parametrize(
    ("window_s", "evidence_at", "kind"),
    [
        pytest.param(604_800.0, LATER + timedelta(days=2), Event.REOPENED, id="measured-again"),
        pytest.param(604_800.0, NOW, Event.CLOSED, id="not-measured-since"),
        pytest.param(0.0, LATER + timedelta(seconds=5), Event.CLOSED, id="never-reopened"),
    ],
)
def test_window_ends_by_reopening_what_is_still_measured(
    window_s: float, evidence_at: datetime, kind: Event
) -> None:
    """A person said that it is solved; the device says that it is not."""
    desk = FakeDesk()
    rule = a_rule(reopen_s=window_s)
    with desk.open() as uow:
        change = a_change(ChangeKind.OPENED, rule=rule)
        apply_alert_changes(uow, a_device(), [change], now=NOW, new_id=desk.new_id)
        uow.commit()
    technician.resolve(desk.open, act(ticket_id=desk.ticket.ticket_id), resolution="cleaned")
    with desk.open() as uow:
        uow.tickets.add_evidence(replace(desk.evidence[0], at=evidence_at))
        uow.commit()
    (event,) = technician.close_expired(desk.open, LATER + WEEK + timedelta(seconds=1))

    assert event.kind is kind
