"""Accounts, sessions and attempts to sign in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, delete, func, insert, or_, select, update

from sickbay_collector.core.account import Account, Session
from sickbay_collector.core.ids import PersonId
from sickbay_collector.db.account_tables import account as table
from sickbay_collector.db.account_tables import session, sign_in_try
from sickbay_collector.db.records import build, columns, insert_into, values

_ACCOUNT = columns(table, Account)
_SESSION = columns(session, Session)


class SqlAccountStore:
    """Implements `AccountStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, login: str) -> Account | None:
        """Return the account of a login."""
        statement = select(*_ACCOUNT).where(table.c.login == login)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Account, row)

    def by_subject(self, subject: str) -> Account | None:
        """Return the account of whom another place calls so."""
        statement = select(*_ACCOUNT).where(table.c.subject == subject)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Account, row)

    def of_person(self, person_id: PersonId) -> Account | None:
        """Return the account with which a person sees what is own."""
        statement = select(*_ACCOUNT).where(table.c.person_id == person_id)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Account, row)

    def all(self) -> Sequence[Account]:
        """Return every account by login."""
        rows = self._connection.execute(select(*_ACCOUNT).order_by(table.c.login)).mappings()
        return [build(Account, row) for row in rows]

    def put(self, account: Account) -> None:
        """Store an account, over what is there."""
        row = values(account)
        changed = {name: value for name, value in row.items() if name != "login"}
        statement = insert_into(self._connection, table).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["login"], set_=changed)
        )

    def signed_in(self, secret_hash: str) -> tuple[Session, Account] | None:
        """Return the session of a secret's hash, and whose it is."""
        return next(iter(self.signed_in_of((secret_hash,))), None)

    def signed_in_of(self, secret_hashes: Collection[str]) -> Sequence[tuple[Session, Account]]:
        """Return the sessions of these hashes that there are, and whose they are."""
        both = session.join(table, table.c.login == session.c.login)
        # Both have a login and a beginning; the account's go by other names.
        owner = [column.label(f"account_{column.name}") for column in _ACCOUNT]
        statement = select(*_SESSION, *owner).select_from(both)
        mine = statement.where(session.c.secret_hash.in_(sorted(secret_hashes)))
        return [
            (
                Session(**{column.name: row[column.name] for column in _SESSION}),
                Account(**{column.name: row[f"account_{column.name}"] for column in _ACCOUNT}),
            )
            for row in self._connection.execute(mine).mappings()
        ]

    def sessions(self, login: str) -> Sequence[Session]:
        """Return an account's sessions, newest first."""
        statement = select(*_SESSION).where(session.c.login == login)
        newest = statement.order_by(session.c.created_at.desc(), session.c.secret_hash)
        return [build(Session, row) for row in self._connection.execute(newest).mappings()]

    def count_sessions(self) -> Mapping[str, int]:
        """Return how many sessions each login has that has any."""
        counted = select(session.c.login, func.count().label("sessions")).group_by(session.c.login)
        return {row.login: row.sessions for row in self._connection.execute(counted)}

    def open_session(self, opened: Session) -> None:
        """Store a new session."""
        self._connection.execute(insert(session).values(values(opened)))

    def touch(self, secret_hash: str, *, at: datetime) -> None:
        """Note that a session was used."""
        statement = update(session).where(session.c.secret_hash == secret_hash)
        self._connection.execute(statement.values(seen_at=at))

    def end_session(self, secret_hash: str) -> None:
        """Remove a session; nothing where there is none."""
        self._connection.execute(delete(session).where(session.c.secret_hash == secret_hash))

    def end_sessions(self, login: str) -> int:
        """Remove all sessions of an account; return how many."""
        return self._connection.execute(delete(session).where(session.c.login == login)).rowcount

    def drop_sessions(self, *, created_before: datetime, seen_before: datetime) -> int:
        """Remove sessions that are over; return how many."""
        over = or_(session.c.created_at <= created_before, session.c.seen_at <= seen_before)
        return self._connection.execute(delete(session).where(over)).rowcount

    def count_try(self, key: str, *, now: datetime, since: datetime) -> int:
        """Count an attempt and return how many there were in this stretch, this one included."""
        old = sign_in_try.c
        goes_on = old.since > since
        statement = insert_into(self._connection, sign_in_try).values(key=key, since=now, tries=1)
        counted = statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "tries": case((goes_on, old.tries + 1), else_=1),
                "since": case((goes_on, old.since), else_=statement.excluded.since),
            },
        ).returning(old.tries)
        return int(self._connection.execute(counted).scalar_one())

    def drop_tries(self, before: datetime, *, limit: int) -> int:
        """Remove stretches that began before that time; return how many."""
        tries = sign_in_try.c
        old = select(tries.key).where(tries.since < before).limit(limit)
        statement = delete(sign_in_try).where(tries.key.in_(old))
        return self._connection.execute(statement).rowcount

    def forget_tries(self, key: str) -> None:
        """Begin anew, after somebody signed in."""
        self._connection.execute(delete(sign_in_try).where(sign_in_try.c.key == key))
