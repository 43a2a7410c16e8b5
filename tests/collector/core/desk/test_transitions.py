import itertools

import pytest

from sickbay_collector.core.desk.ticket import TicketStatus as S
from sickbay_collector.core.desk.transitions import (
    ACTIVE,
    OPEN,
    ActorKind,
    allowed_actions,
    next_status,
)
from sickbay_collector.core.desk.transitions import (
    TicketAction as A,
)
from sickbay_collector.core.errors import ConflictError

PERSON, ENGINE = ActorKind.PERSON, ActorKind.ENGINE

BY_ITSELF = {A.ASSIGN: S.ASSIGNED, A.HAND_ON: S.NEW, A.RESOLVE: S.RESOLVED}
# The whole truth, written out by status: what each actor may do. Everything else is forbidden.
ALLOWED: dict[tuple[S, ActorKind], dict[A, S]] = {
    (S.NEW, PERSON): {
        A.ASSIGN: S.ASSIGNED,
        A.HAND_ON: S.NEW,
        A.TAKE: S.IN_PROGRESS,
        A.RESOLVE: S.RESOLVED,
        A.CANCEL: S.CANCELLED,
    },
    (S.NEW, ENGINE): dict(BY_ITSELF),
    (S.REOPENED, PERSON): {
        A.ASSIGN: S.ASSIGNED,
        A.HAND_ON: S.NEW,
        A.TAKE: S.IN_PROGRESS,
        A.RESOLVE: S.RESOLVED,
        A.CANCEL: S.CANCELLED,
    },
    (S.REOPENED, ENGINE): dict(BY_ITSELF),
    (S.RESOLVED, PERSON): {A.REOPEN: S.REOPENED},
    (S.RESOLVED, ENGINE): {A.REOPEN: S.REOPENED, A.CLOSE: S.CLOSED},
    (S.CLOSED, PERSON): {},
    (S.CLOSED, ENGINE): {},
    (S.CANCELLED, PERSON): {},
    (S.CANCELLED, ENGINE): {},
}
for worked_on in (
    S.ASSIGNED,
    S.IN_PROGRESS,
    S.PENDING_USER,
    S.PENDING_VENDOR,
    S.PENDING_CHANGE,
):
    ALLOWED[worked_on, ENGINE] = dict(BY_ITSELF)
    ALLOWED[worked_on, PERSON] = {
        A.ASSIGN: S.ASSIGNED,
        A.HAND_ON: S.NEW,
        A.TAKE: S.IN_PROGRESS,
        A.WAIT_FOR_USER: S.PENDING_USER,
        A.WAIT_FOR_VENDOR: S.PENDING_VENDOR,
        A.WAIT_FOR_CHANGE: S.PENDING_CHANGE,
        A.RESOLVE: S.RESOLVED,
        A.CANCEL: S.CANCELLED,
    }
for (status, _), may in ALLOWED.items():
    if status not in {S.CLOSED, S.CANCELLED}:
        may[A.MERGE] = S.CANCELLED

EVERYTHING = list(itertools.product(S, ActorKind, A))


@pytest.mark.parametrize(
    ("status", "actor", "action"),
    [case for case in EVERYTHING if case[2] in ALLOWED[case[0], case[1]]],
)
def test_allowed_action_leads_to_its_status(status: S, actor: ActorKind, action: A) -> None:
    expected = ALLOWED[status, actor][action]

    assert expected == next_status(status, action, actor=actor)


@pytest.mark.parametrize(
    ("status", "actor", "action"),
    [case for case in EVERYTHING if case[2] not in ALLOWED[case[0], case[1]]],
)
def test_everything_else_is_forbidden(status: S, actor: ActorKind, action: A) -> None:
    with pytest.raises(ConflictError):
        next_status(status, action, actor=actor)


def test_refusal_names_what_is_allowed() -> None:
    with pytest.raises(ConflictError) as caught:
        next_status(S.NEW, A.REOPEN)

    assert str(caught.value) == (
        "a ticket that is new cannot be changed by reopen (person);"
        " allowed: assign, hand_on, take, resolve, cancel, merge"
    )


def test_refusal_of_an_ended_ticket_says_that_nothing_is_allowed() -> None:
    with pytest.raises(ConflictError, match="allowed: nothing"):
        next_status(S.CLOSED, A.TAKE)


def test_open_and_active_statuses_are_those_without_the_ends() -> None:
    """One open ticket of a family: neither closed nor cancelled; resolved ones count."""
    assert set(S) - {S.CLOSED, S.CANCELLED} == OPEN
    assert OPEN - {S.RESOLVED} == ACTIVE


def test_every_status_is_reached() -> None:
    reached = {
        next_status(status, action, actor=actor)
        for status, actor in ALLOWED
        for action in allowed_actions(status, actor=actor)
    }

    assert set(S) == reached
