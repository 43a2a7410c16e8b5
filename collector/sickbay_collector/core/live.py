"""How far each kind of thing has come, so that a page learns that something changed, never what."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

MARKS_LIMIT = 200
"""Characters of marks as text."""
_HASH_CHARS = 12


class Topic(StrEnum):
    """What may have changed."""

    TICKETS = "tickets"
    ALERTS = "alerts"
    PROBLEMS = "problems"


Marks = Mapping[Topic, str]
"""How far each kind is; what is equal has not changed."""

NO_MARKS: Marks = MappingProxyType({})


def mark(value: object) -> str:
    """Return a short text that is another one for another value, and tells nothing else."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:_HASH_CHARS]


def changed(before: Marks, now: Marks) -> tuple[Topic, ...]:
    """Return the kinds that changed; one that was not known before did not."""
    return tuple(one for one in Topic if one in before and before[one] != now.get(one))


def to_text(marks: Marks) -> str:
    """Return marks as they stand in an address or an event's id."""
    return ".".join(f"{topic}-{value}" for topic, value in marks.items())


def from_text(text: str) -> Marks:
    """Return the marks of a text; what cannot be read is left out."""
    pairs = (one.partition("-") for one in text[:MARKS_LIMIT].split("."))
    return {Topic(topic): value for topic, _, value in pairs if topic in set(Topic)}
