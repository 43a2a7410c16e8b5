"""The texts that people are sent, by event and language."""

from dataclasses import dataclass
from enum import StrEnum


class TextEvent(StrEnum):
    """What a text tells of."""

    RECEIPT = "receipt"
    """To the requester: the ticket is there."""
    ASSIGNMENT = "assignment"
    """To the requester: somebody has it."""
    WAITING = "waiting"
    """To the requester: it waits for them, a vendor or a change."""
    RESOLUTION = "resolution"
    """To the requester: it is resolved."""
    BREACH = "breach"
    """To the requester: what was promised is late."""
    ASSIGNED = "assigned"
    """To a technician: the ticket is theirs."""
    SLA_WARNED = "sla_warned"
    """To a technician: a target is close."""
    SLA_BREACHED = "sla_breached"
    """To a technician: a target is missed."""
    WATCHED = "watched"
    """To who watches a ticket: something happened to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTemplate:
    """One text. Its parts are Jinja2 without loops, on the variables of `NoticeValues`."""

    id: str
    event: TextEvent
    language: str
    """The tag's first part: "de"."""
    subject: str
    text: str
    html: str = ""
    """For mail; "" makes it of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeValues:
    """What a text may say. Times are words in the reader's zone, "" where there is none."""

    number: str
    title: str
    name: str
    """The reader's."""
    technician: str
    """Who has the ticket."""
    response_due: str
    resolution_due: str
    waits_for: str
    """"user", "vendor" or "change"; "" otherwise."""
    resolution: str
    target: str
    """"response" or "resolution" where one is close or missed; "" otherwise."""
    target_due: str
    """When that target is or was due."""
    priority: str
    event: str = ""
    """What happened, to who watches: "assigned", "waiting", "resolved", "reopened", "note", ..."""
    note: str = ""
    """What was written about it, as far as the reader may read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """What is sent."""

    subject: str
    text: str
    html: str
    failed: bool = False
    """Whether the site's own text could not be made, and this is the shipped one."""


SAMPLE = NoticeValues(
    number="1234",
    title='Printer <b>"3rd floor"</b> & scanner',
    name="Ada Example",
    technician="Ben Example",
    response_due="20 Nov 2026, 14:30 (Europe/Berlin)",
    resolution_due="23 Nov 2026, 17:00 (Europe/Berlin)",
    waits_for="vendor",
    resolution="Replaced the cable.",
    target="response",
    target_due="20 Nov 2026, 14:30 (Europe/Berlin)",
    priority="high",
    event="note",
    note="Two offices have it.",
)
"""What a text is tried on when it is loaded."""
