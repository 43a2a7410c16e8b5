"""Persons as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from sickbay_collector.core.person import Person
from sickbay_collector.web.api.base import Body, Schema

# Longer texts are refused with the field's own limit, in its own words, by the core.
_Text = Annotated[str, Field(max_length=1000)]


class PersonSchema(Schema):
    """A person. A text is empty where it is unknown."""

    person_id: str
    name: str
    email: str
    phone: str
    """As typed."""
    department: str
    site: str
    """A site's id."""
    language: str
    """BCP 47."""
    vip: bool
    login: str
    """A technician's."""
    active: bool
    deactivated_at: datetime | None
    """Since when the person is gone; null for one who is here."""
    version: int

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return a person."""
        return cls(
            person_id=person.person_id,
            name=person.name,
            email=person.email,
            phone=person.phone,
            department=person.department,
            site=person.site,
            language=person.language,
            vip=person.vip,
            login=person.login,
            active=person.deactivated_at is None,
            deactivated_at=person.deactivated_at,
            version=person.version,
        )


class PersonList(Schema):
    """A page of persons."""

    items: tuple[PersonSchema, ...]
    next_cursor: str | None
    """Null on the last page."""


class NewPersonBody(Body):
    """A new person."""

    name: _Text
    email: _Text = ""
    phone: _Text = ""
    department: _Text = ""
    site: _Text = ""
    """A site's id."""
    language: _Text = ""
    """BCP 47: `de`, `pt-BR`."""
    vip: bool = False
    login: _Text = ""
    """A technician's."""


class PersonBody(Body):
    """What changes of a person; what is left out stays as it is."""

    name: _Text | None = None
    email: _Text | None = None
    phone: _Text | None = None
    department: _Text | None = None
    site: _Text | None = None
    language: _Text | None = None
    vip: bool | None = None
    login: _Text | None = None
    active: bool | None = None
    """False deactivates the person, true takes it back."""
