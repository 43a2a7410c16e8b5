"""A ticket whose category, priority or subject somebody corrects; the priority says why it is."""

from dataclasses import dataclass, fields, replace

from sickbay_collector.core.desk.contact import ID_LIMIT, PRODUCT_LIMIT, checked_title
from sickbay_collector.core.desk.priority import PriorityDecision, because, weigh
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import OPEN
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.core.line import checked_line


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEdit:
    """What to change. None leaves a field as it is; "" empties it."""

    title: str | None = None
    category: str | None = None
    subcategory: str | None = None
    service: str | None = None
    product: str | None = None
    product_version: str | None = None
    requester: str | None = None
    site: str | None = None
    impact: int | None = None
    """1 (most) to 3; for good, whatever device and number say."""
    urgency: int | None = None
    """1 (most) to 3."""
    affected: int | None = None
    """How many devices or people; the impact follows from it and the device."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be changed."""
        return all(getattr(self, one.name) is None for one in fields(self))


def edited(
    ticket: Ticket, edit: TicketEdit, device: Device | None, *, user: str, is_moved: bool
) -> Ticket:
    """Return the ticket as the edit wants it, its priority recomputed where that follows.

    Args:
        ticket: As it is.
        edit: What to change.
        device: What it concerns from now on; None for nothing.
        user: Login name of who changes it.
        is_moved: Whether the device is another than before.

    Raises:
        InvalidError: A field is wrong; the message says which, and what is allowed.
        ConflictError: The ticket is over.
    """
    if ticket.status not in OPEN:
        raise ConflictError(
            "ticket %(number)s is %(status)s; it stays as it is",
            number=ticket.number,
            status=ticket.status,
        )
    if edit.impact is not None and edit.affected is not None:
        raise InvalidError("impact and affected: name one of them, the other follows")
    category, subcategory = _category(ticket, edit)
    after = replace(
        ticket,
        device_id=None if device is None else device.device_id,
        title=ticket.title if edit.title is None else checked_title(edit.title),
        category=category,
        subcategory=subcategory,
        service=_line("service", edit.service, ticket.service, ID_LIMIT),
        requester=_line("requester", edit.requester, ticket.requester, ID_LIMIT),
        site=_line("site", edit.site, ticket.site, ID_LIMIT),
        product=_line("product", edit.product, ticket.product, PRODUCT_LIMIT),
        product_version=_line(
            "product_version", edit.product_version, ticket.product_version, PRODUCT_LIMIT
        ),
    )
    if edit.impact is None and edit.urgency is None and edit.affected is None and not is_moved:
        return after
    return _weighed(after, _priority(after, edit, device, user=user, is_moved=is_moved))


def _line(what: str, wanted: str | None, present: str, limit: int) -> str:
    return present if wanted is None else checked_line(what, wanted, limit=limit)


def _category(ticket: Ticket, edit: TicketEdit) -> tuple[str, str]:
    """Return category and sub-category; the latter goes with the former."""
    category = ticket.category if edit.category is None else edit.category
    kept = ticket.subcategory if category == ticket.category else ""
    subcategory = kept if edit.subcategory is None else edit.subcategory
    return category, subcategory


def _priority(
    ticket: Ticket, edit: TicketEdit, device: Device | None, *, user: str, is_moved: bool
) -> PriorityDecision:
    urgency = ticket.urgency if edit.urgency is None else edit.urgency
    if edit.impact is not None:
        return because(edit.impact, f"as {user} said", urgency)
    impact, whose = weigh(device, 1 if edit.affected is None else edit.affected)
    if edit.affected is None and not is_moved and impact != ticket.impact:
        return because(ticket.impact, "as before", urgency)
    return because(impact, whose, urgency)


def _weighed(ticket: Ticket, decision: PriorityDecision) -> Ticket:
    return replace(
        ticket,
        priority=decision.priority,
        impact=decision.impact,
        urgency=decision.urgency,
        priority_reason=decision.reason,
    )
