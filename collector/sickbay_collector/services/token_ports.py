"""What the use cases need of tokens: those that enroll devices, and those of the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.device import EnrollmentToken


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """Lets a program or person use the API. Only a hash of its secret is kept."""

    token_id: str
    secret_hash: str
    user: str
    role: str
    """A role's id."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    sites: tuple[str, ...] = ()
    """Ids of the sites that it is narrowed to."""
    tags: tuple[str, ...] = ()
    """Of the devices that it is narrowed to. Without sites and tags it is not narrowed."""
    made_by: str = ""
    """Login of the account that it never exceeds; "" for one made on the collector's machine for a
    user without an account."""


class TokenStore(Protocol):
    """Enrollment tokens."""

    def by_hash(self, secret_hash: str) -> EnrollmentToken | None: ...
    def take_use(self, token_id: str, *, now: datetime) -> bool:
        """Count one use if the token is live and has one left; atomic under concurrency."""
        ...

    def note_refusal(self, token_id: str, *, at: datetime, address: str) -> datetime | None:
        """Count that a token was shown in vain; return when that was before."""
        ...

    def add(self, token: EnrollmentToken) -> None: ...
    def revoke(self, token_id: str, *, at: datetime) -> bool: ...
    def all(self) -> Sequence[EnrollmentToken]: ...


class ApiTokenStore(Protocol):
    """API tokens."""

    def by_hash(self, secret_hash: str) -> ApiToken | None: ...
    def add(self, token: ApiToken) -> None: ...
    def revoke(self, token_id: str, *, at: datetime) -> bool: ...
    def all(self) -> Sequence[ApiToken]: ...
