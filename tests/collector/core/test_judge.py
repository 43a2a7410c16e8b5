"""One record judged: what it changes, and that judging it again changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.judge import Judgement, Verdict, judge
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.record import Gap, InventoryHashes, Record, Refused, UserProblem
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.rulebook import load_rules
from tests.collector.core.judging import FACTS, NOW, a_record, a_sample
from tests.kit.examples import FEW

_GAP = Gap(lane=Lane.SAMPLES, first_seq=1, last_seq=9, count=9, reason="full")
_INVENTORY = InventoryHashes(
    observed_at=NOW, hashes={"os": b"h" * 32}, absences={"system": "no DMI"}
)
_PROBLEM = UserProblem(observed_at=NOW, text="it is slow", user_name="ada")


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """The default pack."""
    return load_rules([])


def judged(state: DeviceState, record: Record, rules: RuleSet) -> Judgement:
    return judge(state, record, rules, FACTS, now=NOW)


@pytest.mark.parametrize(
    ("record", "verdict", "reason"),
    [
        pytest.param(a_record(a_sample()), Verdict.OK, "", id="sample"),
        pytest.param(a_record(_GAP, lane=Lane.EVENTS), Verdict.OK, "", id="gap"),
        pytest.param(a_record(_INVENTORY, lane=Lane.STATE), Verdict.OK, "", id="inventory"),
        pytest.param(a_record(_PROBLEM, lane=Lane.EVENTS), Verdict.OK, "", id="problem"),
        pytest.param(a_record(Refused("bad")), Verdict.REJECTED, "bad", id="refused"),
    ],
)
def test_a_record_is_new_once(
    record: Record, verdict: Verdict, reason: str, rules: RuleSet
) -> None:
    """It is answered for good and moves its lane's mark; the second time it changes nothing."""
    first = judged(DeviceState(), record, rules)
    again = judged(first.state, record, rules)

    assert (verdict, reason) == (first.verdict, first.reason)
    assert record.seq == first.state.marks[record.lane].seq
    assert again.verdict == Verdict.DUPLICATE
    assert again.state is first.state
    assert again.changes == ()


def test_a_sample_is_remembered(rules: RuleSet) -> None:
    """What the newest sample says is the device's latest; the slow metrics of before stay."""
    before = DeviceState(latest={"boot.duration_s": {"": 12.0}}, platform="windows")

    after = judged(before, a_record(a_sample()), rules).state

    assert after.observed_at == NOW
    assert after.latest["boot.duration_s"] == {"": 12.0}
    assert after.latest["cpu.busy_ratio"] == {"": 0.1}
    assert (after.boot_id, after.platform) == ("boot-1", "windows")


def test_inventory_and_gaps_are_remembered(rules: RuleSet) -> None:
    """Hashes replace those of before; lost records add up."""
    state = DeviceState(sections={"cpu": b"x" * 32}, lost_records=1)
    state = judged(state, a_record(_INVENTORY, lane=Lane.STATE), rules).state
    state = judged(state, a_record(_GAP, lane=Lane.EVENTS), rules).state

    assert state.sections == {"os": b"h" * 32}
    assert state.section_absences == {"system": "no DMI"}
    assert state.lost_records == 10


def test_a_clone_is_suspected_and_overwrites_nothing(rules: RuleSet) -> None:
    """Another content under a known seq is refused with the reason, and only that is noted."""
    state = judged(DeviceState(), a_record(a_sample()), rules).state
    copied = a_record(a_sample(free_ratio=0.001))

    actual = judged(state, copied, rules)

    assert actual.verdict == Verdict.REJECTED
    assert "two agents run from one copied state directory" in actual.reason
    assert replace(state, clone_suspected_at=NOW) == actual.state


def test_a_full_volume_opens_an_alert_once(rules: RuleSet) -> None:
    """The alert that a course of samples opens is not opened again by their repetition."""
    records = [
        a_record(a_sample(NOW + timedelta(minutes=minute), free_ratio=0.001), seq=minute + 1)
        for minute in range(30)
    ]
    state, opened = DeviceState(), 0
    for record in [one for each in records for one in (each, each, records[0])]:
        found = judged(state, record, rules)
        state, opened = found.state, opened + len(found.changes)

    assert opened == 1
    assert state.alerts.open_count == 1


_CONTENTS = st.sampled_from(
    [
        _GAP,
        _PROBLEM,
        _INVENTORY,
        Refused("bad"),
        *(a_sample(NOW, free_ratio=ratio) for ratio in (0.5, 0.02, 0.001)),
    ]
)
_BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from(list(Lane)), _CONTENTS), min_size=1, max_size=4),
    min_size=1,
    max_size=8,
)


def numbered(batches: list[list[tuple[Lane, object]]]) -> list[list[Record]]:
    """Give each record the next seq of its lane, and each sample the next minute."""
    seqs = dict.fromkeys(Lane, 0)
    made: list[list[Record]] = []
    for batch in batches:
        made.append([])
        for lane, content in batch:
            seqs[lane] += 1
            at = NOW + timedelta(minutes=sum(seqs.values()))
            moved = replace(content, observed_at=at) if hasattr(content, "readings") else content  # type: ignore[type-var]
            made[-1].append(a_record(moved, seq=seqs[lane], lane=lane))  # type: ignore[arg-type]
    return made


@FEW
@given(_BATCHES, st.data())
def test_any_delivery_equals_each_record_once(
    batches: list[list[tuple[Lane, object]]], data: st.DataObject
) -> None:
    """Lost answers, repeats and late copies of old batches leave what one delivery leaves."""
    rules = load_rules([])
    sent = numbered(batches)
    once = DeviceState()
    for record in [record for batch in sent for record in batch]:
        once = judged(once, record, rules).state

    state, accepted = DeviceState(), 0
    for position, batch in enumerate(sent):
        # The batch, again because its answer was lost, and copies that were held up on the way.
        late = data.draw(st.lists(st.integers(0, position), max_size=3))
        for record in [*batch, *(record for index in late for record in sent[index])]:
            found = judged(state, record, rules)
            state, accepted = found.state, accepted + (found.verdict is not Verdict.DUPLICATE)

    assert once == state
    assert sum(map(len, sent)) == accepted
