"""The link in a message with which a technician acknowledges a ticket without signing in."""

import html
from collections.abc import Mapping
from types import MappingProxyType

from sickbay_collector.core.desk.ack_token import TOKEN_LIFE, AckToken, signed
from sickbay_collector.core.desk.channel_spec import LOG_CHANNEL, ChannelKind
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.notice_routes import Route
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.recipients import RecipientKind

PATH = "/ack/"
"""Of the console's page; the token follows."""

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "de": "Ticket übernehmen (24 Stunden lang, ohne Anmeldung):",
        "en": "Take care of it (for 24 hours, without signing in):",
    }
)


def link_lines(uow: UnitOfWork, ticket_id: TicketId, route: Route) -> str:
    """Return what a message says of its link; "" where it gets none.

    Only technicians get one, where the collector knows its address, and never into a log.
    """
    base = uow.ack_links.public_url
    if not base or route.recipient.kind is not RecipientKind.TECHNICIAN or is_logged(uow, route):
        return ""
    login = route.recipient.name
    technician = uow.book.technicians.get(login)
    if technician is None:
        return ""
    token = AckToken(ticket_id=ticket_id, login=login, expires_at=route.not_before + TOKEN_LIFE)
    language = technician.languages[0] if technician.languages else ""
    words = _WORDS.get(language.partition("-")[0].lower(), _WORDS["en"])
    return f"{words}\n{base}{PATH}{signed(token, uow.ack_links.make_key())}"


def as_html(lines: str) -> str:
    """Return the lines for the end of a mail's HTML."""
    words, _, url = lines.partition("\n")
    safe = html.escape(url)
    return f'<p>{html.escape(words)}<br><a href="{safe}">{safe}</a></p>'


def is_logged(uow: UnitOfWork, route: Route) -> bool:
    """Return whether a message may come into a log, where no link belongs."""
    found = (uow.book.channels.get(one) for one in route.channels if one != LOG_CHANNEL.id)
    return LOG_CHANNEL.id in route.channels or any(
        one is not None and one.kind is ChannelKind.LOG for one in found
    )
