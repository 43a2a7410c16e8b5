"""A device's state survives its row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.agent_status import AgentStatus
from sickbay_collector.core.health.days import ScoreDay
from sickbay_collector.core.health.model import Category
from sickbay_collector.core.judge import judge
from sickbay_collector.core.lane import Lane, LaneMark
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, VolumeFacts
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.state_codec import StateEncoder, decode_state, encode_state
from tests.collector.core.judging import FACTS, NOW, a_record, a_sample
from tests.kit.examples import FEW

_TEXT = st.text(max_size=12)
_TIMES = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2099, 12, 31),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
_MARKS = st.builds(
    LaneMark,
    st.binary(min_size=16, max_size=16),
    st.integers(1, 2**63 - 1),
    st.binary(max_size=256),
)
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 2**62)
_STATES = st.builds(
    DeviceState,
    marks=st.dictionaries(st.sampled_from(Lane), _MARKS),
    observed_at=st.none() | _TIMES,
    boot_id=_TEXT,
    latest=st.dictionaries(_TEXT, st.dictionaries(_TEXT, _NUMBERS, max_size=3), max_size=3),
    volumes=st.dictionaries(
        _TEXT, st.builds(VolumeFacts, mount_point=_TEXT, is_system=st.booleans()), max_size=3
    ),
    drives=st.dictionaries(_TEXT, st.sampled_from(Medium), max_size=3),
    absences=st.lists(
        st.builds(Absence, topic=_TEXT, kind=st.sampled_from(AbsenceKind), reason=_TEXT), max_size=3
    ).map(tuple),
    failed_units=st.lists(_TEXT, max_size=3).map(tuple),
    failed_probes=st.lists(_TEXT, max_size=3).map(tuple),
    sections=st.dictionaries(_TEXT, st.binary(min_size=32, max_size=32), max_size=3),
    section_absences=st.dictionaries(_TEXT, _TEXT, max_size=3),
    platform=st.sampled_from(["linux", "windows", "macos"]),
    agent=st.none()
    | st.builds(
        AgentStatus, uptime_s=st.none() | st.floats(0, 1e9), rss_bytes=st.integers(0, 2**50)
    ),
    lost_records=st.integers(0, 2**62),
    clone_suspected_at=st.none() | _TIMES,
    truncated=st.booleans(),
)


@FEW
@given(_STATES)
def test_what_was_encoded_is_decoded(state: DeviceState) -> None:
    """Every field comes back as it was, times to the microsecond."""
    assert state == decode_state(encode_state(state))


def test_a_row_of_before_agents_said_how_they_fare_is_read() -> None:
    plain = orjson.loads(encode_state(DeviceState(agent=AgentStatus(rss_bytes=1))))
    without = orjson.dumps({name: one for name, one in plain.items() if name != "agent"})
    shorter = orjson.dumps(plain | {"agent": [60.0]})

    assert decode_state(without).agent is None
    assert decode_state(shorter).agent == AgentStatus(sample_interval_s=60.0)


def test_a_row_of_before_scores_of_days_were_kept_is_read() -> None:
    yesterday = ScoreDay(at=NOW, score=88.25, lost={Category.STORAGE: 11.75, Category.CAPACITY: 0})
    plain = orjson.loads(encode_state(DeviceState(score_days=(yesterday,))))
    without = orjson.dumps({name: one for name, one in plain.items() if name != "score_days"})

    assert decode_state(orjson.dumps(plain)).score_days == (yesterday,)
    assert decode_state(without).score_days == ()


def test_memories_of_alerts_and_score_are_decoded() -> None:
    """What rules and score remember after a course of samples comes back as well."""
    rules, state = load_rules([]), DeviceState()
    for minute in range(40):
        at = NOW + timedelta(minutes=minute, microseconds=minute)
        sample = a_sample(at, free_ratio=0.001 if minute > 5 else 0.4)
        state = judge(state, a_record(sample, seq=minute + 1), rules, FACTS, now=at).state

    assert state.alerts.open_count
    assert state == decode_state(encode_state(state))


def test_successive_states_are_written_as_if_alone() -> None:
    """What the encoder keeps of the state before never shows in the next."""
    encoder = StateEncoder()
    first = DeviceState(failed_units=("cups.service",), sections={"os": b"1" * 32})
    second = replace(first, failed_units=(), boot_id="other")

    written = [encoder.encode(state) for state in (first, second, first)]

    assert [decode_state(data) for data in written] == [first, second, first]
    assert [encode_state(state) for state in (first, second, first)] == written
