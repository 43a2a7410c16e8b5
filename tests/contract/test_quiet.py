"""Silences, windows and muted alerts come back as they were, and a change is seen by everybody."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, text

from sickbay_collector.core.alerts.change import AlertReading
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.silence import MuteSource, Silence
from sickbay_collector.core.alerts.window import (
    Baseline,
    Occurrence,
    OccurrenceState,
    Window,
    span_of,
)
from sickbay_collector.core.device import DeviceClass, Presence
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.alert_ports import STANDING, AlertFilter
from sickbay_collector.services.ports import UnitOfWork
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_ticket, add_devices, an_alert

HOUR = timedelta(hours=1)
MATCHER = Matcher.of({"device": ["ws-*", "größe"], "rule": ["disk.*"]})
SILENCE = Silence(
    number=0,
    matcher=MATCHER,
    reason="known",
    author="mia",
    created_at=NOW,
    ends_at=NOW + HOUR,
    ended_by="",
)
WINDOW = Window(
    number=0,
    title="Patch night",
    matcher=MATCHER,
    start=datetime(2026, 11, 3, 2, 30),  # noqa: DTZ001 - local time of the zone
    zone="Europe/Berlin",
    duration_s=7200.0,
    rrule="FREQ=WEEKLY",
    until=NOW + 99 * HOUR,
    grace_s=1800.0,
    reason="patches",
    author="mia",
    created_at=NOW,
    cancelled_at=None,
    cancelled_by="",
)


def an_occurrence(window: int, occurrence: int = 1, **fields: object) -> Occurrence:
    plain: dict[str, object] = {
        "window": window,
        "occurrence": occurrence,
        "state": OccurrenceState.PLANNED,
        "starts_at": NOW,
        "ends_at": NOW + HOUR,
        "checks_at": NOW + 2 * HOUR,
        "devices_up": 0,
        "devices_back": 0,
        "ticket_id": None,
        **fields,
    }
    return Occurrence(**plain)  # type: ignore[arg-type]


def a_baseline(window: int, **fields: object) -> Baseline:
    plain: dict[str, object] = {
        "window": window,
        "occurrence": 1,
        "device_id": ONE,
        "hostname": "ws-17",
        "device_class": DeviceClass.LAPTOP,
        "presence": Presence.LATE,
        "alerts": ("disk.full|C:",),
        "services": (),
        "outcome": "",
        "lost": (),
        **fields,
    }
    return Baseline(**plain)  # type: ignore[arg-type]


def a_mute(**fields: object) -> MutedAlert:
    alert = an_alert()
    plain: dict[str, object] = {
        "alert_id": alert.alert_id,
        "device_id": ONE,
        "rule_id": "disk.full.crit",
        "instance": "C:",
        "instance_label": "C:",
        "source": MuteSource.SILENCE,
        "number": 1,
        "occurrence": 0,
        "muted_at": NOW,
        "until": NOW + HOUR,
        "ended_at": None,
        "outcome": "",
        "at": NOW,
        "since": NOW - HOUR,
        "urgency": 2,
        "sentence": "C: has 6 % free",
        "closes_when": "",
        "history": "",
        "readings": (
            AlertReading(
                metric="volume.free_ratio", label="Frei", unit="ratio", value=1 / 3, threshold="<"
            ),
        ),
        **fields,
    }
    return MutedAlert(**plain)  # type: ignore[arg-type]


def test_silences_are_numbered_and_come_back(stores: Stores) -> None:
    with stores.open() as uow:
        uow.quiet.touch()
        first = uow.quiet.add_silence(SILENCE)
        second = uow.quiet.add_silence(replace(SILENCE, ends_at=NOW + 9 * HOUR))
        uow.quiet.save_silence(replace(first, ended_by="bo", ends_at=NOW))
        uow.commit()

    with stores.read() as uow:
        ended = replace(first, ended_by="bo", ends_at=NOW)
        assert second.number > first.number
        assert uow.quiet.silence(first.number) == ended
        assert uow.quiet.silence(999) is None
        assert list(uow.quiet.silences(active_at=None, limit=9)) == [second, ended]
        assert list(uow.quiet.silences(active_at=NOW, limit=9)) == [second]
        assert list(uow.quiet.silences(active_at=None, limit=9, before=second.number)) == [ended]
        assert uow.quiet.active_silences(NOW) == 1


def test_windows_and_occurrences_come_back(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.quiet.touch()
        first = uow.quiet.add_window(WINDOW)
        other = uow.quiet.add_window(WINDOW)
        uow.quiet.save_occurrence(an_occurrence(first.number))
        ticket = uow.tickets.insert_open(a_ticket())
        assert ticket is not None
        closed = an_occurrence(
            first.number, state=OccurrenceState.CLOSED, devices_up=3, ticket_id=ticket.ticket_id
        )
        uow.quiet.save_occurrence(closed)
        ahead = an_occurrence(first.number, 2)
        uow.quiet.save_occurrence(ahead)
        cancelled = replace(other, cancelled_at=NOW, cancelled_by="bo")
        uow.quiet.save_window(cancelled)
        uow.commit()

    with stores.read() as uow:
        assert uow.quiet.window(first.number) == first
        assert list(uow.quiet.windows(open_only=False, limit=9)) == [cancelled, first]
        assert list(uow.quiet.windows(open_only=True, limit=9)) == [first]
        assert uow.quiet.open_windows() == 1
        assert list(uow.quiet.occurrences(first.number, limit=9)) == [ahead, closed]
        assert list(uow.quiet.book(NOW).spans) == [span_of(first, ahead)]


def test_one_occurrence_of_a_window_is_open(engine: Engine) -> None:
    def write(uow: UnitOfWork) -> None:
        window = uow.quiet.add_window(WINDOW).number
        uow.quiet.save_occurrence(an_occurrence(window))
        uow.quiet.save_occurrence(an_occurrence(window, 2))

    with pytest.raises(ConflictError), open_unit_of_work(engine)() as uow:
        write(uow)


def test_devices_that_are_well_are_forgotten(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        number = uow.quiet.add_window(WINDOW).number
        uow.quiet.save_baselines([a_baseline(number), a_baseline(number, device_id=TWO)])
        missing = a_baseline(number, outcome="missing")
        well = a_baseline(number, device_id=TWO, outcome="back")
        uow.quiet.save_baselines([missing, well])
        assert list(uow.quiet.baselines(number, 1)) == [missing, well]
        uow.quiet.drop_well(number, 1)
        uow.quiet.save_baselines([])
        uow.commit()

    with stores.read() as uow:
        assert list(uow.quiet.baselines(number, 1)) == [missing]
        assert list(uow.quiet.baselines(number, 2)) == []


def test_silences_and_windows_that_are_over_are_listed_apart(stores: Stores) -> None:
    with stores.open() as uow:
        over = uow.quiet.add_silence(SILENCE)
        lasting = uow.quiet.add_silence(replace(SILENCE, ends_at=NOW + 9 * HOUR))
        closed, coming = uow.quiet.add_window(WINDOW), uow.quiet.add_window(WINDOW)
        ended = an_occurrence(closed.number, state=OccurrenceState.CLOSED)
        first = an_occurrence(coming.number, state=OccurrenceState.CLOSED)
        planned = an_occurrence(coming.number, 2)
        for one in (ended, first, planned):
            uow.quiet.save_occurrence(one)
        uow.commit()

    with stores.read() as uow:
        later = NOW + 2 * HOUR
        assert list(uow.quiet.silences(active_at=None, over_at=later, limit=9)) == [over]
        assert list(uow.quiet.silences(active_at=later, limit=9)) == [lasting]
        assert list(uow.quiet.windows(open_only=False, over_only=True, limit=9)) == [closed]
        assert list(uow.quiet.windows(open_only=True, limit=9)) == [coming]
        numbers = [closed.number, coming.number]
        assert uow.quiet.newest_occurrences(numbers) == {
            closed.number: ended,
            coming.number: planned,
        }
        assert uow.quiet.newest_occurrences([]) == {}


def test_mutes_come_back_and_only_one_of_an_alert_goes_on(stores: Stores) -> None:
    add_devices(stores, ONE)
    ended = a_mute(ended_at=NOW, outcome="muted again")
    going_on = a_mute(source=MuteSource.WINDOW, number=4, occurrence=2)
    with stores.open() as uow:
        uow.alerts.add(an_alert())
        uow.quiet.mute(a_mute())
        uow.quiet.save_mute(ended)
        uow.quiet.mute(going_on)
        assert uow.quiet.muted(going_on.alert_id) == going_on
        uow.commit()

    with stores.read() as uow:
        assert list(uow.quiet.muted_by(MuteSource.SILENCE, 1, limit=9)) == [ended]
        found = uow.quiet.muted_by(MuteSource.WINDOW, 4, occurrence=2, limit=9)
        assert list(found) == [going_on]
        assert list(uow.quiet.mutes_of([going_on.alert_id])) == [ended, going_on]
        assert list(uow.quiet.mutes_of([])) == []
        assert list(uow.quiet.running_mutes(MuteSource.WINDOW, 4)) == [going_on]
        assert list(uow.quiet.running_mutes(MuteSource.SILENCE, 1)) == []
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.quiet.mute(a_mute())


def test_what_is_in_force_is_seen_by_everybody_after_the_commit(engine: Engine) -> None:
    """And by nobody after a rollback, though it had the same number of changes."""
    here, there = open_unit_of_work(engine), open_unit_of_work(engine)
    with there() as uow:
        assert list(uow.quiet.book(NOW).silences) == []
    with here() as uow:
        uow.quiet.touch()
        uow.quiet.add_silence(replace(SILENCE, reason="taken back"))
        assert len(uow.quiet.book(NOW).silences) == 1
    with here() as uow:
        assert list(uow.quiet.book(NOW).silences) == []
        uow.quiet.touch()
        silence = uow.quiet.add_silence(SILENCE)
        uow.commit()
    for opened in (here, there, open_read_only(engine)):
        with opened() as uow:
            assert list(uow.quiet.book(NOW).silences) == [silence]
            assert uow.quiet.book(NOW) is uow.quiet.book(NOW)


def test_who_holds_what_is_in_force_keeps_it(postgresql: Engine) -> None:
    """A silence ends only after alerts that it mutes are stored, so that none is overlooked."""
    stores = Stores(open_unit_of_work(postgresql), open_read_only(postgresql))
    with postgresql.begin() as connection:
        connection.execute(text("TRUNCATE device, silence CASCADE"))
        connection.execute(text("DELETE FROM quiet_revision"))
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.quiet.touch()
        uow.quiet.add_silence(SILENCE)
        uow.commit()
    seen: list[int] = []

    def end() -> None:
        with stores.open() as uow:
            uow.quiet.touch()
            seen.append(len(uow.quiet.running_mutes(MuteSource.SILENCE, 1)))
            uow.commit()

    ending = Thread(target=end)
    with stores.open() as uow:
        uow.quiet.book(NOW)
        assert uow.quiet.settle()
        ending.start()
        ending.join(0.2)
        uow.alerts.add(an_alert())
        uow.quiet.mute(a_mute())
        uow.commit()
    ending.join(10)

    assert seen == [1]
    with stores.open() as uow:
        uow.quiet.book(NOW)
        with stores.open() as other:
            other.quiet.touch()
            other.commit()
        assert not uow.quiet.settle()


def test_alerts_are_listed_newest_first(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    first = an_alert("a001", opened_at=NOW)
    quiet = an_alert("a002", opened_at=NOW + HOUR, suppressed_reason="silence 1", rule_id="mem")
    closed = an_alert("a003", opened_at=NOW + 2 * HOUR, status="closed", device_id=TWO)
    with stores.open() as uow:
        for alert in (first, quiet, closed):
            uow.alerts.add(alert)
        uow.commit()

    with stores.read() as uow:
        alerts = uow.alerts
        assert list(alerts.list(AlertFilter(), limit=9)) == [closed, quiet, first]
        assert list(alerts.list(AlertFilter(), limit=1)) == [closed]
        behind = (quiet.opened_at, quiet.alert_id)
        assert list(alerts.list(AlertFilter(), limit=9, after=behind)) == [first]
        assert list(alerts.list(STANDING, limit=9)) == [quiet, first]
        assert list(alerts.list(AlertFilter(suppressed=True), limit=9)) == [quiet]
        assert list(alerts.list(AlertFilter(suppressed=False), limit=9)) == [closed, first]
        assert list(alerts.list(AlertFilter(device_id=TWO), limit=9)) == [closed]
        assert list(alerts.list(AlertFilter(rule_id="mem"), limit=9)) == [quiet]
        since = AlertFilter(opened_since=NOW + HOUR)
        assert list(alerts.list(since, limit=9)) == [closed, quiet]
        assert alerts.get(first.alert_id) == first
