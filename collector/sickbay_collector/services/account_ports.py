"""What signing in needs of the outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.account import Account, Session
from sickbay_collector.core.ids import PersonId


class AccountStore(Protocol):
    """Accounts, sessions and attempts to sign in."""

    def get(self, login: str) -> Account | None: ...
    def by_subject(self, subject: str) -> Account | None:
        """Return the account of whom another place calls so."""
        ...

    def of_person(self, person_id: PersonId) -> Account | None:
        """Return the account with which a person sees what is own."""
        ...

    def all(self) -> Sequence[Account]:
        """Return every account by login."""
        ...

    def put(self, account: Account) -> None:
        """Store an account, over what is there."""
        ...

    def signed_in(self, secret_hash: str) -> tuple[Session, Account] | None:
        """Return the session of a secret's hash, and whose it is."""
        ...

    def signed_in_of(self, secret_hashes: Collection[str]) -> Sequence[tuple[Session, Account]]:
        """Return the sessions of these hashes that there are, and whose they are."""
        ...

    def sessions(self, login: str) -> Sequence[Session]:
        """Return an account's sessions, newest first."""
        ...

    def count_sessions(self) -> Mapping[str, int]:
        """Return how many sessions each login has that has any."""
        ...

    def open_session(self, session: Session) -> None:
        """Store a new session."""
        ...

    def touch(self, secret_hash: str, *, at: datetime) -> None:
        """Note that a session was used."""
        ...

    def end_session(self, secret_hash: str) -> None:
        """Remove a session; nothing where there is none."""
        ...

    def end_sessions(self, login: str) -> int:
        """Remove all sessions of an account; return how many."""
        ...

    def drop_sessions(self, *, created_before: datetime, seen_before: datetime) -> int:
        """Remove sessions that are over; return how many."""
        ...

    def count_try(self, key: str, *, now: datetime, since: datetime) -> int:
        """Count an attempt and return how many there were in this stretch, this one included.

        A stretch that began before `since` is over, and another begins.
        """
        ...

    def drop_tries(self, before: datetime, *, limit: int) -> int:
        """Remove stretches that began before that time; return how many."""
        ...

    def forget_tries(self, key: str) -> None:
        """Begin anew, after somebody signed in."""
        ...
