"""Keeps alerts quiet that a silence or a maintenance window is about, and lets go of them in time.

An alert that opens while it is muted is open and has no ticket. A timer looks at it when what mutes
it ends: still true, its ticket opens then. So nothing is lost, whoever dies in between.
"""

from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.alerts.change import AlertChange
from sickbay_collector.core.alerts.muted import MutedAlert, measured_again, muted_alert, subject_of
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.silence import Mute, MuteSource
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import AlertId
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.device_sites import sites_of
from sickbay_collector.services.ports import UnitOfWork

MUTE_TIMER = "mute"
"""Kind of the timer of one muted alert; its key is the alert's id."""
LET_GO_TIMER = "let_go"
"""Kind of the timer that looks at all that a silence or window muted, when it ends early."""


def mute_for(
    uow: UnitOfWork, device: Device, change: AlertChange, rule: Rule, *, now: datetime
) -> Mute | None:
    """Return what keeps an alert quiet that opens now, and goes on to until the commit."""
    book = uow.quiet.book(now)
    if not (book.silences or book.spans):
        return None
    sites = sites_of(uow, [device.device_id], now=now) if book.names_sites else {}
    subject = subject_of(
        device,
        rule,
        site=sites.get(device.device_id, ""),
        instance=change.instance,
        instance_label=change.instance_label,
        urgency=change.urgency,
    )
    mute = book.mute_of(subject, now)
    if mute is None or uow.quiet.settle():
        return mute
    # It was changed between reading and holding it; now it stays as it is.
    return uow.quiet.book(now).mute_of(subject, now)


def keep_quiet(
    uow: UnitOfWork, alert: AlertRecord, change: AlertChange, mute: Mute, *, now: datetime
) -> None:
    """Remember an alert that opens and is muted, and look at it again when that ends."""
    _begin(uow, muted_alert(alert.alert_id, alert.device_id, change, mute, now=now))


def mute_again(uow: UnitOfWork, muted: MutedAlert, mute: Mute, *, now: datetime) -> None:
    """Let an alert be muted by something else, or for longer."""
    uow.quiet.save_mute(replace(muted, ended_at=now, outcome="muted again"))
    _begin(
        uow,
        replace(
            muted,
            source=mute.source,
            number=mute.number,
            occurrence=mute.occurrence,
            muted_at=now,
            until=mute.until,
        ),
    )


def end_mute(uow: UnitOfWork, muted: MutedAlert, outcome: str, *, now: datetime) -> None:
    """End the stretch in which an alert was muted."""
    uow.quiet.save_mute(replace(muted, ended_at=now, outcome=outcome))
    uow.timers.cancel(MUTE_TIMER, muted.alert_id)


def note_measured(
    uow: UnitOfWork, muted: MutedAlert, change: AlertChange, *, now: datetime
) -> None:
    """Keep what was measured of a muted alert; one whose time is over is looked at now."""
    uow.quiet.save_mute(measured_again(muted, change))
    if muted.until <= now:
        uow.timers.set(MUTE_TIMER, muted.alert_id, now)


def let_go_later(uow: UnitOfWork, source: MuteSource, number: int, *, now: datetime) -> None:
    """Look at all that a silence or window muted, because it ended before its time."""
    uow.timers.set(LET_GO_TIMER, f"{source}/{number}", now)


def let_go(uow: UnitOfWork, key: str, *, now: datetime) -> None:
    """Let each alert that a silence or window keeps quiet be looked at now.

    In a transaction apart: whoever ended it holds what is in force, which each look needs.
    """
    source, _, number = key.partition("/")
    for muted in uow.quiet.running_mutes(MuteSource(source), int(number)):
        uow.timers.set(MUTE_TIMER, AlertId(muted.alert_id), now)


def _begin(uow: UnitOfWork, muted: MutedAlert) -> None:
    uow.quiet.mute(muted)
    uow.timers.set(MUTE_TIMER, muted.alert_id, muted.until)
