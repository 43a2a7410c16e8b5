"""The life of a ticket: one table of who may do what in which status, and what comes of it.

Everything that is not in the table is forbidden. Notes and evidence change no status and are not
in it.
"""

from dataclasses import dataclass
from enum import StrEnum

from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.errors import ConflictError


class ActorKind(StrEnum):
    """Who acts on a ticket."""

    PERSON = "person"
    ENGINE = "engine"


class TicketAction(StrEnum):
    """What can be done to a ticket that changes its status."""

    ASSIGN = "assign"
    """Give it to a technician, who has not begun."""
    HAND_ON = "hand_on"
    """Leave it to another tier or queue, where nobody has it yet."""
    TAKE = "take"
    """Begin to work on it, or go on after waiting."""
    WAIT_FOR_USER = "wait_for_user"
    WAIT_FOR_VENDOR = "wait_for_vendor"
    WAIT_FOR_CHANGE = "wait_for_change"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    CANCEL = "cancel"
    """It was no fault, or a mistake."""
    MERGE = "merge"
    """Another ticket goes on in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One line of the table."""

    action: TicketAction
    from_: frozenset[TicketStatus]
    to: TicketStatus
    actors: frozenset[ActorKind]


_PENDING = frozenset(
    {TicketStatus.PENDING_USER, TicketStatus.PENDING_VENDOR, TicketStatus.PENDING_CHANGE}
)
_WORKED_ON = _PENDING | {TicketStatus.ASSIGNED, TicketStatus.IN_PROGRESS}
ACTIVE = _WORKED_ON | {TicketStatus.NEW, TicketStatus.REOPENED}
"""The statuses in which somebody still has to do something."""
OPEN = ACTIVE | {TicketStatus.RESOLVED}
"""The statuses that count for "one open ticket": neither closed nor cancelled."""
ENDED = frozenset(TicketStatus) - OPEN
"""The statuses of tickets that are over."""

_PERSON = frozenset({ActorKind.PERSON})
_ENGINE = frozenset({ActorKind.ENGINE})
_BOTH = _PERSON | _ENGINE


def _line(
    action: TicketAction,
    from_: frozenset[TicketStatus],
    to: TicketStatus,
    actors: frozenset[ActorKind],
) -> Transition:
    return Transition(action=action, from_=from_, to=to, actors=actors)


TRANSITIONS: tuple[Transition, ...] = (
    _line(TicketAction.ASSIGN, ACTIVE, TicketStatus.ASSIGNED, _BOTH),
    _line(TicketAction.HAND_ON, ACTIVE, TicketStatus.NEW, _BOTH),
    _line(TicketAction.TAKE, ACTIVE, TicketStatus.IN_PROGRESS, _PERSON),
    _line(TicketAction.WAIT_FOR_USER, _WORKED_ON, TicketStatus.PENDING_USER, _PERSON),
    _line(TicketAction.WAIT_FOR_VENDOR, _WORKED_ON, TicketStatus.PENDING_VENDOR, _PERSON),
    _line(TicketAction.WAIT_FOR_CHANGE, _WORKED_ON, TicketStatus.PENDING_CHANGE, _PERSON),
    _line(TicketAction.RESOLVE, ACTIVE, TicketStatus.RESOLVED, _BOTH),
    _line(TicketAction.REOPEN, frozenset({TicketStatus.RESOLVED}), TicketStatus.REOPENED, _BOTH),
    # A person resolves; the end of the reopen window closes.
    _line(TicketAction.CLOSE, frozenset({TicketStatus.RESOLVED}), TicketStatus.CLOSED, _ENGINE),
    _line(TicketAction.CANCEL, ACTIVE, TicketStatus.CANCELLED, _PERSON),
    _line(TicketAction.MERGE, OPEN, TicketStatus.CANCELLED, _BOTH),
)


def next_status(
    status: TicketStatus, action: TicketAction, *, actor: ActorKind = ActorKind.PERSON
) -> TicketStatus:
    """Return the status after the action.

    Raises:
        ConflictError: The table has no such line; the message names what is allowed.
    """
    for line in TRANSITIONS:
        if line.action is action and status in line.from_ and actor in line.actors:
            return line.to
    allowed = ", ".join(allowed_actions(status, actor=actor)) or "nothing"
    raise ConflictError(
        "a ticket that is %(status)s cannot be changed by %(action)s "
        "(%(actor)s); allowed: %(allowed)s",
        status=status,
        action=action,
        actor=actor,
        allowed=allowed,
    )


def allowed_actions(status: TicketStatus, *, actor: ActorKind) -> tuple[TicketAction, ...]:
    """Return what the actor may do to a ticket of that status, in the table's order."""
    return tuple(
        line.action for line in TRANSITIONS if status in line.from_ and actor in line.actors
    )
