"""Messages that go out together: which of those that were claimed, and how they read as one."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from types import MappingProxyType

from sickbay_collector.core.desk.message import OutboxMessage
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.notify.brakes import HELD
from sickbay_collector.notify.channel import Message
from sickbay_collector.services.recipients import RecipientKind

REPEATED = "This may have been sent before."
"""The last line of what may come twice."""

WHOLE_TEXTS = 10
"""Messages that are put one behind the other; of more, only what they are about is listed."""
LISTED = 50
"""Messages that are named; of more, the rest is counted."""

_URGENCY = MappingProxyType({one.value: place for place, one in enumerate(Priority)})
_LINE = "-" * 60
# Longer, a text is no longer read, and chat services refuse it.
_BODY_LIMIT = 60_000


def group(messages: Sequence[OutboxMessage]) -> list[tuple[OutboxMessage, ...]]:
    """Return the messages by what goes out together, in the order of each group's first."""
    place = {message.key: number for number, message in enumerate(messages)}
    by_bundle = sorted(messages, key=_bundle)
    groups = [tuple(members) for _, members in groupby(by_bundle, key=_bundle)]
    return sorted(groups, key=lambda members: min(place[one.key] for one in members))


def combine(members: Sequence[OutboxMessage], *, console: str = "") -> Message:
    """Return what to send for messages that go out together.

    Its key is that of the only one, or of all of them together: one more makes another message.

    Args:
        members: The messages, at least one.
        console: Where browsers find the console; "" for unknown.
    """
    first = members[0]
    texts = {
        name: first.payload[name] for name in ("subject", "body", "html") if name in first.payload
    }
    key, payload = first.key, dict(first.payload)
    if len(members) > 1:
        key = (
            "bundle:"
            + hashlib.sha256("\n".join(sorted(one.key for one in members)).encode()).hexdigest()
        )
        is_many = len(members) > WHOLE_TEXTS
        texts = _digest(members, console) if is_many else _together(members)
        payload.pop("html", None)
    repeats = max(one.repeats for one in members)
    notes = {one.payload[HELD]: None for one in members if HELD in one.payload}
    if repeats and first.recipient:
        notes[REPEATED] = None
    if notes:
        texts["body"] = "\n\n".join([texts.get("body", ""), *notes])
        texts.pop("html", None)
        payload.pop("html", None)
    return Message(
        key=key,
        created_at=first.created_at,
        payload={**payload, **texts},
        recipient=first.recipient,
        address=first.address,
        repeats=repeats,
    )


def _together(members: Sequence[OutboxMessage]) -> dict[str, str]:
    subject = f"{members[0].payload.get('subject', '')} (+{len(members) - 1})"
    parts = [
        f"{one.payload.get('subject', '')}\n\n{one.payload.get('body', '')}" for one in members
    ]
    body = f"\n\n{_LINE}\n\n".join(parts)
    return {"subject": subject, "body": body[:_BODY_LIMIT]}


def _digest(members: Sequence[OutboxMessage], console: str) -> dict[str, str]:
    """Return a list of what messages are about, what is most urgent first."""
    by_urgency = sorted(members, key=_urgency)
    lines = [_about(one) for one in by_urgency[:LISTED]]
    rest = len(members) - len(lines)
    if rest:
        lines.append(f"... and {rest} more.")
    if console and members[0].recipient.startswith(f"{RecipientKind.TECHNICIAN}:"):
        lines += ["", f"Tickets by what is due first: {console}/tickets?sort=due"]
    head = f"{len(members)} messages came at once. They are about, what is most urgent first:"
    first = by_urgency[0].payload.get("subject", "")
    return {
        "subject": f"{first} (+{len(members) - 1})",
        "body": "\n".join([head, "", *lines])[:_BODY_LIMIT],
    }


def _urgency(message: OutboxMessage) -> tuple[int, datetime, str]:
    place = _URGENCY.get(message.payload.get("priority", ""), len(_URGENCY))
    return place, message.created_at, message.key


def _about(message: OutboxMessage) -> str:
    priority = message.payload.get("priority", "")
    return f"- {message.payload.get('subject', '')}{f' ({priority})' if priority else ''}"


def _bundle(message: OutboxMessage) -> tuple[str, str, str]:
    return (message.bundle, message.channel, "" if message.bundle else message.key)
