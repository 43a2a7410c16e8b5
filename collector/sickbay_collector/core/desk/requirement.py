"""What must be covered: demand, as one row for a kind of user."""

from dataclasses import dataclass

from sickbay_collector.core.desk.calendar import Calendar

MAX_STAFF = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One row: at these hours, so many people of a tier, for these places and languages."""

    id: str
    users: str
    """The kind of user, in words."""
    locations: tuple[str, ...]
    """Ids of sites, each of which somebody there must look after; () for wherever."""
    hours: Calendar
    languages: tuple[str, ...]
    """Each of which somebody there must speak; () for whichever."""
    tier: str
    """Id of the tier that must be there."""
    minimum: int
    """People of the tier who must be there at once, at least 1."""
