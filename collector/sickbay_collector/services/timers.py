"""Runs what is due: each timer in a transaction of its own, with all that it brings about.

The timer's row goes away in the transaction that does what it is for. Killed before the commit,
nothing happened and it runs again; after it, it is gone. So each happens exactly once, however many
collectors take turns.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.errors import SickbayError
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.timer_ports import Timer

log = logging.getLogger(__name__)

TimerHandler = Callable[[UnitOfWork, str, datetime, datetime], None]
"""Does what a timer is for: `handler(uow, key, due_at, now)`. It never commits, and may set the
timer again."""

Pause = Callable[[float], bool]
"""Waits that many seconds; returns whether to stop."""

RUN_AT_MOST = 10_000
"""Timers of one run. A handler that sets its own timer for now ends there, not never."""
_BATCH = 200
_PAUSE_S = 0.01
# A handler that fails may be repaired by hand: it is tried for ever, but hardly costs anything.
_FIRST_RETRY_S = 1.0
_LAST_RETRY_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A timer that was run."""

    timer: Timer
    ok: bool
    """Whether its handler did what it had to; it is tried again if not."""


def run_due(
    open_reads: OpenUnitOfWork,
    open_uow: OpenUnitOfWork,
    handlers: Mapping[str, TimerHandler],
    now: datetime,
    pause: Pause,
    *,
    told: Callable[[Ran], None],
) -> int:
    """Run every timer that is due; return how many were tried.

    Timers of kinds without a handler stay for a collector that has one. A handler that fails
    changes nothing, is tried again later and later, and holds up no other.

    Args:
        open_reads: Looks whether anything is due, so that an idle desk takes no write lock.
        open_uow: Opens the transaction of each timer.
        handlers: Who handles which kind.
        now: The present time.
        pause: Lets others write now and then.
        told: Is told of each that was tried, after its transaction.
    """
    with open_reads() as uow:
        first = uow.timers.next_at(handlers.keys())
    if first is None or first > now:
        return 0
    for done in range(RUN_AT_MOST):
        ran = _run_one(open_uow, handlers, now)
        if ran is None:
            return done
        told(ran)
        if done % _BATCH == _BATCH - 1 and pause(_PAUSE_S):
            return done + 1
    return RUN_AT_MOST


def retry_after_s(attempts: int) -> float:
    """Return how long a timer waits that failed so many times before, and once more now.

    One second, then twice as long each time, five minutes at most.
    """
    doubled: float = _FIRST_RETRY_S * 2 ** min(attempts, 16)
    return min(doubled, _LAST_RETRY_S)


def _run_one(
    open_uow: OpenUnitOfWork, handlers: Mapping[str, TimerHandler], now: datetime
) -> Ran | None:
    timer: Timer | None = None
    try:
        with open_uow() as uow:
            timer = uow.timers.take(handlers.keys(), now)
            if timer is None:
                return None
            handlers[timer.kind](uow, timer.key, timer.due_at, now)
            uow.commit()
    except Exception as error:
        # The isolation boundary of handlers: what is wrong with one timer must not keep the others.
        if timer is None:
            raise
        _say(timer, error)
        _put_off(open_uow, timer, now)
        return Ran(timer=timer, ok=False)
    return Ran(timer=timer, ok=True)


def _say(timer: Timer, error: Exception) -> None:
    line = "timer.failed kind=%s key=%s attempts=%d error=%s"
    known = isinstance(error, SickbayError)
    log.error(line, timer.kind, timer.key, timer.attempts + 1, error, exc_info=not known)


def _put_off(open_uow: OpenUnitOfWork, timer: Timer, now: datetime) -> None:
    with open_uow() as uow:
        uow.timers.put_off(timer, now + timedelta(seconds=retry_after_s(timer.attempts)))
        uow.commit()
