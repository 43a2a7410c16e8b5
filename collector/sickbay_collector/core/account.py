"""Who may sign in to the console: accounts, sessions, and how often somebody may try."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.access.principal import Principal, principal
from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import scope_of
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId

MIN_PASSWORD = 12
"""Characters that a password must have. Source: NIST SP 800-63B asks for eight, and for no rules on
which; a desk's accounts reach every device."""
MAX_PASSWORD = 256
"""Characters that a password may have."""
NAME_LIMIT = 100
"""Characters that a person's name may have."""
SESSION_IDLE = timedelta(hours=8)
"""A session that is not used for so long is over: a working day's length."""
SESSION_LIFETIME = timedelta(days=7)
"""A session is over after this time, however much it is used."""
TRIES = 10
"""Attempts to sign in that are looked at in one stretch, for one account and for one address."""
TRIES_WITHIN = timedelta(minutes=15)
"""How long such a stretch is."""

_ID_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in with a password."""

    login: str
    name: str
    role: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None
    """None while it may be used."""
    sites: tuple[str, ...] = ()
    """Ids of the sites that it is narrowed to."""
    tags: tuple[str, ...] = ()
    """Of the devices that it is narrowed to. Without sites and tags it is not narrowed."""
    person_id: PersonId | None = None
    """Whose own tickets and devices it sees, for a requester; None for others."""
    subject: str | None = None
    """Who this is at the provider that vouches for them; None for who has a password here."""

    @property
    def principal(self) -> Principal:
        """Return who this is when it asks for something."""
        scope = scope_of(sites=self.sites, tags=self.tags, person_id=self.person_id)
        return principal(self.login, Role(self.role), scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in. Only a hash of its secret is kept."""

    secret_hash: str
    login: str
    created_at: datetime
    seen_at: datetime
    """When it was last used, to the minute."""
    address: str
    """Where it was opened from."""
    agent: str
    """What the browser called itself."""

    @property
    def session_id(self) -> str:
        """Return what to call it: enough of the hash to tell it from others."""
        return self.secret_hash[:_ID_CHARACTERS]

    def is_live(self, now: datetime) -> bool:
        """Return whether it may still be used."""
        return now < self.created_at + SESSION_LIFETIME and now < self.seen_at + SESSION_IDLE


def checked_password(password: str) -> str:
    """Return the password in the form in which it is compared.

    Raises:
        InvalidError: It is too short or too long.
    """
    # Keyboards differ in how they compose letters. Source: NIST SP 800-63B section 5.1.1.2.
    normal = unicodedata.normalize("NFKC", password)
    if not MIN_PASSWORD <= len(normal) <= MAX_PASSWORD:
        raise InvalidError(
            "password: %(min_password)s to %(most)s characters",
            min_password=MIN_PASSWORD,
            most=MAX_PASSWORD,
        )
    return normal


def checked_name(name: str) -> str:
    """Return a person's name as it is.

    Raises:
        InvalidError: It is empty, too long, or has control characters.
    """
    if not name.isprintable() or not 1 <= len(name.strip()) <= NAME_LIMIT:
        raise InvalidError("name: 1 to %(limit)s printable characters", limit=NAME_LIMIT)
    return name.strip()
