"""Suggesting what a contact is about while somebody writes it down."""

from datetime import datetime

from sickbay_collector.core.desk.suggest import Before, Suggestion, suggest, telling
from sickbay_collector.core.desk.ticket_search import TicketFilter, TicketOrder
from sickbay_collector.core.desk.wording import TITLE_LIMIT
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.similar import LOOKS_BACK

_READ = 50


def suggest_category(uow: UnitOfWork, text: str, *, now: datetime) -> tuple[Suggestion, ...]:
    """Return the likeliest categories of a contact, by its words and by tickets of 90 days."""
    words = text[:TITLE_LIMIT]
    word = telling(words)
    before: list[Before] = []
    if word:
        wanted = TicketFilter(text=word, opened_since=now - LOOKS_BACK)
        before = [
            Before(
                title=one.ticket.title,
                category=one.ticket.category,
                subcategory=one.ticket.subcategory,
            )
            for one in uow.tickets.search(wanted, TicketOrder.OPENED, limit=_READ)
        ]
    return suggest(words, uow.book.categories, before)
