"""Pressing a macro: its steps planned on the ticket as it is, and written together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.edit import TicketEdit, edited
from sickbay_collector.core.desk.events import TicketEventKind, changed
from sickbay_collector.core.desk.macro import ME, Macro, filled
from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.services.acts import Act, Said, record, seen
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.subjects import device_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of a macro, as it will be written."""

    said: Said
    before: Ticket
    after: Ticket

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """Return what it changes by field: what it was, and what it will be."""
        was, will_be = changed(self.before, self.after)
        return {name: (was.get(name, ""), value) for name, value in will_be.items()}


def find_macro(uow: UnitOfWork, name: str) -> Macro:
    """Return the macro with this id.

    Raises:
        NotFoundError: There is none.
    """
    found = uow.book.macros.get(name)
    if found is None:
        known = ", ".join(uow.book.macros) or "none; add some to the configuration"
        raise NotFoundError(
            "there is no macro %(name)r; there are: %(known)s", name=name[:64], known=known
        )
    return found


def plan(
    uow: UnitOfWork, ticket: Ticket, macro: Macro, *, user: str, now: datetime
) -> tuple[Step, ...]:
    """Return what a macro does to a ticket, step by step; nothing is written.

    Raises:
        ConflictError: The ticket's status forbids a step.
        InvalidError: A text is too long once it is filled in.
    """
    facts = _facts(uow, ticket, user)
    found: list[Step] = []
    present = ticket
    for said, change in _steps(uow, macro, facts, user=user, now=now):
        after = change(present)
        found.append(Step(said=said, before=present, after=after))
        present = after
    return tuple(found)


def press(open_uow: OpenUnitOfWork, act: Act, name: str) -> Ticket:
    """Do what a macro says, all of it or nothing.

    Raises:
        NotFoundError: There is no such ticket or macro.
        ConflictError: The ticket's status forbids a step, or somebody wrote it since that version.
        InvalidError: The login name is malformed, or a text too long once it is filled in.
    """
    with open_uow() as uow:
        present = seen(uow, act)
        macro = find_macro(uow, name)
        for step in plan(uow, present, macro, user=act.user, now=act.now):
            # Each write counts the version up, which the plan does not know.
            after = replace(step.after, version=present.version)
            present = record(uow, present, after, act, step.said).after
        uow.commit()
    return present


_Steps: TypeAlias = list[tuple[Said, Callable[[Ticket], Ticket]]]


def _steps(
    uow: UnitOfWork, macro: Macro, facts: dict[str, str], *, user: str, now: datetime
) -> _Steps:
    found: _Steps = []
    note = checked_text("note", filled(macro.note, facts)) if macro.note else ""
    seen_by = Visibility.PUBLIC if macro.public else Visibility.INTERNAL
    if note and macro.wait is None:
        found.append((Said(kind=TicketEventKind.NOTE, text=note, visibility=seen_by), _same))
    if macro.edits:
        said = Said(kind=TicketEventKind.EDITED, text=f"By the macro {macro.name}")
        found.append((said, lambda ticket: _edited(uow, ticket, macro, user)))
    if macro.assign:
        found.append(_assigned(macro.assign, user, now))
    if macro.wait is not None:
        said = Said(kind=TicketEventKind.WAITING, text=note, visibility=seen_by)
        found.append((said, partial(changes.waiting, action=macro.wait)))
    if macro.snooze_s:
        until = now + timedelta(seconds=macro.snooze_s)
        text = f"Snoozed until {until:%Y-%m-%d %H:%M} UTC: {macro.name}"
        said = Said(kind=TicketEventKind.SNOOZED, text=text)
        found.append((said, lambda ticket: replace(ticket, snoozed_until=until)))
    if macro.resolve:
        found.append(_resolved(macro, facts, user, now))
    return found


def _same(ticket: Ticket) -> Ticket:
    return ticket


def _edited(uow: UnitOfWork, ticket: Ticket, macro: Macro, user: str) -> Ticket:
    device = device_with(uow, ticket.device_id)
    edit = TicketEdit(
        category=macro.category or None,
        subcategory=macro.subcategory if macro.category else None,
        impact=macro.impact,
        urgency=macro.urgency,
    )
    return edited(ticket, edit, device, user=user, is_moved=False)


def _assigned(assignee: str, user: str, now: datetime) -> tuple[Said, Callable[[Ticket], Ticket]]:
    if assignee == ME:
        login = checked_login("user", user)
        said = Said(kind=TicketEventKind.TAKEN, text=f"{login} works on it")
        return said, lambda ticket: changes.taken(ticket, user=login, at=now)
    said = Said(kind=TicketEventKind.ASSIGNED, text=f"Assigned to {assignee}")
    return said, lambda ticket: changes.assigned(ticket, assignee=assignee, at=now)


def _resolved(
    macro: Macro, facts: dict[str, str], user: str, now: datetime
) -> tuple[Said, Callable[[Ticket], Ticket]]:
    text = checked_text("resolution", filled(macro.resolve, facts))
    said = Said(kind=TicketEventKind.RESOLVED, text=text, visibility=Visibility.PUBLIC)
    return said, lambda ticket: changes.resolved(
        ticket, resolution=text, at=now, user=user, codes=macro.codes
    )


def _facts(uow: UnitOfWork, ticket: Ticket, user: str) -> dict[str, str]:
    device = None if ticket.device_id is None else uow.devices.get(ticket.device_id)
    person = uow.people.get(PersonId(ticket.requester)) if ticket.requester else None
    technician = uow.book.technicians.get(user)
    return {
        "number": str(ticket.number),
        "title": ticket.title,
        "requester": "" if person is None else person.name,
        "technician": user if technician is None else technician.name,
        "device": "" if device is None else device.hostname,
    }
