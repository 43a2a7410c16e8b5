"""Cases that a ticket has at vendors.

Each change is one transaction with one worklog entry; the ticket's own row stays as it is.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.desk.events import PartChange, TicketEventKind
from sickbay_collector.core.desk.parts import (
    VendorCase,
    case_fields,
    checked_case,
    checked_outcome,
)
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.services.acts import known
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.ticket_parts import By, log_part

CASES_LIMIT = 100


def open_case(
    open_uow: OpenUnitOfWork,
    by: By,
    *,
    vendor: str,
    number: str,
    promised_at: datetime | None,
    new_id: Callable[[], str],
) -> VendorCase:
    """Open a case at a vendor; its own clock starts now.

    Raises:
        NotFoundError: There is no such ticket.
        InvalidError: The vendor is empty, or a text is too long.
        ConflictError: The ticket has too many cases.
    """
    name, line = checked_case(vendor, number)
    case = VendorCase(
        case_id=new_id(),
        ticket_id=by.ticket_id,
        vendor=name,
        number=line,
        opened_at=by.now,
        opened_by=checked_login("user", by.user),
        promised_at=promised_at,
        closed_at=None,
        outcome="",
    )
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        if len(uow.ticket_parts.cases(by.ticket_id)) >= CASES_LIMIT:
            raise ConflictError(
                "ticket %(number)s has %(limit)s vendor cases, the most",
                number=ticket.number,
                limit=CASES_LIMIT,
            )
        uow.ticket_parts.add_case(case)
        text = f"Case {line or 'without number'} at {name}"
        log_part(uow, ticket, by, TicketEventKind.VENDOR, text, PartChange(after=case_fields(case)))
        uow.commit()
    return case


def close_case(open_uow: OpenUnitOfWork, by: By, case_id: str, *, outcome: str) -> None:
    """Close a case at a vendor; its clock stops.

    Raises:
        NotFoundError: There is no such ticket, or no such case on it.
        ConflictError: It is closed already.
        InvalidError: The outcome is too long.
    """
    words = checked_outcome(outcome)
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        cases = {one.case_id: one for one in uow.ticket_parts.cases(by.ticket_id)}
        case = cases.get(case_id)
        if case is None:
            raise NotFoundError(
                "ticket %(number)s has no vendor case %(case_id)r",
                number=ticket.number,
                case_id=case_id[:64],
            )
        if case.closed_at is not None:
            raise ConflictError(
                "the case at %(vendor)s was closed at %(closed_at)s UTC",
                vendor=case.vendor,
                closed_at=f"{case.closed_at:%Y-%m-%d %H:%M}",
            )
        closed = replace(case, closed_at=by.now, outcome=words)
        uow.ticket_parts.save_case(closed)
        part = PartChange(before=case_fields(case), after=case_fields(closed))
        text = f"Case {case.number or 'without number'} at {case.vendor} is closed: {words}"
        log_part(uow, ticket, by, TicketEventKind.VENDOR, text.removesuffix(": "), part)
        uow.commit()
