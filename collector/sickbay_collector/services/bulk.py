"""One thing done to several tickets: each by itself, and each with its own result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import InvalidError, SickbayError
from sickbay_collector.services.acts import Act
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.ticket_lookups import find_ticket

AT_ONCE = 100
"""Tickets of one request."""

Deed: TypeAlias = Callable[[OpenUnitOfWork, Act], Ticket]
"""What is done to each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A ticket, as it was when it was chosen."""

    name: str
    """Number or id."""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one ticket."""

    name: str
    """As it was asked for."""
    ticket: Ticket | None
    """As it is now; None where there is none."""
    problem: str
    """Why nothing was done; "" where it was."""


def in_bulk(
    open_uow: OpenUnitOfWork, targets: Sequence[Target], deed: Deed, *, user: str, now: datetime
) -> tuple[Outcome, ...]:
    """Do something to each ticket in its own transaction; what fails stops none of the others.

    Args:
        open_uow: Opens the unit of work.
        targets: At most 100, each once.
        deed: What is done.
        user: Who asks.
        now: The present time.

    Raises:
        InvalidError: There are none, or too many, or one is there twice.
    """
    if not 1 <= len(targets) <= AT_ONCE:
        raise InvalidError(
            "choose 1 to %(at_once)s tickets, not %(targets)s",
            at_once=AT_ONCE,
            targets=len(targets),
        )
    if len({one.name for one in targets}) < len(targets):
        raise InvalidError("a ticket is there twice; choose each once")
    return tuple(_one(open_uow, target, deed, user, now) for target in targets)


def _one(open_uow: OpenUnitOfWork, target: Target, deed: Deed, user: str, now: datetime) -> Outcome:
    ticket: Ticket | None = None
    try:
        with open_uow() as uow:
            ticket = find_ticket(uow, target.name)
        act = Act(ticket_id=ticket.ticket_id, user=user, expected_version=target.version, now=now)
        done = deed(open_uow, act)
    except SickbayError as error:
        return Outcome(name=target.name, ticket=ticket, problem=str(error))
    return Outcome(name=target.name, ticket=done, problem="")
