"""What the engine remembers, and its stored form."""

import json
from datetime import timedelta

import pytest

from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.alerts.state import (
    DAYS,
    MAX_STATES,
    AlertMemory,
    AlertState,
    Phase,
)
from sickbay_collector.core.errors import InvalidError
from tests.collector.core.alerts.build import START

FULL = AlertState(
    phase=Phase.CLEARING,
    since=START,
    read_at=START + timedelta(microseconds=1),
    raised_since=START - timedelta(days=3),
    held_s=86399.5,
    reads=99999,
    bits=2**21 - 1,
    flapping=True,
    evidence_at=START,
    urgency=1,
    low=0.0,
    high=0.98765,
    muted="",
    label="/srv/projects/archive",
    days=3,
    day_ends_at=START + timedelta(days=1),
    events=((START, 2.0), (START + timedelta(seconds=1.5), 1.0)),
)


def test_comes_back_from_json() -> None:
    memory = AlertMemory(states={"a|b|c": FULL}, last_at=START, day=740000, day_bits=5)

    assert AlertMemory.from_plain(json.loads(json.dumps(memory.to_plain()))) == memory
    assert AlertMemory.from_plain({}) == AlertMemory()
    assert AlertMemory().to_plain() == {}


def test_fits_into_the_state_row() -> None:
    """As many open alerts as are kept, on volumes named by UUID, take less than 4 KiB."""
    one = AlertState(
        phase=Phase.OPEN,
        since=START,
        read_at=START + timedelta(days=2),
        raised_since=START - timedelta(hours=6),
        held_s=0,
        reads=3210,
        bits=2**21 - 1,
        evidence_at=START + timedelta(days=1),
        urgency=2,
        low=0.0312,
        high=0.0498,
        label="/srv/projects/archive",
    )
    states = {f"disk.full.warn|{number:036}": one for number in range(MAX_STATES)}
    text = json.dumps(AlertMemory(states=states, last_at=START).to_plain(), separators=(",", ":"))

    assert len(text) < 4096


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param({"states": []}, id="states are a list"),
        pytest.param({"states": {"a|": 1}}, id="state is a number"),
        pytest.param({"states": {"a|": {"p": "open"}}}, id="state without time"),
        pytest.param({"states": {"a|": {"p": "odd", "s": 1, "r": 0, "rs": 0}}}, id="odd phase"),
        pytest.param({"states": {"a|": {"p": "ok", "s": 1, "e": 1}}}, id="events are a number"),
        pytest.param({"states": {"a|": {"p": "ok", "s": 1, "e": [1]}}}, id="event is a number"),
        pytest.param({"at": "noon"}, id="time is a text"),
        pytest.param({"at": 1e30}, id="time out of range"),
        pytest.param({"day": True}, id="day is a flag"),
    ],
)
def test_refuses_what_it_did_not_write(plain: dict[str, Plain]) -> None:
    with pytest.raises(InvalidError, match="stored alert memory cannot be read"):
        AlertMemory.from_plain(plain)


def test_days_of_use() -> None:
    memory = AlertMemory().with_active_day(100).with_active_day(102).with_active_day(101)

    assert memory.active_days(102, 3) == 3
    assert memory.active_days(102, 1) == 1
    assert memory.active_days(104, 3) == 1
    assert memory.active_days(110, 3) == 0
    assert memory.with_active_day(102) is memory


def test_days_long_ago_are_forgotten() -> None:
    memory = AlertMemory().with_active_day(100)

    assert memory.with_active_day(100 + DAYS - 1).active_days(100 + DAYS - 1, DAYS) == 2
    assert memory.with_active_day(100 + DAYS).day_bits == 1
    assert memory.with_active_day(100 - DAYS) is memory
