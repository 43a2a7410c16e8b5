"""Runs what is due: some timers in one transaction, with all that they bring about.

A timer's row goes away in the transaction that does what it is for. Killed before the commit,
nothing happened and it runs again; after it, it is gone. So each happens exactly once, however many
collectors take turns. One that fails is put off, and those beside it run again without it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
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
TOGETHER = 50
"""Timers of one transaction: a burst needs few commits, and nobody waits long for one."""
_PAUSE_S = 0.005
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
        open_uow: Opens the transactions that timers run in.
        handlers: Who handles which kind.
        now: The present time.
        pause: Lets others write now and then.
        told: Is told of each that was tried, after the transaction.
    """
    with open_reads() as uow:
        first = uow.timers.next_at(handlers.keys())
    if first is None or first > now:
        return 0
    done = 0
    while done < RUN_AT_MOST:
        ran = _run_some(open_uow, handlers, now, min(TOGETHER, RUN_AT_MOST - done))
        for one in ran:
            told(one)
        done += len(ran)
        if not ran or pause(_PAUSE_S):
            break
    return done


def retry_after_s(attempts: int) -> float:
    """Return how long a timer waits that failed so many times before, and once more now.

    One second, then twice as long each time, five minutes at most.
    """
    doubled: float = _FIRST_RETRY_S * 2 ** min(attempts, 16)
    return min(doubled, _LAST_RETRY_S)


def _run_some(
    open_uow: OpenUnitOfWork, handlers: Mapping[str, TimerHandler], now: datetime, at_most: int
) -> Sequence[Ran]:
    """Run some timers in one transaction; return them, or the one that failed alone."""
    ran: list[Ran] = []
    running: Timer | None = None
    try:
        with open_uow() as uow:
            for running in uow.timers.due(handlers.keys(), now, limit=TOGETHER)[:at_most]:
                # One before it may have set it anew or taken it away.
                if uow.timers.remove(running):
                    handlers[running.kind](uow, running.key, running.due_at, now)
                    ran.append(Ran(timer=running, ok=True))
            if ran:
                uow.commit()
    except Exception as error:
        # The isolation boundary of handlers: what is wrong with one timer must not keep the others.
        if running is None:
            raise
        if len(ran) > 1 and ran[-1].timer == running:
            # All did what they had to, but not together; alone it shows whose fault it is.
            return _run_some(open_uow, handlers, now, 1)
        _say(running, error)
        _put_off(open_uow, running, now)
        return [Ran(timer=running, ok=False)]
    return ran


def _say(timer: Timer, error: Exception) -> None:
    line = "timer.failed kind=%s key=%s attempts=%d error=%s"
    known = isinstance(error, SickbayError)
    log.error(line, timer.kind, timer.key, timer.attempts + 1, error, exc_info=not known)


def _put_off(open_uow: OpenUnitOfWork, timer: Timer, now: datetime) -> None:
    with open_uow() as uow:
        uow.timers.put_off(timer, now + timedelta(seconds=retry_after_s(timer.attempts)))
        uow.commit()
