"""Requests that arrive more than once, and are done once."""

from datetime import datetime, timedelta

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.ticket_parts_ports import RequestKey

KEY_LIMIT = 128
"""Characters of the key of a request."""
# Longer than any client tries again; shorter than the table could grow large in.
KEPT = timedelta(days=7)


def done_before(uow: UnitOfWork, key: RequestKey, made_id: str, now: datetime) -> str | None:
    """Return the id of what the same request made before; None when it is the first.

    Args:
        uow: Where it is made; who sends the same at once waits until it ends.
        key: The request's.
        made_id: Of what it makes, when it is the first.
        now: The present time.

    Raises:
        InvalidError: The key is malformed, or was used for something else.
    """
    if not 1 <= len(key.key) <= KEY_LIMIT or not key.key.isprintable():
        raise InvalidError(
            "Idempotency-Key: use 1 to %(limit)s printable characters", limit=KEY_LIMIT
        )
    uow.once.forget(now - KEPT)
    kept = uow.once.begin(key, made_id, now=now)
    if kept is None:
        return None
    if kept.body_hash != key.body_hash:
        raise InvalidError(
            "Idempotency-Key: was used for another request; take a new key for a new one"
        )
    return kept.made_id
