"""Whom a notice can be for."""

from dataclasses import dataclass
from enum import StrEnum


class RecipientKind(StrEnum):
    """Whom a notice can be for."""

    PERSON = "person"
    TECHNICIAN = "technician"
    TEAM = "team"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a notice is for."""

    kind: RecipientKind
    name: str
    """A person's id, a technician's login, a tier or queue, or a URL."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    def words(self) -> str:
        """Return whom people are told of: "ann", "team L1"."""
        return f"team {self.name}" if self.kind is RecipientKind.TEAM else self.name

    @classmethod
    def person(cls, person_id: str) -> "Recipient":
        """Return a requester, by id."""
        return cls(kind=RecipientKind.PERSON, name=person_id)

    @classmethod
    def technician(cls, login: str) -> "Recipient":
        """Return a technician, by login name."""
        return cls(kind=RecipientKind.TECHNICIAN, name=login)

    @classmethod
    def team(cls, name: str) -> "Recipient":
        """Return all who work in a tier or queue."""
        return cls(kind=RecipientKind.TEAM, name=name)

    @classmethod
    def url(cls, url: str) -> "Recipient":
        """Return a program that listens at a URL."""
        return cls(kind=RecipientKind.URL, name=url)
