"""Telling somebody: a notice becomes messages in the outbox, in the caller's transaction.

Never commits. What follows, from attempts to records, is the worker's; see `notify/worker.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.message import (
    TEMPLATE_FAILED,
    URGENT_RANK,
    USUAL_RANK,
    OutboxMessage,
)
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId, TicketId
from sickbay_collector.services.ack_links import as_html, link_lines
from sickbay_collector.services.notice_routes import Route, routes
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.recipients import Recipient, RecipientKind

__all__ = ["Notice", "Recipient", "RecipientKind", "notify", "notify_all"]

SUBJECT_LIMIT = 200
"""Characters of a notice's subject; a longer one is cut."""
BODY_LIMIT = 20_000
"""Characters of a notice's text; a longer one is cut."""
NAME_LIMIT = 2048
"""Characters of who is told: a URL fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that somebody should know."""

    key: str
    """What happened, unique: the same one is told once to each recipient."""
    to: Recipient
    channel: str = ""
    """Id of a channel; "" for what the recipient's own rules say."""
    event: str
    """"assigned", "sla_breached", "escalated", ..."""
    priority: Priority
    ticket_id: TicketId | None = None
    subject: str
    body: str
    at: datetime
    """When it happened."""
    html: str = ""
    """The text as HTML, for mail; "" makes it of the text."""
    asks: bool = False
    """Whether a technician is asked to take care of the ticket; they get a link for it."""
    template_failed: bool = False
    """Whether the site's own text could not be made; it is counted when this is sent."""


def notify(uow: UnitOfWork, notice: Notice) -> None:
    """Put a notice into the outbox for each who gets it; what is there already stays as it is.

    On which channels and when is by the recipient's rules; who has none gets mail, and where there
    is no mail either, it stands in the log.

    Raises:
        InvalidError: It has no key, or names nobody.
    """
    notify_all(uow, [notice])


def notify_all(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    """Put notices into the outbox as `notify` does, in one go.

    Raises:
        InvalidError: One has no key, or names nobody.
    """
    for notice in notices:
        _check(notice)
    found = _Routes(uow, notices)
    uow.outbox.add_all(
        [
            _message(notice, route, _link(uow, notice, route))
            for notice in notices
            for route in found.of(notice)
        ]
    )


def _check(notice: Notice) -> None:
    if not notice.key or not 0 < len(notice.to.name) <= NAME_LIMIT:
        raise InvalidError(
            f"notice {notice.key[:64]!r} to {notice.to!s:.64}: it needs a key and who is told"
        )


class _Routes:
    """Finds who gets notices; those to the same recipient, for the same reasons, only once."""

    def __init__(self, uow: UnitOfWork, notices: Sequence[Notice]) -> None:
        self._book = uow.book
        names = {one.to.name for one in notices if one.to.kind is RecipientKind.PERSON}
        self._people = uow.people.many([PersonId(name) for name in sorted(names)])
        self._found: dict[tuple[Recipient, str, Priority, datetime], tuple[Route, ...]] = {}

    def of(self, notice: Notice) -> tuple[Route, ...]:
        """Return the routes of a notice, at least one."""
        key = (notice.to, notice.channel, notice.priority, notice.at)
        known = self._found.get(key)
        if known is None:
            known = self._found[key] = routes(
                self._book,
                self._people,
                notice.to,
                channel=notice.channel,
                priority=notice.priority,
                at=notice.at,
            )
        return known


def _link(uow: UnitOfWork, notice: Notice, route: Route) -> str:
    if not notice.asks or notice.ticket_id is None:
        return ""
    return link_lines(uow, notice.ticket_id, route)


def _message(notice: Notice, route: Route, link: str) -> OutboxMessage:
    first, *others = route.channels
    urgent = notice.priority is Priority.URGENT
    return OutboxMessage(
        key=f"{notice.key}:{route.recipient}",
        channel=first,
        fallbacks=tuple(others),
        payload=_payload(notice, link),
        created_at=notice.at,
        not_before=route.not_before,
        recipient=str(route.recipient),
        address=route.address,
        ticket_id=notice.ticket_id,
        rank=URGENT_RANK if urgent else USUAL_RANK,
        bundle=str(route.recipient) if route.bundled else "",
    )


def _payload(notice: Notice, link: str) -> dict[str, str]:
    body = notice.body[:BODY_LIMIT]
    payload = {
        "event": notice.event,
        "priority": notice.priority.value,
        "ticket_id": notice.ticket_id or "",
        "subject": " ".join(notice.subject.split())[:SUBJECT_LIMIT],
        "body": f"{body.rstrip()}\n\n{link}" if link else body,
    }
    if notice.html:
        payload["html"] = notice.html + (as_html(link) if link else "")
    if notice.template_failed:
        payload[TEMPLATE_FAILED] = "yes"
    return payload
