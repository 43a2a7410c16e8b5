"""Who is there: shifts less absences."""

from collections.abc import Iterator
from datetime import datetime

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Span
from sickbay_collector.core.desk.shift import is_worked, shift_spans
from sickbay_collector.core.desk.stretches import joined, without
from sickbay_collector.core.desk.technician import Absence


def absence_at(book: DeskBook, login: str, at: datetime) -> Absence | None:
    """Return the absence that takes somebody out at that moment; None for whoever is there."""
    technician = book.technicians.get(login)
    found = () if technician is None else technician.absences
    return next((one for one in found if one.since <= at < one.until), None)


def absent_spans(book: DeskBook, login: str) -> list[Span]:
    """Return when somebody is away, in order."""
    technician = book.technicians.get(login)
    found = () if technician is None else technician.absences
    return joined(Span(begin=one.since, end=one.until) for one in found)


def worked_spans(book: DeskBook, since: datetime, until: datetime) -> Iterator[tuple[str, Span]]:
    """Yield who is on shift when, from `since` to before `until`, absences taken out."""
    away = {login: absent_spans(book, login) for login in book.technicians}
    for shift in book.shifts.values():
        hours = joined(shift_spans(shift, since, until))
        for login in shift.technicians:
            for span in without(hours, away.get(login, [])):
                yield login, span


def on_shift(book: DeskBook, login: str, at: datetime) -> bool:
    """Return whether somebody works at that moment.

    Somebody for whom no shift is configured counts as working whenever they are not absent, so
    that a desk without shifts finds its people.
    """
    if login not in book.technicians or absence_at(book, login, at) is not None:
        return False
    own = [one for one in book.shifts.values() if login in one.technicians]
    return not own or any(is_worked(one, at) for one in own)
