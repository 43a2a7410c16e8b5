"""Messages that go out together: which of those that were claimed, and how they read as one."""

import hashlib
from collections.abc import Sequence
from itertools import groupby

from sickbay_collector.core.desk.message import OutboxMessage
from sickbay_collector.notify.brakes import HELD
from sickbay_collector.notify.channel import Message

REPEATED = "This may have been sent before."
"""The last line of what may come twice."""

_LINE = "-" * 60
# Longer, a text is no longer read, and chat services refuse it.
_BODY_LIMIT = 60_000


def group(messages: Sequence[OutboxMessage]) -> list[tuple[OutboxMessage, ...]]:
    """Return the messages by what goes out together, in the order of each group's first."""
    place = {message.key: number for number, message in enumerate(messages)}
    by_bundle = sorted(messages, key=_bundle)
    groups = [tuple(members) for _, members in groupby(by_bundle, key=_bundle)]
    return sorted(groups, key=lambda members: min(place[one.key] for one in members))


def combine(members: Sequence[OutboxMessage]) -> Message:
    """Return what to send for messages that go out together.

    Its key is that of the only one, or of all of them together: one more makes another message.
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
        texts = _together(members)
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


def _bundle(message: OutboxMessage) -> tuple[str, str, str]:
    return (message.bundle, message.channel, "" if message.bundle else message.key)
