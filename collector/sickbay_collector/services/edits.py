"""Correcting a ticket: what it is about, whom it concerns, how soon it matters."""

from dataclasses import dataclass, replace

from sickbay_collector.core.desk.categories import check_category
from sickbay_collector.core.desk.edit import TicketEdit, edited
from sickbay_collector.core.desk.events import TicketEventKind, changed
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.services.acts import Act, Said, record, seen
from sickbay_collector.services.known_sites import check_site
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.subjects import (
    check_service,
    device_of,
    device_with,
    requester_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to change of a ticket. None leaves a field as it is."""

    edit: TicketEdit
    device: str | None = None
    """Id or host name; "" for none."""


def correct(open_uow: OpenUnitOfWork, act: Act, correction: Correction) -> Ticket:
    """Change what a ticket says of its subject; its priority follows, and says why.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It is over, somebody wrote it since that version, or a name fits several.
        InvalidError: Nothing is to be changed, a field is wrong, or something is unknown.
    """
    if correction.edit.is_empty and correction.device is None:
        raise InvalidError("nothing to change: name at least one field")
    with open_uow() as uow:
        before = seen(uow, act)
        after = _corrected(uow, before, correction, act.user)
        _, now_is = changed(before, after)
        text = "; ".join(f"{name}: {value or 'none'}" for name, value in now_is.items())
        said = Said(kind=TicketEventKind.EDITED, text=text or "Nothing is another than before")
        event = record(uow, before, after, act, said)
        uow.commit()
    return event.after


def _corrected(uow: UnitOfWork, before: Ticket, correction: Correction, user: str) -> Ticket:
    edit = correction.edit
    if edit.requester:
        edit = replace(edit, requester=requester_of(uow, edit.requester))
    check_site(uow, edit.site or "")
    check_service(uow, edit.service or "")
    device = device_with(uow, before.device_id)
    is_moved = False
    if correction.device is not None:
        device = device_of(uow, correction.device)
        is_moved = (None if device is None else device.device_id) != before.device_id
    if is_moved and before.family is not None:
        raise ConflictError(
            "ticket %(number)s is of alerts of its device; it stays there", number=before.number
        )
    after = edited(before, edit, device, user=user, is_moved=is_moved)
    if (after.category, after.subcategory) != (before.category, before.subcategory):
        check_category(uow.book.categories, after.category, after.subcategory)
    return after
