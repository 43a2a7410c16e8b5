"""Who works on tickets: what they can, where and in which languages, and when they are away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.notify_rules import USUAL, NotifyRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A time in which somebody does not work, aware UTC: from `since` to before `until`."""

    since: datetime
    until: datetime
    reason: str
    """"" where it is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """One person of the desk."""

    login: str
    name: str
    email: str
    """"" where there is none."""
    phone: str
    """"" where there is none."""
    languages: tuple[str, ...]
    """Codes of ISO 639-1 like de, the best one first."""
    skills: Mapping[str, int]
    """Skill id -> level from 1 to 5."""
    tiers: tuple[str, ...]
    """Ids of the tiers that they work on."""
    sites: tuple[str, ...]
    """Ids of the sites that they look after; () for all of them."""
    zone: str
    """IANA name of the time zone that their shifts and absences are in."""
    capacity: int
    """Open tickets that they can have at once."""
    manager: str
    """Login of a technician; "" for nobody."""
    hourly_cost: float
    """In the currency of the site; 0 where it is not reckoned."""
    absences: tuple[Absence, ...]
    """In order of time."""
    notify: NotifyRules = USUAL
    """How they want to be told."""

    def is_away(self, at: datetime) -> bool:
        """Return whether an absence covers that moment."""
        return any(one.since <= at < one.until for one in self.absences)
