"""Accounts and sessions in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sickbay_collector.core.account import Account, Session
from sickbay_collector.core.ids import PersonId


@dataclass(slots=True)
class Accounts:
    accounts: dict[str, Account] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    tries: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def __copy__(self) -> "Accounts":
        return Accounts(dict(self.accounts), dict(self.sessions), dict(self.tries))


class FakeAccountStore:
    def __init__(self, data: Accounts) -> None:
        self._data = data

    def get(self, login: str) -> Account | None:
        return self._data.accounts.get(login)

    def by_subject(self, subject: str) -> Account | None:
        return next((one for one in self.all() if one.subject == subject), None)

    def of_person(self, person_id: PersonId) -> Account | None:
        mine = (one for one in self._data.accounts.values() if one.person_id == person_id)
        return next(mine, None)

    def all(self) -> Sequence[Account]:
        return [self._data.accounts[login] for login in sorted(self._data.accounts)]

    def put(self, account: Account) -> None:
        self._data.accounts[account.login] = account

    def signed_in(self, secret_hash: str) -> tuple[Session, Account] | None:
        session = self._data.sessions.get(secret_hash)
        return None if session is None else (session, self._data.accounts[session.login])

    def signed_in_of(self, secret_hashes: Collection[str]) -> Sequence[tuple[Session, Account]]:
        found = (self.signed_in(one) for one in secret_hashes)
        return [one for one in found if one is not None]

    def sessions(self, login: str) -> Sequence[Session]:
        mine = (one for one in self._data.sessions.values() if one.login == login)
        return sorted(mine, key=lambda one: one.created_at, reverse=True)

    def count_sessions(self) -> Mapping[str, int]:
        return Counter(one.login for one in self._data.sessions.values())

    def open_session(self, session: Session) -> None:
        self._data.sessions[session.secret_hash] = session

    def touch(self, secret_hash: str, *, at: datetime) -> None:
        self._data.sessions[secret_hash] = replace(self._data.sessions[secret_hash], seen_at=at)

    def end_session(self, secret_hash: str) -> None:
        self._data.sessions.pop(secret_hash, None)

    def end_sessions(self, login: str) -> int:
        mine = [one.secret_hash for one in self.sessions(login)]
        for secret_hash in mine:
            self.end_session(secret_hash)
        return len(mine)

    def drop_sessions(self, *, created_before: datetime, seen_before: datetime) -> int:
        over = [
            one.secret_hash
            for one in self._data.sessions.values()
            if one.created_at <= created_before or one.seen_at <= seen_before
        ]
        for secret_hash in over:
            self.end_session(secret_hash)
        return len(over)

    def count_try(self, key: str, *, now: datetime, since: datetime) -> int:
        began, tries = self._data.tries.get(key, (now, 0))
        if began <= since:
            began, tries = now, 0
        self._data.tries[key] = (began, tries + 1)
        return tries + 1

    def drop_tries(self, before: datetime, *, limit: int) -> int:
        old = [key for key, (began, _) in self._data.tries.items() if began < before][:limit]
        for key in old:
            del self._data.tries[key]
        return len(old)

    def forget_tries(self, key: str) -> None:
        self._data.tries.pop(key, None)
