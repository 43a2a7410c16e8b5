"""Drops what was told long ago, so that outbox, records and groups do not grow for ever.

What belongs to a ticket that is not over stays, whatever its age. Each step is a short transaction
with a pause after it; all may be interrupted or run twice.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sickbay_collector.core.account import TRIES_WITHIN
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

log = logging.getLogger(__name__)

Pause = Callable[[float], bool]
"""Waits that many seconds; returns whether to stop."""

KEEP_SENT = timedelta(days=7)
"""How long a message stays in the outbox after it was sent: longer than five days of retries."""
KEEP_RECORDS = timedelta(days=90)
"""How long it can be looked up what became of a message, after its ticket is over."""
KEEP_GIVEN_UP = timedelta(days=30)
"""How long a message that nobody got can be tried again by hand, after its ticket is over."""
KEEP_GROUPS = timedelta(days=30)
"""How long a group of alerts that nothing is heard of is known, after its ticket is over."""
AT_ONCE = 500
"""Rows of one transaction."""
_PAUSE_S = 0.05


def drop_told(open_uow: OpenUnitOfWork, now: datetime, pause: Pause) -> int:
    """Drop what is old: messages, their records, groups of alerts, attempts to sign in; how many.

    Args:
        open_uow: Opens the unit of work of each step.
        now: The present time.
        pause: Lets others write between two steps.
    """
    steps: tuple[Callable[[UnitOfWork], int], ...] = (
        lambda uow: uow.outbox.drop_sent(now - KEEP_SENT, limit=AT_ONCE),
        lambda uow: uow.outbox.drop_given_up(now - KEEP_GIVEN_UP, limit=AT_ONCE),
        lambda uow: uow.once.drop_groups(now - KEEP_GROUPS, limit=AT_ONCE),
        lambda uow: uow.deliveries.drop(now - KEEP_RECORDS, limit=AT_ONCE),
        lambda uow: uow.sign_in_links.drop(now - KEEP_SENT, limit=AT_ONCE),
        lambda uow: uow.accounts.drop_tries(now - TRIES_WITHIN, limit=AT_ONCE),
    )
    dropped = 0
    for step in steps:
        rows = AT_ONCE
        while rows == AT_ONCE:
            with open_uow() as uow:
                rows = step(uow)
                uow.commit()
            dropped += rows
            if pause(_PAUSE_S):
                return dropped
    if dropped:
        log.info("notices.dropped rows=%d", dropped)
    return dropped
