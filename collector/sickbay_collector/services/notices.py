"""Telling somebody: a notice becomes messages in the outbox, in the caller's transaction.

Never commits. What follows, from attempts to records, is the worker's; see `notify/worker.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.message import URGENT_RANK, USUAL_RANK, OutboxMessage
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ports import UnitOfWork

LOG = "log"
"""The channel that is always there: a line in the collector's log."""

SUBJECT_LIMIT = 200
"""Characters of a notice's subject; a longer one is cut."""
BODY_LIMIT = 20_000
"""Characters of a notice's text; a longer one is cut."""
NAME_LIMIT = 2048
"""Characters of who is told: a URL fits."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that somebody should know."""

    key: str
    """What happened, unique: the same one is told once to each recipient."""
    to: Recipient
    channel: str = ""
    """Id of a channel; "" for what the recipient's own rules say."""
    event: str
    """"assigned", "sla_breached", "escalated", ..."""
    priority: Priority
    ticket_id: TicketId | None = None
    subject: str
    body: str
    at: datetime
    """When it happened."""


def notify(uow: UnitOfWork, notice: Notice) -> int:
    """Put a notice into the outbox; return how many messages were new.

    Raises:
        InvalidError: It has no key, or names nobody.
    """
    if not notice.key or not 0 < len(notice.to.name) <= NAME_LIMIT:
        raise InvalidError(
            f"notice {notice.key[:64]!r} to {notice.to!s:.64}: it needs a key and who is told"
        )
    return int(uow.outbox.add(_message(notice)))


def _message(notice: Notice) -> OutboxMessage:
    urgent = notice.priority is Priority.URGENT
    return OutboxMessage(
        key=f"{notice.key}:{notice.to}",
        channel=notice.channel or LOG,
        payload={
            "event": notice.event,
            "priority": notice.priority.value,
            "ticket_id": notice.ticket_id or "",
            "subject": " ".join(notice.subject.split())[:SUBJECT_LIMIT],
            "body": notice.body[:BODY_LIMIT],
        },
        created_at=notice.at,
        not_before=notice.at,
        recipient=str(notice.to),
        ticket_id=notice.ticket_id,
        rank=URGENT_RANK if urgent else USUAL_RANK,
    )
