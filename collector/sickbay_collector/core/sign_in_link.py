"""A link that signs one person in once, instead of a password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.ids import DeviceId, PersonId

MAILED_LIFE = timedelta(minutes=30)
"""How long a mailed link can be used: mail is seldom slower."""
SHOWN_LIFE = timedelta(hours=8)
"""How long a link can be used that a technician hands over: a working day."""
LINK_TRIES = 5
"""Links that are mailed within `core.account.TRIES_WITHIN`, to one address and for one visitor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """A link for a person. Only a hash of its secret is kept."""

    secret_hash: str
    person_id: PersonId
    device_id: DeviceId | None
    """The device that it was made for; None for one that was mailed."""
    made_by: str
    """Login name; "" for who asked for a mail."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
