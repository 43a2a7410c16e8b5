"""What somebody asks the desk for, from any side but an alert, as a new ticket."""

from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.categories import check_category
from sickbay_collector.core.desk.codes import NOT_SAID, ResolutionCodes
from sickbay_collector.core.desk.fresh_ticket import fresh_ticket
from sickbay_collector.core.desk.priority import PriorityDecision, because, weigh
from sickbay_collector.core.desk.service import Service
from sickbay_collector.core.desk.text import checked_optional, checked_text
from sickbay_collector.core.desk.ticket import (
    Ticket,
    TicketKind,
    TicketSource,
)
from sickbay_collector.core.desk.wording import TITLE_LIMIT
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.core.line import checked_line

ID_LIMIT = 64
"""Characters of the id of a person, a site or a service."""
PRODUCT_LIMIT = 100
"""Characters of a product's name or version."""
# As long as for a problem that an agent reports: a user may say within a week that it is not
# solved.
REOPEN_WINDOW_S = 604_800.0
_BY_HAND = frozenset(TicketSource) - {TicketSource.ALERT, TicketSource.ALERTMANAGER}
# Who is held up waits; who only asks for something does not.
_URGENCY = {TicketKind.INCIDENT: 2, TicketKind.REQUEST: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What somebody asks for. Texts are "" where nothing is known."""

    source: TicketSource
    kind: TicketKind | None = None
    """None for the service's, or an incident."""
    title: str
    description: str = ""
    category: str = ""
    """"" for the service's, or "other"."""
    subcategory: str = ""
    service: str = ""
    product: str = ""
    product_version: str = ""
    requester: str = ""
    site: str = ""
    affected: int = 1
    """How many devices or people."""
    impact: int | None = None
    """1 (most) to 3; None to derive it from device and number."""
    urgency: int | None = None
    """1 (most) to 3; None for what is usual for the kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What solved it in the first contact."""

    text: str
    codes: ResolutionCodes = NOT_SAID


def draft_contact(
    contact: Contact,
    device: Device | None,
    book: DeskBook,
    *,
    ticket_id: TicketId,
    user: str,
    now: datetime,
) -> Ticket:
    """Return the new ticket of a contact, without a place; the store gives it its number.

    Args:
        contact: What is asked for.
        device: What is concerned; None where none is.
        book: The configuration; its service, where one is named, says what the contact does not.
        ticket_id: Its id.
        user: Login name of who takes it in.
        now: The collector's time.

    Raises:
        InvalidError: A field is wrong; the message says which, and what is allowed.
    """
    service = book.services.get(contact.service)
    checked = checked_contact(_completed(contact, service))
    check_category(book.categories, checked.category, checked.subcategory)
    kind = checked.kind or TicketKind.INCIDENT
    draft = fresh_ticket(
        ticket_id=ticket_id,
        source=checked.source,
        title=checked.title,
        description=checked.description,
        category=checked.category,
        priority=_priority(checked, device, kind, user),
        reopen_window_s=REOPEN_WINDOW_S,
        opened_at=now,
    )
    return replace(
        draft,
        device_id=None if device is None else device.device_id,
        kind=kind,
        subcategory=checked.subcategory,
        service=checked.service,
        product=checked.product,
        product_version=checked.product_version,
        requester=checked.requester,
        site=checked.site,
    )


def _priority(
    contact: Contact, device: Device | None, kind: TicketKind, user: str
) -> PriorityDecision:
    impact, whose = weigh(device, contact.affected)
    if contact.impact is not None:
        impact, whose = contact.impact, f"as {user} said"
    urgency = _URGENCY[kind] if contact.urgency is None else contact.urgency
    return because(impact, whose, urgency)


def checked_contact(contact: Contact) -> Contact:
    """Return the contact with its texts made fit.

    Raises:
        InvalidError: A field is wrong; the message says which, and what is allowed.
    """
    if contact.source not in _BY_HAND:
        raise InvalidError(
            "source %(source)s: such tickets are opened by their alerts", source=contact.source
        )
    return replace(
        contact,
        title=checked_title(contact.title),
        description=checked_optional("description", contact.description),
        service=checked_line("service", contact.service, limit=ID_LIMIT),
        product=checked_line("product", contact.product, limit=PRODUCT_LIMIT),
        product_version=checked_line(
            "product_version", contact.product_version, limit=PRODUCT_LIMIT
        ),
        requester=checked_line("requester", contact.requester, limit=ID_LIMIT),
        site=checked_line("site", contact.site, limit=ID_LIMIT),
    )


def checked_title(title: str) -> str:
    """Return the title as one line.

    Raises:
        InvalidError: It is empty or has more than 200 characters.
    """
    return checked_text("title", checked_line("title", title, limit=TITLE_LIMIT))


def _completed(contact: Contact, service: Service | None) -> Contact:
    """Return the contact with what follows from its service where it says nothing."""
    usual = "other" if service is None else service.category
    kind = TicketKind.INCIDENT if service is None else service.kind
    return replace(contact, category=contact.category or usual, kind=contact.kind or kind)
