"""Who is there of each tier at a moment: on call by a rota, and on shift."""

from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.rota import OnCall, on_call
from sickbay_collector.core.desk.shifts_now import shifts_now


@dataclass(frozen=True, slots=True, kw_only=True)
class TierNow:
    """Who is there of a tier."""

    tier: str
    on_call: tuple[OnCall, ...]
    """In the order in which they are told."""
    on_shift: tuple[str, ...]
    """Logins; somebody without any shift counts for routing only, as in coverage."""


def tiers_now(book: DeskBook, at: datetime) -> tuple[TierNow, ...]:
    """Return who is there of each tier, in the order of the tiers."""
    shifts = shifts_now(book, at)
    there = [
        one
        for one in book.technicians.values()
        if shifts.get(one.login, False) and not one.is_away(at)
    ]
    return tuple(
        TierNow(
            tier=tier,
            on_call=on_call(book, tier, at),
            on_shift=tuple(one.login for one in there if tier in one.tiers),
        )
        for tier in book.tiers
    )
