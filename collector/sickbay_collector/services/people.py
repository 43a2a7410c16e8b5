"""Persons by hand: found by whatever people call them, added, changed, deactivated."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import (
    EMAIL_LIMIT,
    Person,
    PersonFilter,
    PersonPosition,
    checked_person,
    position_of,
)
from sickbay_collector.core.person_sheet import person_event
from sickbay_collector.services.known_sites import check_site
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

PERSON_NAME_LIMIT = EMAIL_LIMIT
"""Characters of what names a person in a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """A part of the list."""

    people: tuple[Person, ...]
    next: PersonPosition | None
    """Where the next page begins; None at the end."""


def list_people(
    uow: UnitOfWork, wanted: PersonFilter, *, limit: int, after: PersonPosition | None = None
) -> PersonPage:
    """Return a page of the persons that pass the filter, by name."""
    found = uow.people.list(wanted, limit=limit + 1, after=after)
    page = tuple(found[:limit])
    return PersonPage(people=page, next=position_of(page[-1]) if len(found) > limit else None)


def find_person(uow: UnitOfWork, name: str) -> Person:
    """Return the person with this id, e-mail address or login, or the only one found by it.

    Raises:
        NotFoundError: There is none.
        ConflictError: It finds several.
    """
    people = uow.seen.people
    known = people.get(PersonId(name.lower())) or people.by_email(name) or people.by_login(name)
    if known is not None:
        return known
    found = people.list(PersonFilter(text=name), limit=6) if name.strip() else ()
    if len(found) > 1:
        some = ", ".join(f"{one.name} ({one.email or one.person_id})" for one in found[:5])
        more = " and more" if len(found) > 5 else ""
        raise ConflictError(
            "several persons are called %(name)s: %(some)s%(more)s", name=name, some=some, more=more
        )
    if not found:
        raise NotFoundError(
            "no person has the id, e-mail address, login or name %(name)s", name=name
        )
    return found[0]


def add_person(open_uow: OpenUnitOfWork, draft: Person, *, actor: str, now: datetime) -> Person:
    """Store a new person.

    Raises:
        InvalidError: A field is wrong, or the site unknown.
        ConflictError: Somebody has its e-mail address or login.
    """
    person = replace(checked_person(draft), version=1)
    with open_uow() as uow:
        check_site(uow, person.site)
        refuse_taken(uow, person)
        uow.people.add(person)
        if uow.seen.people.get(person.person_id) is None:
            raise InvalidError("site: name one of yours; you would not see the person")
        uow.audit.add(person_event(None, person, actor=actor, at=now))
        uow.commit()
    return person


def change_person(
    open_uow: OpenUnitOfWork,
    person_id: PersonId,
    change: Callable[[Person], Person],
    *,
    expected_version: int,
    actor: str,
    now: datetime,
) -> Person:
    """Change a person that is still as it was read; one who stays as before is not written.

    Args:
        open_uow: Opens where the person is stored.
        person_id: Who.
        change: Returns the person as it should be.
        expected_version: The version that was read.
        actor: Who does it.
        now: The present time.

    Raises:
        InvalidError: A field is wrong, or the new site unknown.
        ConflictError: Somebody changed the person meanwhile, or has the e-mail address or login.
        NotFoundError: There is no such person.
    """
    with open_uow() as uow:
        before = uow.people.get(person_id)
        if before is None:
            raise NotFoundError("no person %(person_id)s", person_id=person_id)
        after = checked_person(change(before))
        if after == before and before.version == expected_version:
            return before
        if after.site != before.site:  # one that was taken out of the configuration may stay
            check_site(uow, after.site)
        refuse_taken(uow, after)
        if not uow.people.save(after, expected_version=expected_version):
            raise ConflictError(
                "%(name)s is at version %(version)s, not %(expected_version)s; read it again",
                name=before.name,
                version=before.version,
                expected_version=expected_version,
            )
        uow.audit.add(person_event(before, after, actor=actor, at=now))
        account = uow.accounts.of_person(person_id) if after.deactivated_at is not None else None
        if account is not None:
            uow.accounts.end_sessions(account.login)
        uow.commit()
    return replace(after, version=expected_version + 1)


def here(person: Person, *, is_here: bool, now: datetime) -> Person:
    """Return the person as one who is here, or gone since now unless it was gone before."""
    if is_here:
        return replace(person, deactivated_at=None)
    return replace(person, deactivated_at=person.deactivated_at or now)


def refuse_taken(uow: UnitOfWork, person: Person) -> None:
    """Refuse an e-mail address or login that somebody else has.

    Raises:
        ConflictError: So it is; the message names who.
    """
    for what, value, owner in (
        ("email", person.email, uow.people.by_email(person.email)),
        ("login", person.login, uow.people.by_login(person.login)),
    ):
        if owner is not None and owner.person_id != person.person_id:
            raise ConflictError(
                "%(what)s: %(name)s (%(person_id)s) has %(value)s already",
                what=what,
                name=owner.name,
                person_id=owner.person_id,
                value=value,
            )
