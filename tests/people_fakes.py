"""Persons in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.line import folded
from sickbay_collector.core.person import (
    Person,
    PersonFilter,
    PersonPosition,
    keys_of,
    position_of,
    searched_digits,
)


class FakePersonStore:
    """Implements `PersonStore`."""

    def __init__(self, people: dict[PersonId, Person]) -> None:
        self._people = people

    def get(self, person_id: PersonId) -> Person | None:
        return self._people.get(person_id)

    def many(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, Person]:
        return {key: one for key, one in self._people.items() if key in person_ids}

    def by_email(self, email: str) -> Person | None:
        found = (one for one in self.all() if email and one.email.lower() == email.lower())
        return next(found, None)

    def by_login(self, login: str) -> Person | None:
        found = (one for one in self.all() if login and one.login.lower() == login.lower())
        return next(found, None)

    def list(
        self, wanted: PersonFilter, *, limit: int, after: PersonPosition | None = None
    ) -> Sequence[Person]:
        behind = (one for one in self.all() if after is None or position_of(one) > after)
        return [one for one in behind if _passes(one, wanted)][:limit]

    def all(self) -> Sequence[Person]:
        return sorted(self._people.values(), key=position_of)

    def add(self, person: Person) -> None:
        if person.person_id in self._people:
            raise ConflictError(f"person {person.person_id} is there already")
        self._require_free(person)
        self._people[person.person_id] = replace(person, version=1)

    def save(self, person: Person, *, expected_version: int) -> bool:
        before = self._people.get(person.person_id)
        if before is None or before.version != expected_version:
            return False
        self._require_free(person)
        self._people[person.person_id] = replace(person, version=expected_version + 1)
        return True

    def add_all(self, people: Sequence[Person]) -> None:
        for one in people:
            self.add(one)

    def save_all(self, people: Sequence[Person]) -> bool:
        return all(self.save(one, expected_version=one.version) for one in people)

    def _require_free(self, person: Person) -> None:
        for other in (self.by_email(person.email), self.by_login(person.login)):
            if other is not None and other.person_id != person.person_id:
                raise ConflictError(f"person {other.person_id} has it already")


def _passes(person: Person, wanted: PersonFilter) -> bool:
    return (
        (wanted.gone_too or person.deactivated_at is None)
        and wanted.department in {"", person.department}
        and wanted.site in {"", person.site}
        and _matches(person, wanted.text)
    )


def _matches(person: Person, text: str) -> bool:
    keys, name, digits = keys_of(person), folded(text), searched_digits(text)
    return (
        keys.name_key.startswith(name)
        or f" {name}" in keys.name_key
        or keys.email_key.startswith(text.lower())
        or keys.login_key.startswith(text.lower())
        or (digits != "" and digits in keys.phone_digits)
    )
