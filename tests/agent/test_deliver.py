from collections.abc import Sequence
from dataclasses import replace

import pytest

from sickbay_agent.exchange import (
    DEADLINE_S,
    MAX_REPORT_BYTES,
    Answer,
    CallError,
    LaneMark,
    RecordResult,
    RecordStatus,
    Report,
    SectionResult,
    Settings,
    Upload,
)
from sickbay_agent.model.record import Lane
from sickbay_agent.settings import behaviour
from sickbay_agent.spool.frame import MAX_BODY_BYTES
from tests.agent.conftest import START, Rig
from tests.agent.fake_collector import Failure, FakeCollector


class Changing(FakeCollector):
    """A collector whose answers are tampered with."""

    def __init__(self, inner: FakeCollector, **changes: object) -> None:
        super().__init__(inner.core)
        self.changes = changes

    def report(self, report: Report, *, deadline_s: float = DEADLINE_S) -> Answer:
        answer = super().report(report, deadline_s=deadline_s)
        return replace(answer, **self.changes)  # type: ignore[arg-type]


def deliver(rig: Rig, collector: FakeCollector | None = None) -> bool:
    """Send one batch; return whether more waits."""
    delivered = rig.courier.deliver(
        collector or rig.collector, now=START, behaviour=behaviour(rig.config, Settings())
    )
    return delivered.is_more


def waiting(rig: Rig) -> int:
    return sum(depth.records for depth in rig.spool.depths.values())


def test_lanes_go_in_order_events_samples_state(rig: Rig) -> None:
    for lane in (Lane.STATE, Lane.SAMPLES, Lane.EVENTS, Lane.SAMPLES):
        rig.spool.append(lane, b"body", START)
    is_more = deliver(rig)
    (report,) = rig.core.reports

    assert [(record.lane, record.seq) for record in report.records] == [
        (Lane.EVENTS, 1),
        (Lane.SAMPLES, 1),
        (Lane.SAMPLES, 2),
        (Lane.STATE, 1),
    ]
    assert not is_more
    assert waiting(rig) == 0


@pytest.mark.parametrize(
    ("count", "sent"), [pytest.param(100, 100, id="at"), pytest.param(101, 100, id="past")]
)
def test_a_batch_has_at_most_a_hundred_records(rig: Rig, count: int, sent: int) -> None:
    for _ in range(count):
        rig.spool.append(Lane.SAMPLES, b"body", START)
    is_more = deliver(rig)

    assert len(rig.core.reports[0].records) == sent
    assert is_more == (count > sent)


def test_a_batch_stays_below_a_mebibyte(rig: Rig) -> None:
    for _ in range(3):
        rig.spool.append(Lane.SAMPLES, b"x" * 400_000, START)
    rig.spool.append(Lane.EVENTS, b"x" * MAX_BODY_BYTES, START)
    while deliver(rig):
        pass
    sizes = [sum(len(one.body) + 64 for one in report.records) for report in rig.core.reports]

    assert max(sizes) <= MAX_REPORT_BYTES
    assert [len(report.records) for report in rig.core.reports] == [1, 2, 1]


def test_a_report_says_how_the_agent_fares(rig: Rig) -> None:
    """What waits is what the batch had no room for; the disk holds it all."""
    for _ in range(130):
        rig.spool.append(Lane.SAMPLES, b"body", START)
    deliver(rig)
    own = rig.core.reports[0].own

    assert own is not None
    assert (own.sample_interval_s, own.waiting_records) == (60, 30)
    assert own.spool_bytes >= 130 * len(b"body")
    assert (own.uptime_s, own.cpu_time_s, own.rss_bytes) == (3600.0, 7.2, 46_000_000)


def test_an_empty_report_is_a_report(rig: Rig) -> None:
    deliver(rig)

    assert rig.core.reports[0].records == ()


def test_a_lost_answer_costs_nothing(rig: Rig) -> None:
    """The records are sent again and known already; nothing is stored twice or lost."""
    rig.spool.append(Lane.SAMPLES, b"body", START)
    key = (Lane.SAMPLES, rig.spool.epoch(Lane.SAMPLES), 1)
    rig.core.stored[key] = b"body"
    deliver(rig)

    assert waiting(rig) == 0
    assert list(rig.core.stored) == [key]


def test_a_refused_record_is_set_aside_and_holds_up_no_other(rig: Rig) -> None:
    rig.core.rejected.add(b"poison")
    for body in (b"first", b"poison", b"last", b"poison"):
        rig.spool.append(Lane.SAMPLES, body, START)
    deliver(rig)
    quarantine = (rig.folder / "spool" / "quarantine.jsonl").read_text()

    assert waiting(rig) == 0
    assert sorted(rig.core.stored.values()) == [b"first", b"last"]
    assert quarantine.count('"reason": "odd"') == 2


def test_a_failed_call_forgets_nothing(rig: Rig) -> None:
    rig.spool.append(Lane.SAMPLES, b"body", START)
    rig.core.failures.append(Failure("INTERNAL"))
    with pytest.raises(CallError):
        deliver(rig)

    assert waiting(rig) == 1


def test_ok_without_a_durable_mark_forgets_nothing(rig: Rig) -> None:
    rig.spool.append(Lane.SAMPLES, b"body", START)
    with pytest.raises(CallError, match="left all records open"):
        deliver(rig, Changing(rig.collector, marks=()))

    assert waiting(rig) == 1


def test_a_status_that_is_not_known_forgets_nothing(rig: Rig) -> None:
    rig.spool.append(Lane.SAMPLES, b"body", START)
    result = RecordResult(lane=Lane.SAMPLES, seq=1, status=RecordStatus.OTHER)
    with pytest.raises(CallError, match="left all records open"):
        deliver(rig, Changing(rig.collector, results=(result,), marks=()))

    assert waiting(rig) == 1


def test_an_answer_for_another_number_of_records_is_an_error(rig: Rig) -> None:
    rig.spool.append(Lane.SAMPLES, b"body", START)
    with pytest.raises(CallError, match="judged 0 records of 1"):
        deliver(rig, Changing(rig.collector, results=()))

    assert waiting(rig) == 1


def test_a_mark_from_the_future_begins_a_new_epoch_and_sends_again(rig: Rig) -> None:
    """The spool was restored from a copy: what it holds would pass for duplicates."""
    rig.spool.append(Lane.SAMPLES, b"body", START)
    epoch = rig.spool.epoch(Lane.SAMPLES)
    mark = LaneMark(lane=Lane.SAMPLES, epoch=epoch, seq=500)
    with pytest.raises(CallError):
        deliver(rig, Changing(rig.collector, marks=(mark,)))
    deliver(rig)

    assert rig.spool.epoch(Lane.SAMPLES) != epoch
    assert waiting(rig) == 0


def test_sections_are_uploaded_until_nothing_is_missing(rig: Rig) -> None:
    rig.observer.observe(slow=True, process_names=True, watch_lines=())
    state = rig.observer.inventory._state
    assert state is not None
    wanted = state.sections[0].hash
    rig.core.missing = (wanted, b"u" * 32)
    is_more = deliver(rig)

    assert list(rig.core.sections) == [wanted]
    assert not is_more


def test_a_refused_section_is_not_offered_again(rig: Rig) -> None:
    rig.observer.observe(slow=True, process_names=True, watch_lines=())
    state = rig.observer.inventory._state
    assert state is not None
    wanted = state.sections[0].hash
    rig.core.missing = (wanted,)
    rig.core.rejected.add(wanted)
    first, second = deliver(rig), deliver(rig)

    assert (first, second) == (False, False)
    assert rig.core.sections == {}


class FailsUploads(FakeCollector):
    """A collector whose first upload fails."""

    def upload_sections(self, uploads: Sequence[Upload]) -> tuple[SectionResult, ...]:
        if not self.core.failures:
            self.core.failures.append(Failure("UNAVAILABLE"))
        return super().upload_sections(uploads)


def test_a_failed_upload_is_tried_again_with_the_next_report(rig: Rig) -> None:
    rig.observer.observe(slow=True, process_names=True, watch_lines=())
    state = rig.observer.inventory._state
    assert state is not None
    rig.core.missing = (state.sections[0].hash,)
    with pytest.raises(CallError):
        deliver(rig, FailsUploads(rig.core))
    rig.core.missing = ()
    deliver(rig)

    assert list(rig.core.sections) == [state.sections[0].hash]
    assert waiting(rig) == 0
