"""Persons."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.line import folded
from sickbay_collector.core.person import (
    Person,
    PersonFilter,
    PersonPosition,
    keys_of,
    searched_digits,
)
from sickbay_collector.db.line_places import put_owners
from sickbay_collector.db.people_tables import person as table
from sickbay_collector.db.records import columns, fetch, values

_PERSON = columns(table, Person)
_BY_NAME = (table.c.name_key, table.c.person_id)
# SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
_MANY = 10_000


class SqlPersonStore:
    """Implements `PersonStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, person_id: PersonId) -> Person | None:
        """Return the person with this id."""
        return self._first(table.c.person_id == person_id)

    def many(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, Person]:
        """Return those of these persons that there are."""
        ids = sorted(set(person_ids))
        parts = (ids[begin : begin + _MANY] for begin in range(0, len(ids), _MANY))
        return {
            one.person_id: one
            for part in parts
            for one in self._found(select(*_PERSON).where(table.c.person_id.in_(part)))
        }

    def by_email(self, email: str) -> Person | None:
        """Return whose address this is, whatever its case; nobody's is ""."""
        return self._first(table.c.email_key == email.lower()) if email else None

    def by_login(self, login: str) -> Person | None:
        """Return whose login this is, whatever its case; nobody's is ""."""
        return self._first(table.c.login_key == login.lower()) if login else None

    def list(
        self, wanted: PersonFilter, *, limit: int, after: PersonPosition | None = None
    ) -> Sequence[Person]:
        """Return persons by name, those behind `after`."""
        statement = select(*_PERSON).where(*_conditions(wanted))
        if after is not None:
            statement = statement.where(tuple_(table.c.name_key, table.c.person_id) > after)
        return self._found(statement.order_by(*_BY_NAME).limit(limit))

    def all(self) -> Sequence[Person]:
        """Return every person, by name."""
        return self._found(select(*_PERSON).order_by(*_BY_NAME))

    def add(self, person: Person) -> None:
        """Store a new person at version 1, whatever the value's version.

        Raises:
            ConflictError: Its id, e-mail address or login is taken (raised by the unit of work).
        """
        self._connection.execute(insert(table).values(_row(person) | {"version": 1}))
        put_owners(self._connection, [person.person_id])

    def save(self, person: Person, *, expected_version: int) -> bool:
        """Write a person as the next version; False when its stored version is another.

        Raises:
            ConflictError: Its e-mail address or login is taken (raised by the unit of work).
        """
        statement = (
            update(table)
            .where(table.c.person_id == person.person_id, table.c.version == expected_version)
            .values(_row(person) | {"version": expected_version + 1})
        )
        if self._connection.execute(statement).rowcount != 1:
            return False
        put_owners(self._connection, [person.person_id])
        return True

    def add_all(self, people: Sequence[Person]) -> None:
        """Store new persons as `add` does.

        Raises:
            ConflictError: As there.
        """
        if people:
            rows = [_row(person) | {"version": 1} for person in people]
            self._connection.execute(insert(table), rows)
            put_owners(self._connection, [person.person_id for person in people])

    def save_all(self, people: Sequence[Person]) -> bool:
        """Write persons over the versions that they say, in this order; False if one is another.

        Raises:
            ConflictError: An e-mail address or login is taken (raised by the unit of work).
        """
        if not people:
            return True
        rows = [
            {f"to_{name}": value for name, value in _row(one).items()}
            | {"to_version": one.version + 1, "of_version": one.version}
            for one in people
        ]
        changed: dict[str, object] = {
            column.name: bindparam(f"to_{column.name}")
            for column in table.columns
            if column is not table.c.person_id
        }
        statement = (
            update(table)
            .where(
                table.c.person_id == bindparam("to_person_id"),
                table.c.version == bindparam("of_version"),
            )
            .values(changed)
        )
        if self._connection.execute(statement, rows).rowcount != len(people):
            return False
        put_owners(self._connection, [person.person_id for person in people])
        return True

    def _first(self, condition: ColumnElement[bool]) -> Person | None:
        return next(iter(self._found(select(*_PERSON).where(condition))), None)

    def _found(self, statement: Executable) -> Sequence[Person]:
        return fetch(self._connection, Person, statement)


def _row(person: Person) -> dict[str, object]:
    return values(person) | values(keys_of(person))


def _conditions(wanted: PersonFilter) -> Iterator[ColumnElement[bool]]:
    if not wanted.gone_too:
        yield table.c.deactivated_at.is_(None)
    if wanted.department:
        yield table.c.department == wanted.department
    if wanted.site:
        yield table.c.site == wanted.site
    if wanted.text:
        yield or_(*_matches(wanted.text))


def _matches(text: str) -> Iterator[ColumnElement[bool]]:
    name = folded(text)
    yield table.c.name_key.startswith(name, autoescape=True)
    yield table.c.name_key.contains(f" {name}", autoescape=True)
    yield table.c.email_key.startswith(text.lower(), autoescape=True)
    yield table.c.login_key.startswith(text.lower(), autoescape=True)
    if digits := searched_digits(text):
        yield table.c.phone_digits.contains(digits)
