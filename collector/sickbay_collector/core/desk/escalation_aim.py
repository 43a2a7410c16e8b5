"""Whom a step reaches at a moment, and why: by the rotas, technicians and tiers of the book."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.escalation import Audience, Step, StepKind
from sickbay_collector.core.desk.rota import OnCall, on_call
from sickbay_collector.core.desk.technician import Technician
from sickbay_collector.core.desk.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Whom a step reaches."""

    logins: tuple[str, ...] = ()
    team: str = ""
    """The tier that is told as a whole; "" where people are."""
    reason: str
    """How they were found, or why nobody was."""


def aim(step: Step, ticket: Ticket, book: DeskBook, at: datetime) -> Aim:
    """Return whom a step of a ticket reaches.

    Where nobody is on call the team of the tier is told, so that a page is never lost.
    """
    if step.kind is StepKind.TELL_MANAGER:
        return _managers(ticket, book, at)
    if step.audience is Audience.TECHNICIAN:
        return Aim(logins=(step.name,), reason=f"{step.name}, by name")
    if step.audience is Audience.ASSIGNEE and ticket.assignee:
        return Aim(logins=(ticket.assignee,), reason=f"{ticket.assignee} has the ticket")
    if step.audience is Audience.TEAM:
        return _team(step.name or ticket.tier, "as a team")
    return _on_call(step.name or ticket.tier, ticket, book, at)


def _on_call(name: str, ticket: Ticket, book: DeskBook, at: datetime) -> Aim:
    found = on_call(book, name, at)
    if found:
        return Aim(logins=tuple(one.login for one in found), reason=_duty_words(found))
    return _team(name if name in book.tiers else ticket.tier, f"nobody is on call for {name}")


def _duty_words(found: tuple[OnCall, ...]) -> str:
    return ", ".join(f"{one.login} on call ({one.reason})" for one in found)


def _team(tier: str, reason: str) -> Aim:
    return Aim(team=tier, reason=f"{tier} {reason}" if reason == "as a team" else reason)


def _managers(ticket: Ticket, book: DeskBook, at: datetime) -> Aim:
    """Return the manager of who has the ticket, else of who is on call for it."""
    if ticket.assignee:
        logins: tuple[str, ...] = (ticket.assignee,)
    else:
        logins = tuple(one.login for one in on_call(book, ticket.tier, at))
    found = dict.fromkeys(manager for login in logins if (manager := _manager(book, login)))
    if found:
        return Aim(logins=tuple(found), reason=f"{', '.join(found)} manages {', '.join(logins)}")
    return Aim(reason=f"{', '.join(logins) or 'nobody'} has no manager to tell")


def _manager(book: DeskBook, login: str) -> str:
    technicians: Mapping[str, Technician] = book.technicians
    return technicians[login].manager if login in technicians else ""
