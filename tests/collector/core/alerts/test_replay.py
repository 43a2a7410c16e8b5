"""A rule is tried over the past by the engine itself: what it says is what it would have done."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.alerts.condition import AnyOf, Gone
from sickbay_collector.core.alerts.engine import evaluate
from sickbay_collector.core.alerts.replay import (
    LONGEST_S,
    SHORTEST_S,
    Holding,
    Past,
    Verdict,
    holding_of,
    look_back,
    metrics_of,
    reach_s,
    tried_with,
    untold,
)
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.state import AlertMemory
from sickbay_collector.core.sample import Sample, VolumeFacts
from sickbay_collector.core.state import DeviceState
from tests.collector.core.alerts.build import BAD, GOOD, MINUTE, START, device, rule, rules

METRIC, HERE = "volume.inodes_free_ratio", "root"
STATE = DeviceState(volumes={HERE: VolumeFacts(mount_point="/", is_system=True)})
Readings = Mapping[int, float | None]
"""Minutes after the start -> reading; None for a sample without one."""


def past(readings: Readings, metric: str = METRIC, **others: Sequence[int]) -> Past:
    """Return the history of these samples, and of other metrics that are 1 at some minutes."""
    said = [(START + at * MINUTE, value) for at, value in readings.items() if value is not None]
    uptime = [(START + at * MINUTE, 1e6 + 60 * at) for at in readings]
    more = {
        (name.replace("__", "."), HERE): [(START + at * MINUTE, 1.0) for at in minutes]
        for name, minutes in others.items()
    }
    return {(metric, HERE): said, ("boot.uptime_s", ""): uptime, **more}


def tried(one: Rule, readings: Past, *in_force: Rule, state: DeviceState = STATE) -> Holding:
    """Return what became of a rule at the one volume."""
    found = look_back(tried_with(one, in_force), one.id, readings, state, device())
    return holding_of(found, HERE)


def minutes(begin: int, end: int, value: float | None) -> dict[int, float | None]:
    """Return a reading for each minute."""
    return dict.fromkeys(range(begin, end), value)


def test_what_lasts_long_enough_is_open_since_then() -> None:
    """And stays so between the two conditions."""
    found = tried(rule(), past(minutes(0, 3, GOOD) | minutes(3, 30, BAD)))

    assert found == Holding(verdict=Verdict.OPEN, since=START + 8 * MINUTE)


def test_what_does_not_waits_and_says_for_what() -> None:
    found = tried(rule(for_="1h"), past(minutes(0, 3, GOOD) | minutes(3, 13, BAD)))

    assert (found.verdict, found.since) == (Verdict.WAITS, START + 3 * MINUTE)
    assert found.why == "9 min of 60 min"


def test_what_was_so_before_history_begins_is_not_told() -> None:
    found = tried(rule(for_="1h"), past(minutes(0, 10, BAD)))

    assert found.verdict is Verdict.UNKNOWN
    assert found.why == "it was so before its history begins; 9 min of 60 min since"


def test_time_that_nobody_saw_does_not_count() -> None:
    """As while the device slept."""
    readings = minutes(0, 1, GOOD) | minutes(1, 4, BAD) | minutes(60, 62, BAD)

    assert tried(rule(), past(readings)).why == "3 min of 5 min"


def test_a_rule_that_is_in_force_mutes() -> None:
    """One that is not there any more, or not named, has no say."""
    other = rule(id="disk.full", metric="volume.free_ratio", family="disk.full")
    readings = past(minutes(0, 1, GOOD) | minutes(1, 30, BAD))
    readings = {**readings, ("volume.free_ratio", HERE): readings[METRIC, HERE]}
    muted = tried(rule(muted_by=["disk.full"]), readings, other)

    assert (muted.verdict, "disk.full" in muted.why) == (Verdict.MUTED, True)
    assert tried(rule(muted_by=["disk.full"]), readings).verdict is Verdict.OPEN
    assert tried(rule(), readings, other).verdict is Verdict.OPEN


def test_days_of_use_and_readings_are_waited_for() -> None:
    """Of the days, what the device's state remembers."""
    day = START.toordinal()
    new = DeviceState(volumes=STATE.volumes, alerts=AlertMemory(day=day, day_bits=0b11))
    readings = past(minutes(0, 1, GOOD) | minutes(1, 30, BAD))
    days = rule(active_days={"at_least": 3, "of": 5})

    assert tried(days, readings, state=new).why == "in use on 2 of the last 5 days, not on 3"
    assert tried(rule(reads=40), readings).why == "29 of 40 readings"


def test_what_history_does_not_have_is_unknown() -> None:
    assert tried(rule(), past({})).verdict is Verdict.UNKNOWN
    assert tried(rule(), past(minutes(0, 9, GOOD))).verdict is Verdict.UNKNOWN


def test_what_history_cannot_tell_is_said() -> None:
    plain = rule()
    gone = replace(plain, raise_when=AnyOf(parts=(plain.raise_when, Gone())))

    assert "does not keep which volumes" in untold(gone)
    assert untold(plain) == ""
    assert untold(rule(for_="15d")) == "only 14 d are looked at"


@pytest.mark.parametrize(
    ("for_", "expected"),
    [("5m", SHORTEST_S), ("1d", 2 * 86_400.0), ("10d", LONGEST_S)],
)
def test_it_looks_back_twice_as_long_as_a_rule_waits(for_: str, expected: float) -> None:
    assert expected == reach_s(rule(for_=for_))


def test_only_what_has_a_say_is_read() -> None:
    other = rule(id="disk.full", metric="volume.free_ratio", family="disk.full")

    found = metrics_of(tried_with(rule(muted_by=["disk.*"]), [other]))

    assert found == {METRIC, "volume.free_ratio", "boot.uptime_s", "session.user_idle_s"}


def test_it_comes_to_what_the_engine_came_to() -> None:
    """Sample by sample, also where readings fail now and then."""
    readings = minutes(0, 20, GOOD) | minutes(20, 50, BAD) | {30: None, 31: None}
    memory = AlertMemory()
    for at, value in sorted(readings.items()):
        memory, _ = evaluate(memory, _sample(at, value), rules(), device(), now=_at(at))
        so_far = {one: said for one, said in readings.items() if one <= at}
        found = tried(rule(), past(so_far))
        state = memory.states.get(f"disk.inodes|{HERE}")
        assert (found.verdict is Verdict.OPEN) == (state is not None and state.is_standing)


def _at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def _sample(minute: int, value: float | None) -> Sample:
    readings = {"boot.uptime_s": {"": 1e6 + 60 * minute}}
    return Sample(
        observed_at=_at(minute),
        boot_id="",
        readings=readings if value is None else {**readings, METRIC: {HERE: value}},
        volumes=STATE.volumes,
        drives={},
    )
