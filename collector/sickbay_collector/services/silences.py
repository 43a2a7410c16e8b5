"""What technicians do to silences: add, extend, expire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.silence import (
    MAX_SILENCES,
    MuteSource,
    Silence,
    checked_end,
    checked_reason,
    expired,
    extended,
)
from sickbay_collector.core.audit import AuditEvent, audit_text
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.errors import ConflictError, DeniedError, NotFoundError
from sickbay_collector.services.muting import let_go_later
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork


def add_silence(
    open_uow: OpenUnitOfWork,
    *,
    matcher: Matcher,
    reason: str,
    ends_at: datetime,
    user: str,
    now: datetime,
) -> Silence:
    """Keep alerts from opening tickets until then.

    Raises:
        InvalidError: Reason, end or login name is not allowed.
        DeniedError: It is about more than who asks may see.
        ConflictError: There are 1,000 silences in force already.
    """
    silence = Silence(
        number=0,
        matcher=matcher,
        reason=checked_reason(reason),
        author=checked_login("user", user),
        created_at=now,
        ends_at=checked_end(ends_at, now=now),
        ended_by="",
    )
    with open_uow() as uow:
        refuse_foreign(uow, matcher)
        uow.quiet.touch()
        if uow.quiet.active_silences(now) >= MAX_SILENCES:
            raise ConflictError(
                "there are %(most)s silences in force, which is the limit; expire some",
                most=MAX_SILENCES,
            )
        added = uow.quiet.add_silence(silence)
        uow.audit.add(_event("added", added, {}, _plain(added), by=user, now=now))
        uow.commit()
    return added


def extend_silence(
    open_uow: OpenUnitOfWork, number: int, *, ends_at: datetime, user: str, now: datetime
) -> Silence:
    """Let a silence end at another time, at most 30 days from now.

    Raises:
        NotFoundError: There is no such silence.
        ConflictError: It is over.
        InvalidError: The end is not ahead, or too far.
    """
    login = checked_login("user", user)
    act = _Act(action="extended", by=login, now=now)
    return _change(open_uow, number, lambda old: extended(old, ends_at, now=now), act)


def expire_silence(open_uow: OpenUnitOfWork, number: int, *, user: str, now: datetime) -> Silence:
    """End a silence now; its alerts that are still true open their tickets.

    Raises:
        NotFoundError: There is no such silence.
        ConflictError: It is over.
    """
    login = checked_login("user", user)
    act = _Act(action="expired", by=login, now=now)
    return _change(open_uow, number, lambda old: expired(old, by=login, now=now), act)


def find_silence(uow: UnitOfWork, number: int, *, hold: bool = False) -> Silence:
    """Return the silence of this number.

    Raises:
        NotFoundError: There is none.
    """
    silence = uow.seen.quiet.silence(number, hold=hold)
    if silence is None:
        raise NotFoundError("no silence has the number %(number)s", number=number)
    return silence


def refuse_foreign(uow: UnitOfWork, matcher: Matcher) -> None:
    """Let nobody keep quiet what is not theirs to see.

    Raises:
        DeniedError: It is about more than who asks may see.
    """
    if not uow.seen.quiet.reaches(matcher):
        raise DeniedError(
            "matcher: it is about more than you may see; name your sites, or each device in full"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What is done, by whom and when."""

    action: str
    by: str
    now: datetime


def _change(
    open_uow: OpenUnitOfWork, number: int, change: Callable[[Silence], Silence], act: "_Act"
) -> Silence:
    with open_uow() as uow:
        uow.quiet.touch()
        before = find_silence(uow, number, hold=True)
        after = change(before)
        uow.quiet.save_silence(after)
        if after.ends_at < before.ends_at:
            let_go_later(uow, MuteSource.SILENCE, number, now=act.now)
        was, is_ = {"ends_at": before.ends_at.isoformat()}, {"ends_at": after.ends_at.isoformat()}
        uow.audit.add(_event(act.action, after, was, is_, by=act.by, now=act.now))
        uow.commit()
    return after


def _event(
    action: str,
    silence: Silence,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    by: str,
    now: datetime,
) -> AuditEvent:
    return AuditEvent(
        at=now,
        actor=by,
        action=action,
        object_kind="silence",
        object_id=str(silence.number),
        before=before,
        after=after,
    )


def _plain(silence: Silence) -> Mapping[str, str]:
    return {
        "matcher": audit_text(silence.matcher.words()),
        "reason": silence.reason,
        "ends_at": silence.ends_at.isoformat(),
    }
