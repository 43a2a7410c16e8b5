"""What the use cases of persons need of the outside."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person, PersonFilter, PersonPosition


class PersonStore(Protocol):
    """Persons, those who are gone too unless it is said otherwise."""

    def get(self, person_id: PersonId) -> Person | None: ...
    def many(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, Person]:
        """Return those of these persons that there are."""
        ...

    def by_email(self, email: str) -> Person | None:
        """Return whose address this is, whatever its case; nobody's is ""."""
        ...

    def by_login(self, login: str) -> Person | None:
        """Return whose login this is, whatever its case; nobody's is ""."""
        ...

    def list(
        self, wanted: PersonFilter, *, limit: int, after: PersonPosition | None = None
    ) -> Sequence[Person]:
        """Return persons by name, those behind `after`."""
        ...

    def all(self) -> Sequence[Person]:
        """Return every person, by name."""
        ...

    def add(self, person: Person) -> None:
        """Store a new person at version 1, whatever the value's version.

        Raises (here or when the unit of work commits):
            ConflictError: Its id, e-mail address or login is taken.
        """
        ...

    def save(self, person: Person, *, expected_version: int) -> bool:
        """Write a person as the next version; False when its stored version is another."""
        ...

    def add_all(self, people: Sequence[Person]) -> None:
        """Store new persons as `add` does."""
        ...

    def save_all(self, people: Sequence[Person]) -> bool:
        """Write persons over the versions that they say, in this order; False if one is another."""
        ...
