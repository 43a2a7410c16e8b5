"""The synthetic fleet: the same from the same seed, within office hours, free of refused values."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.v1 import telemetry_pb2
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.record import Report
from sickbay_collector.core.sample import Sample
from sickbay_collector.rpc.decode import decode_report
from sickbay_collector.simulator.fleet.course import Batch, Span, batches
from sickbay_collector.simulator.fleet.device import LARGEST_SEED, Ailment, make_device
from sickbay_collector.simulator.fleet.presence import DAY_S, Hours
from tests.kit.examples import FEW

MONDAY_S = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
SATURDAY_S = MONDAY_S + 5 * DAY_S


def span(
    *, since_s: int = MONDAY_S, days: float = 5, interval_s: int = 300, hours: Hours = Hours.OFFICE
) -> Span:
    until_s = since_s + int(days * DAY_S)
    return Span(since_s=since_s, until_s=until_s, interval_s=interval_s, hours=hours)


def taken(batch: Batch) -> list[int]:
    """Return when a batch's samples were taken."""
    return [telemetry_pb2.Record.FromString(body).observe_time.seconds for body in batch.bodies]


def well(seed: int = 1) -> int:
    """Return the number of a device of office hours without an ailment."""
    fleet = (make_device(seed, number) for number in range(1000))
    return next(one.number for one in fleet if one.ailment is Ailment.NONE and not one.is_always_on)


def test_same_seed_gives_the_same_fleet() -> None:
    """Every byte follows from seed, number and span."""
    first, second = (
        [batch for number in range(20) for batch in _course(seed=7, number=number)]
        for _ in range(2)
    )

    assert first == second


def test_another_seed_gives_another_fleet() -> None:
    assert _course(seed=7, number=3) != _course(seed=8, number=3)


def test_a_part_of_a_day_has_the_samples_of_the_whole() -> None:
    """What a device says of noon does not depend on whether the morning was asked for."""
    device = make_device(1, well())
    whole = list(batches(device, span(days=1), size=1, by_session=True))
    noon_s = MONDAY_S + DAY_S // 2
    part = list(batches(device, span(since_s=noon_s, days=0.5), size=1, by_session=True))

    assert [batch for batch in whole if batch.due_s >= noon_s] == part


def test_office_devices_are_on_by_day_only() -> None:
    """Nobody comes before 7 or stays after 19; devices that are left on are another kind."""
    at = [
        (moment - MONDAY_S) % DAY_S
        for number in range(60)
        if not make_device(1, number).is_always_on
        for batch in _course(number=number)
        for moment in taken(batch)
    ]

    assert min(at) >= 7 * 3600
    assert max(at) < 19 * 3600


def test_few_work_at_weekends() -> None:
    by_day = [
        sum(
            any(True for _ in batches(make_device(1, number), asked, size=100, by_session=True))
            for number in range(100)
        )
        for asked in (span(days=1), span(since_s=SATURDAY_S, days=1))
    ]

    assert by_day[0] > 80
    assert by_day[1] < 25


def test_always_on_has_every_interval() -> None:
    device = make_device(1, well())
    moments = [
        moment
        for batch in batches(device, span(days=2, hours=Hours.ALWAYS), size=100, by_session=True)
        for moment in taken(batch)
    ]

    assert {300} == {after - before for before, after in pairwise(moments)}
    assert len(moments) == 2 * DAY_S // 300


@pytest.mark.parametrize("size", [1, 5, 100])
def test_batches_hold_at_most_their_size(size: int) -> None:
    sizes = {
        len(batch.bodies)
        for batch in batches(make_device(1, well()), span(), size=size, by_session=False)
    }

    assert max(sizes) == size


def test_a_batch_by_session_says_goodbye_at_its_end() -> None:
    """An agent sends what it has before it sleeps or shuts down."""
    found = list(batches(make_device(1, well()), span(days=1), size=5, by_session=True))
    said = [batch.goodbye for batch in found]

    assert said[-1] != telemetry_pb2.GOODBYE_UNSPECIFIED
    assert said[0] == telemetry_pb2.GOODBYE_UNSPECIFIED


def test_restarts_begin_a_new_boot() -> None:
    """A desktop is restarted each day, and its samples say so."""
    number = next(number for number in range(1000) if make_device(1, number).boot_cycle_days == 1)
    boots = {
        telemetry_pb2.Record.FromString(body).boot_id
        for batch in _course(number=number)
        for body in batch.bodies
    }

    assert 3 <= len(boots) <= 5


@pytest.mark.parametrize("ailment", [*Ailment])
def test_a_fleet_of_two_hundred_has_every_ailment(ailment: Ailment) -> None:
    found = {make_device(1, number).ailment for number in range(200)}

    assert ailment in found


@pytest.mark.parametrize(
    ("ailment", "shows"),
    [
        pytest.param(
            Ailment.FULL_DISK,
            lambda sample: min(sample.readings["volume.free_ratio"].values()) < 0.1,
            id="full disk",
        ),
        pytest.param(
            Ailment.FAILING_DRIVE,
            lambda sample: any(sample.readings.get("drive.smart_failed", {}).values()),
            id="failing drive",
        ),
        pytest.param(
            Ailment.MEMORY_HOG, lambda sample: "crash.oom_kills" in sample.readings, id="memory hog"
        ),
        pytest.param(
            Ailment.UPDATES_OVERDUE,
            lambda sample: _value(sample, "updates.security_age_s") > 14 * DAY_S,
            id="updates overdue",
        ),
        pytest.param(
            Ailment.NEVER_REBOOTS,
            lambda sample: _value(sample, "updates.reboot_pending_age_s") > 14 * DAY_S,
            id="never reboots",
        ),
    ],
)
def test_an_ailment_shows_within_its_cycle(
    ailment: Ailment, shows: Callable[[Sample], bool]
) -> None:
    """Within 70 days, the longest cycle, each ailment is bad enough for its rule."""
    sick = next(n for n in range(1000) if make_device(1, n).ailment is ailment)
    seventy = span(days=70, interval_s=1800)

    assert any(shows(sample) for sample in _decoded(1, sick, seventy))
    assert not any(shows(sample) for sample in _decoded(1, well(), seventy))


@FEW
@given(
    seed=st.integers(0, LARGEST_SEED),
    number=st.integers(0, 99_999),
    since_s=st.integers(978_307_200, 4_000_000_000),
    interval_s=st.integers(60, 3600),
    hours=st.sampled_from(Hours),
)
def test_no_value_is_refused(
    *, seed: int, number: int, since_s: int, interval_s: int, hours: Hours
) -> None:
    """Whatever is generated passes the collector's decoder without a refused value.

    From 2001 on: the decoder takes no moments before 2000, and boots lie before the first sample.
    """
    asked = span(since_s=since_s, days=1, interval_s=interval_s, hours=hours)
    refused = [
        record.refused_values if isinstance(record.content, Sample) else -1
        for batch in batches(make_device(seed, number), asked, size=100, by_session=False)
        for record in _report(batch).records
    ]

    assert {0} | set(refused) == {0}


def test_the_ending_is_none_for_devices_that_stay_on() -> None:
    on = next(n for n in range(1000) if make_device(1, n).is_always_on)
    said = {batch.goodbye for batch in _course(number=on)}

    assert said == {telemetry_pb2.GOODBYE_UNSPECIFIED}


def _course(*, seed: int = 1, number: int) -> list[Batch]:
    return list(batches(make_device(seed, number), span(), size=100, by_session=False))


def _decoded(seed: int, number: int, asked: Span) -> Iterator[Sample]:
    for batch in batches(make_device(seed, number), asked, size=100, by_session=False):
        for record in _report(batch).records:
            if isinstance(record.content, Sample):
                yield record.content


def _report(batch: Batch) -> Report:
    request = telemetry_pb2.ReportRequest(platform="linux")
    for seq, body in enumerate(batch.bodies, start=1):
        request.envelopes.add(
            lane=telemetry_pb2.LANE_SAMPLES,
            spool_epoch=bytes(16),
            seq=seq,
            body_version=1,
            body=body,
        )
    received_at = datetime.fromtimestamp(batch.due_s, UTC)
    return decode_report(request, device_id=DeviceId("d"), received_at=received_at)


def _value(sample: Sample, metric: str) -> float:
    return sample.readings.get(metric, {}).get("", 0.0)
