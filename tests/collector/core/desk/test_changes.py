from datetime import timedelta

import pytest

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.desk.transitions import ActorKind, TicketAction
from sickbay_collector.core.errors import ConflictError
from tests.collector.desk_builders import NOW, a_ticket

LATER = NOW + timedelta(hours=1)


def test_taking_makes_the_user_the_assignee_and_acknowledges() -> None:
    ticket = changes.taken(a_ticket(), user="mia", at=LATER)

    assert (
        ticket.status,
        ticket.assignee,
        ticket.acknowledged_at,
    ) == (TicketStatus.IN_PROGRESS, "mia", LATER)


def test_first_acknowledgement_stays() -> None:
    ticket = changes.taken(a_ticket(acknowledged_at=NOW), user="mia", at=LATER)

    assert ticket.acknowledged_at == NOW


def test_assigning_is_no_acknowledgement() -> None:
    ticket = changes.assigned(a_ticket(), assignee="ben", at=LATER)

    assert (
        ticket.status,
        ticket.assignee,
        ticket.acknowledged_at,
    ) == (TicketStatus.ASSIGNED, "ben", None)


def test_waiting() -> None:
    ticket = changes.waiting(
        a_ticket(status=TicketStatus.IN_PROGRESS), TicketAction.WAIT_FOR_VENDOR
    )

    assert ticket.status is TicketStatus.PENDING_VENDOR


@pytest.mark.parametrize(
    ("user", "acknowledged_at"),
    [
        pytest.param("mia", LATER, id="person-has-seen-it"),
        pytest.param("", None, id="engine-has-not"),
    ],
)
def test_resolving(user: str, acknowledged_at: object) -> None:
    ticket = changes.resolved(a_ticket(), resolution="cleaned", at=LATER, user=user)

    assert (TicketStatus.RESOLVED, LATER, "cleaned", acknowledged_at, user) == (
        ticket.status,
        ticket.resolved_at,
        ticket.resolution,
        ticket.acknowledged_at,
        ticket.acknowledged_by,
    )


def test_going_from_one_technician_to_another_is_counted() -> None:
    """The first assignment is none, and neither is taking what one has."""
    first = changes.assigned(a_ticket(), assignee="ben", at=NOW)
    same = changes.taken(first, user="ben", at=LATER)
    second = changes.assigned(same, assignee="mia", at=LATER)

    assert [
        (one.assignee, one.assigned_at, one.reassignments) for one in (first, same, second)
    ] == [("ben", NOW, 0), ("ben", NOW, 0), ("mia", LATER, 1)]


def test_reopening_counts_and_takes_the_resolution_away() -> None:
    resolved = a_ticket(
        status=TicketStatus.RESOLVED, resolved_at=NOW, resolution="cleaned", reopen_count=1
    )
    ticket = changes.reopened(resolved, actor=ActorKind.ENGINE)

    assert (
        ticket.status,
        ticket.resolved_at,
        ticket.resolution,
        ticket.reopen_count,
    ) == (TicketStatus.REOPENED, None, "", 2)


def test_closing_and_cancelling_note_the_end() -> None:
    closed = changes.closed(a_ticket(status=TicketStatus.RESOLVED), at=LATER)
    cancelled = changes.cancelled(a_ticket(), at=LATER)

    assert (closed.status, closed.closed_at) == (TicketStatus.CLOSED, LATER)
    assert (cancelled.status, cancelled.closed_at) == (TicketStatus.CANCELLED, LATER)


def test_forbidden_change_is_refused() -> None:
    with pytest.raises(ConflictError):
        changes.closed(a_ticket(), at=LATER)


@pytest.mark.parametrize(
    ("status", "window_s", "age_s", "ended"),
    [
        pytest.param(TicketStatus.RESOLVED, 60.0, 59, False, id="within"),
        pytest.param(TicketStatus.RESOLVED, 60.0, 60, True, id="at-its-end"),
        pytest.param(TicketStatus.RESOLVED, 0.0, 0, True, id="never-reopened"),
        pytest.param(TicketStatus.IN_PROGRESS, 0.0, 99, False, id="not-resolved"),
    ],
)
def test_end_of_the_reopen_window(
    status: TicketStatus, window_s: float, age_s: int, ended: object
) -> None:
    ticket = a_ticket(status=status, resolved_at=NOW, reopen_window_s=window_s)

    assert ended is changes.window_ended(ticket, now=NOW + timedelta(seconds=age_s))
