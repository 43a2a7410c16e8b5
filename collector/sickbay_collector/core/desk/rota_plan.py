"""Rotas as they are written down: who takes turns, when they hand over, who stands in."""

from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.calendar import Calendar
from sickbay_collector.core.recurrence import Recurrence

MAX_LAYERS = 10
MAX_PARTICIPANTS = 50
EVERYBODY = "everybody"
"""What an override stands in for, where it is not one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """People who take turns. Layers in several zones make a rota that follows the sun."""

    name: str
    participants: tuple[str, ...]
    """Logins, in the order of their turns; at least one."""
    handover: Recurrence
    """When the next one takes over; the first turn begins with its first moment."""
    hours: Calendar | None
    """When the layer is on call; None for around the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Who is on call."""

    id: str
    name: str
    tier: str
    """Id of the tier that it answers for."""
    layers: tuple[Layer, ...]
    """All that have somebody are on call at once; the first is told first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Somebody stands in, from `since` to before `until`, aware UTC."""

    id: str
    rota: str
    since: datetime
    until: datetime
    login: str
    """Who is on call instead."""
    instead_of: str
    """A login, or `EVERYBODY`: then this person alone is on call, where nobody else is too."""
    reason: str
    """"" where it is not said."""
