"""What technicians do to maintenance windows: add, cancel, look."""

from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.silence import MuteSource
from sickbay_collector.core.alerts.window import (
    MAX_WINDOWS,
    OPEN_STATES,
    Baseline,
    Occurrence,
    OccurrenceState,
    Window,
    checked_window,
    next_occurrence,
)
from sickbay_collector.core.audit import AuditEvent, audit_text
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.services.muting import let_go_later
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.silences import refuse_foreign

WINDOW_TIMER = "window"
"""Kind of the timer of a window's next step; its key is the window's number."""
SHOWN = 500
"""Muted alerts of an occurrence that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceDetail:
    """One time of a window, with what it kept quiet and what became of its devices."""

    occurrence: Occurrence
    muted: tuple[MutedAlert, ...]
    """The first 500."""
    devices: tuple[Baseline, ...]
    """Those that were up at the start; after the check only those that are not well."""


def add_window(open_uow: OpenUnitOfWork, window: Window, *, now: datetime) -> Window:
    """Plan a maintenance window and its first occurrence.

    Raises:
        InvalidError: A field is out of range, or no occurrence is ahead.
        DeniedError: It is about more than who asks may see.
        ConflictError: There are 200 windows already that are not over.
    """
    checked_login("user", window.author)
    checked = checked_window(window, now=now)
    with open_uow() as uow:
        refuse_foreign(uow, checked.matcher)
        uow.quiet.touch()
        if uow.quiet.open_windows() >= MAX_WINDOWS:
            raise ConflictError(
                "there are %(most)s windows that are not over, which is the limit; cancel some",
                most=MAX_WINDOWS,
            )
        added = uow.quiet.add_window(checked)
        plan_next(uow, added, after=0, now=now)
        uow.audit.add(_event("added", added, by=window.author, now=now))
        uow.commit()
    return added


def plan_next(uow: UnitOfWork, window: Window, *, after: int, now: datetime) -> None:
    """Plan a window's next occurrence, where there is one, and the timer of its start."""
    following = next_occurrence(window, after=after, now=now)
    if following is not None:
        uow.quiet.save_occurrence(following)
        uow.timers.set(WINDOW_TIMER, str(window.number), following.starts_at)


def cancel_window(open_uow: OpenUnitOfWork, number: int, *, user: str, now: datetime) -> Window:
    """End a window for good; what it keeps quiet and is still true opens its tickets.

    Raises:
        NotFoundError: There is no such window.
        ConflictError: It is over.
    """
    login = checked_login("user", user)
    with open_uow() as uow:
        uow.quiet.touch()
        window = find_window(uow, number, hold=True)
        occurrence = open_occurrence(uow, number)
        if occurrence is None:
            raise ConflictError(
                "window %(number)s is over; nothing is left to cancel", number=number
            )
        uow.quiet.save_occurrence(replace(occurrence, state=OccurrenceState.CANCELLED))
        cancelled = replace(window, cancelled_at=now, cancelled_by=login)
        uow.quiet.save_window(cancelled)
        let_go_later(uow, MuteSource.WINDOW, number, now=now)
        uow.audit.add(_event("cancelled", cancelled, by=login, now=now))
        uow.commit()
    return cancelled


def find_window(uow: UnitOfWork, number: int, *, hold: bool = False) -> Window:
    """Return the window of this number.

    Raises:
        NotFoundError: There is none.
    """
    window = uow.seen.quiet.window(number, hold=hold)
    if window is None:
        raise NotFoundError("no maintenance window has the number %(number)s", number=number)
    return window


def open_occurrence(uow: UnitOfWork, number: int) -> Occurrence | None:
    """Return the occurrence of a window that is ahead or under way; None where it is over."""
    newest = next(iter(uow.quiet.occurrences(number, limit=1)), None)
    return newest if newest is not None and newest.state in OPEN_STATES else None


def occurrence_details(uow: UnitOfWork, number: int, *, limit: int) -> tuple[OccurrenceDetail, ...]:
    """Return what became of a window's occurrences, the newest first.

    Raises:
        NotFoundError: There is no such window.
    """
    find_window(uow, number)
    return tuple(
        OccurrenceDetail(
            occurrence=one,
            muted=tuple(
                uow.quiet.muted_by(
                    MuteSource.WINDOW, number, occurrence=one.occurrence, limit=SHOWN
                )
            ),
            devices=tuple(uow.quiet.baselines(number, one.occurrence)),
        )
        for one in uow.quiet.occurrences(number, limit=limit)
    )


def _event(action: str, window: Window, *, by: str, now: datetime) -> AuditEvent:
    plain = {
        "title": window.title,
        "matcher": audit_text(window.matcher.words()),
        "start": f"{window.start.isoformat()} {window.zone}",
        "duration_s": f"{window.duration_s:g}",
        "rrule": window.rrule,
        "until": window.until.isoformat(),
        "reason": window.reason,
    }
    is_added = action == "added"
    return AuditEvent(
        at=now,
        actor=by,
        action=action,
        object_kind="maintenance window",
        object_id=str(window.number),
        before={} if is_added else plain,
        after=plain if is_added else {},
    )
