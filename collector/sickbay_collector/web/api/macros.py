"""`/api/v1/macros` and `/api/v1/tickets/{ticket}/macros`: several changes by one press."""

from typing import Annotated

from fastapi import APIRouter, Path

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.access.right import Right
from sickbay_collector.core.desk.macro import ME, Macro, words
from sickbay_collector.core.desk.ticket import Visibility
from sickbay_collector.services.macros import find_macro, plan, press
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.base import Schema, problems
from sickbay_collector.web.api.ticket_answer import ADD, WRITE, Name, Writing
from sickbay_collector.web.api.ticket_schema import TicketDetailSchema
from sickbay_collector.web.auth import DeskRead, TicketsWork, check_right
from sickbay_collector.web.context import Context

router = APIRouter(tags=["macros"])

MACRO_LIMIT = 32
"""Characters of a macro's id."""
MacroName = Annotated[str, Path(max_length=MACRO_LIMIT, description="Id of the macro.")]


class MacroSchema(Schema):
    """What one press does."""

    id: str
    name: str
    steps: tuple[str, ...]
    """In words."""


class MacroList(Schema):
    """All macros, in the order of the configuration."""

    items: tuple[MacroSchema, ...]


class PlannedStep(Schema):
    """One change that a macro would do to a ticket as it is now."""

    event: str
    """As the worklog calls it."""
    text: str
    """With everything filled in."""
    visibility: Visibility
    before: dict[str, str]
    after: dict[str, str]
    """What changes, by field."""


class MacroPlan(Schema):
    """What a macro would do to a ticket; nothing is done yet."""

    macro: str
    version: int
    """Of the ticket."""
    steps: tuple[PlannedStep, ...]


@router.get("/macros", responses={**problems()})
def get_macros(context: Context, _principal: DeskRead) -> MacroList:
    """List the macros."""
    with context.open_reads() as uow:
        found = tuple(uow.book.macros.values())
    return MacroList(
        items=tuple(MacroSchema(id=one.id, name=one.name, steps=words(one)) for one in found)
    )


@router.get("/tickets/{ticket}/macros/{macro}", responses={**ADD})
def get_macro_plan(
    context: Context, principal: TicketsWork, ticket: Name, macro: MacroName
) -> MacroPlan:
    """Show what a macro would do to a ticket, with its texts filled in."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        steps = plan(uow, found, find_macro(uow, macro), user=principal.user, now=context.clock())
    return MacroPlan(
        macro=macro,
        version=found.version,
        steps=tuple(
            PlannedStep(
                event=step.said.kind,
                text=step.said.text,
                visibility=step.said.visibility,
                before={name: was for name, (was, _) in step.changes.items()},
                after={name: will_be for name, (_, will_be) in step.changes.items()},
            )
            for step in steps
        ),
    )


@router.post("/tickets/{ticket}/macros/{macro}", responses={**WRITE})
def post_macro(
    context: Context, principal: TicketsWork, write: Writing, macro: MacroName
) -> TicketDetailSchema:
    """Do what a macro says, all of it or nothing."""
    with context.open_reads() as uow:
        check_macro(principal, find_macro(uow, macro))
    return write.done(lambda open_uow, act: press(open_uow, act, macro))


def check_macro(principal: Principal, macro: Macro) -> None:
    """Let nobody press a macro that gives tickets to others who may not do so by hand.

    Raises:
        ApiError: 403.
    """
    if macro.assign not in {"", ME}:
        check_right(principal, Right.TICKETS_ASSIGN)
