"""Who of the desk is on shift at a moment, everybody at once."""

from collections.abc import Mapping
from datetime import datetime

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.shift import is_worked


def shifts_now(book: DeskBook, at: datetime) -> Mapping[str, bool]:
    """Return of each technician who has shifts whether one of them covers the moment.

    Each shift is looked at once, however many work it. Absences are another matter.
    """
    found: dict[str, bool] = {}
    for shift in book.shifts.values():
        covers = is_worked(shift, at)
        for login in shift.technicians:
            found[login] = found.get(login, False) or covers
    return found
