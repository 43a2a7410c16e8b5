"""What a sample becomes: readings in range, facts, and a count of what was refused."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from sickbay.v1 import common_pb2
from sickbay.v1 import sample_pb2 as pb
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.sample import AbsenceKind, Medium, Sample
from sickbay_collector.core.text import NAME_BYTES
from sickbay_collector.db.frames import open_hour
from sickbay_collector.rpc.decode_sample import MAX_ITEMS, decode_sample
from tests.kit.device import timestamp
from tests.kit.examples import FEW
from tests.kit.samples import GIB, office_sample, volume

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def decoded(message: pb.Sample) -> tuple[Sample, int]:
    parsed = pb.Sample.FromString(message.SerializeToString())
    return decode_sample(parsed, observed_at=NOW, boot_id="boot-1")


def readings(**parts: object) -> dict[str, object]:
    sample, _ = decoded(pb.Sample(**parts))  # type: ignore[arg-type]
    return dict(sample.readings)


def test_an_office_sample() -> None:
    """All that it says is read, nothing refused, and ratios follow."""
    sample, refused = decoded(office_sample(free_bytes=64 * GIB, busy_ratio=0.25))

    assert refused == 0
    assert sample.readings["cpu.busy_ratio"] == {"": 0.25}
    assert sample.readings["memory.available_ratio"] == {"": 9 / 16}
    assert sample.readings["volume.free_ratio"]["uuid-of-/"] == 0.25
    assert sample.readings["volume.used_ratio"]["uuid-of-/"] == 0.75
    assert (
        sample.volumes["uuid-of-/"].mount_point,
        sample.volumes["uuid-of-/"].is_system,
    ) == ("/", True)
    assert sample.drives == {"S4EVNX0R123456": Medium.NVME}
    assert [(one.topic, one.kind) for one in sample.absences] == [
        ("battery", AbsenceKind.NOT_APPLICABLE)
    ]
    assert not sample.truncated


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.001, 1.001, 1e308])
def test_a_value_out_of_range_is_refused_alone(value: float) -> None:
    """The sample is kept, the value counted."""
    sample, refused = decoded(office_sample(busy_ratio=value))

    assert refused == 1
    assert "cpu.busy_ratio" not in sample.readings
    assert sample.readings["cpu.load_1m"] == {"": 0.7}


def test_absurd_counters_are_refused() -> None:
    """2**64-1 is what a driver says that does not know."""
    sample, refused = decoded(
        pb.Sample(
            memory=pb.MemorySample(total_bytes=2**64 - 1, available_bytes=2**64 - 1),
            drives=[pb.DriveSample(drive_id="d", power_on_hours=2**64 - 1, pending_sectors=2**63)],
        )
    )

    assert refused == 4
    assert not sample.readings


def test_a_share_of_absurd_sizes_is_none() -> None:
    """What is not known must not look half empty."""
    absurd = 2**64 - 1
    found, refused = decoded(
        pb.Sample(volumes=[pb.VolumeSample(volume_id="v", total_bytes=absurd, free_bytes=2**63)])
    )

    assert refused == 2
    assert found.readings == {"volume.read_only": {"v": 0.0}}


def test_free_inodes_that_were_not_told_are_not_none_left() -> None:
    found = readings(volumes=[pb.VolumeSample(volume_id="v", inodes_total=1000)])

    assert "volume.inodes_free_ratio" not in found


@pytest.mark.parametrize(
    ("topic", "kind", "expected"),
    [
        pytest.param("crashes/oom_kills", "UNKNOWN", {"": 0.0}, id="read"),
        pytest.param("crashes/failed_units", "UNKNOWN", None, id="not read"),
        pytest.param("crashes/failed_units", "NOT_APPLICABLE", {"": 0.0}, id="has no services"),
    ],
)
def test_failed_units_that_were_not_read_are_not_zero(
    topic: str, kind: str, expected: dict[str, float] | None
) -> None:
    """Else each of them would count as a new failure once the service manager answers again."""
    number = common_pb2.AbsenceKind.Value(f"ABSENCE_KIND_{kind}")
    absence = common_pb2.Absence(topic=topic, kind=number)
    found = readings(crashes=pb.CrashSample(), absences=[absence])

    assert expected == found.get("crash.failed_units")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        pytest.param(pb.BatterySample(design_wh=50, full_wh=40), {"": 0.8}, id="worn"),
        pytest.param(pb.BatterySample(design_wh=0, full_wh=40), None, id="no design"),
        pytest.param(pb.BatterySample(design_wh=math.nan, full_wh=40), None, id="NaN"),
        pytest.param(pb.BatterySample(design_wh=math.inf, full_wh=40), None, id="infinite"),
        pytest.param(pb.BatterySample(design_wh=50, full_wh=math.inf), None, id="full infinite"),
        pytest.param(pb.BatterySample(design_wh=-50, full_wh=-40), None, id="negative"),
        pytest.param(pb.BatterySample(design_wh=1e300, full_wh=40), None, id="absurd"),
    ],
)
def test_battery_wear(part: pb.BatterySample, expected: dict[str, float] | None) -> None:
    """An absurd design value never makes a good battery look dead."""
    assert expected == readings(battery=part).get("battery.capacity_ratio")


def test_ratios_of_nothing_are_absent() -> None:
    """Zero bytes, zero inodes and zero packets have no share."""
    found = readings(
        memory=pb.MemorySample(total_bytes=0, available_bytes=0),
        volumes=[pb.VolumeSample(volume_id="v", total_bytes=0, free_bytes=0, inodes_total=0)],
        networks=[pb.NetworkSample(interface="e", packets=0, errors=0)],
    )

    assert not {name for name in found if name.endswith("_ratio")}


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param(timedelta(hours=2), 7200.0, id="past"),
        pytest.param(timedelta(seconds=-90), 0.0, id="a little ahead counts as now"),
        pytest.param(timedelta(days=-2), None, id="far ahead is refused"),
        pytest.param(timedelta(days=365 * 120), None, id="too old is refused"),
    ],
)
def test_ages(age: timedelta, expected: float | None) -> None:
    """Moments become ages at the time of the sample."""
    seconds = int((NOW - age).timestamp())
    found = readings(updates=pb.UpdatesSample(last_check_time=Timestamp(seconds=seconds)))

    assert (None if expected is None else {"": expected}) == found.get("updates.check_age_s")


@pytest.mark.parametrize(
    ("seconds", "refused"),
    [
        pytest.param(946_684_800, 0, id="year 2000"),
        pytest.param(946_684_799, 2, id="before"),
        pytest.param(0, 2, id="unset clock"),
        pytest.param(-(2**63), 2, id="absurd"),
    ],
)
def test_no_update_waits_since_1970(seconds: int, refused: int) -> None:
    """A device without a clock of its own begins with 1970; that is no evidence of neglect."""
    since = Timestamp(seconds=seconds)
    message = pb.Sample(
        updates=pb.UpdatesSample(oldest_security_time=since), boot=pb.BootSample(boot_time=since)
    )

    assert decoded(message)[1] == refused


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(
            lambda n: pb.Sample(volumes=[volume(f"/{i}", GIB, GIB) for i in n]), id="volumes"
        ),
        pytest.param(
            lambda n: pb.Sample(drives=[pb.DriveSample(drive_id=f"d{i}") for i in n]), id="drives"
        ),
        pytest.param(
            lambda n: pb.Sample(thermals=[pb.ThermalSample(sensor_id=f"t{i}") for i in n]),
            id="sensors",
        ),
        pytest.param(
            lambda n: pb.Sample(networks=[pb.NetworkSample(interface=f"eth{i}") for i in n]),
            id="interfaces",
        ),
        pytest.param(
            lambda n: pb.Sample(absences=[common_pb2.Absence(topic=f"volumes/{i}") for i in n]),
            id="absences",
        ),
        pytest.param(
            lambda n: pb.Sample(probe_runs=[pb.ProbeRun(probe=f"p{i}") for i in n]), id="probes"
        ),
        pytest.param(lambda n: crashed(failed_units=[f"u{i}" for i in n]), id="units"),
        pytest.param(lambda n: crashed(oom_kills=programs(n)), id="kills"),
        pytest.param(lambda n: crashed(app_crashes=programs(n)), id="crashes"),
    ],
)
def test_lists_are_limited_and_say_so(of: Callable[[range], pb.Sample]) -> None:
    """64 items are taken whole; one more is cut, and the sample says truncated."""
    assert not decoded(of(range(MAX_ITEMS)))[0].truncated
    assert decoded(of(range(MAX_ITEMS + 1)))[0].truncated


def test_the_first_64_are_kept() -> None:
    """In the agent's order."""
    sample, refused = decoded(pb.Sample(volumes=[volume(f"/{i}", GIB, GIB) for i in range(70)]))

    assert [f"uuid-of-/{i}" for i in range(MAX_ITEMS)] == list(sample.volumes)
    assert list(sample.volumes) == list(sample.readings["volume.free_bytes"])
    assert refused == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        pytest.param("v" * NAME_BYTES, NAME_BYTES, id="at the limit"),
        pytest.param("v" * (NAME_BYTES + 1), NAME_BYTES, id="past the limit"),
        pytest.param("\u00e4" * 100, NAME_BYTES // 2, id="two bytes each"),
        pytest.param("\U0001f4be" * NAME_BYTES, NAME_BYTES // 4, id="four bytes each"),
    ],
)
def test_names_are_limited(name: str, kept: int) -> None:
    """In bytes, because the state's row holds each name many times; readings have the same name."""
    sample, _ = decoded(pb.Sample(volumes=[pb.VolumeSample(volume_id=name)]))

    assert [name[:kept]] == list(sample.volumes)
    assert list(sample.volumes) == list(sample.readings["volume.read_only"])


def test_two_things_of_one_name_are_told() -> None:
    """They cannot be told apart, so the list is not whole."""
    names = [pb.DriveSample(drive_id="d" * NAME_BYTES + end) for end in "ab"]

    assert decoded(pb.Sample(drives=names))[0].truncated


def crashed(**lists: Sequence[object]) -> pb.Sample:
    return pb.Sample(crashes=pb.CrashSample(**lists))  # type: ignore[arg-type]


def programs(numbers: range) -> list[pb.ProgramCount]:
    return [pb.ProgramCount(program=f"p{number}", count=1) for number in numbers]


def test_enums_of_tomorrow_do_no_harm() -> None:
    """They come as bare numbers."""
    sample, _ = decoded(
        pb.Sample(
            drives=[pb.DriveSample(drive_id="d", medium=77)],  # type: ignore[arg-type]
            battery=pb.BatterySample(condition=77),  # type: ignore[arg-type]
            probe_runs=[
                pb.ProbeRun(probe="cpu", outcome=pb.PROBE_OUTCOME_OK),
                pb.ProbeRun(probe="smart", outcome=pb.PROBE_OUTCOME_TIMED_OUT),
                pb.ProbeRun(probe="new", outcome=77),  # type: ignore[arg-type]
            ],
        )
    )

    assert sample.drives == {"d": Medium.UNKNOWN}
    assert "battery.condition" not in sample.readings
    assert sample.failed_probes == ("smart", "new")


def test_text_of_a_sample_is_cleaned() -> None:
    """Instances and names, so that no reader needs to."""
    sample, _ = decoded(
        pb.Sample(
            volumes=[pb.VolumeSample(volume_id="v\0", mount_point="/mnt\n" * 99)],
            crashes=pb.CrashSample(failed_units=["a\x1b.service"]),
        )
    )

    assert list(sample.volumes) == ["v "]
    assert len(sample.volumes["v "].mount_point) == NAME_BYTES
    assert sample.failed_units == ("a .service",)


_DOUBLES = st.floats() | st.floats(-2, 2)
_COUNTS = st.integers(0, 2**64 - 1) | st.integers(0, 2**41)
_SMALL = st.integers(0, 2**32 - 1)
_MOMENTS = st.builds(
    Timestamp, seconds=st.integers(-(2**63), 2**63 - 1), nanos=st.integers(-(2**31), 2**31 - 1)
)
_MESSAGES = st.builds(
    pb.Sample,
    cpu=st.builds(pb.CpuSample, busy_ratio=_DOUBLES, load_1m=_DOUBLES),
    memory=st.builds(pb.MemorySample, total_bytes=_COUNTS, available_bytes=_COUNTS),
    volumes=st.lists(
        st.builds(
            pb.VolumeSample,
            volume_id=st.text(max_size=3),
            total_bytes=_COUNTS,
            free_bytes=_COUNTS,
            inodes_total=_COUNTS,
            inodes_free=_COUNTS,
        ),
        max_size=3,
    ),
    drives=st.lists(
        st.builds(
            pb.DriveSample,
            drive_id=st.text(max_size=3),
            temperature_celsius=_DOUBLES,
            nvme_used_ratio=_DOUBLES,
            power_on_hours=_COUNTS,
            nvme_critical_warning=_SMALL,
        ),
        max_size=3,
    ),
    battery=st.none()
    | st.builds(
        pb.BatterySample, design_wh=_DOUBLES, full_wh=_DOUBLES, charge_ratio=_DOUBLES, cycles=_SMALL
    ),
    networks=st.lists(
        st.builds(pb.NetworkSample, received_bytes=_COUNTS, packets=_COUNTS, errors=_COUNTS),
        max_size=2,
    ),
    boot=st.none()
    | st.builds(
        pb.BootSample,
        boot_time=_MOMENTS,
        boot_duration=st.builds(Duration, seconds=st.integers(-(2**63), 2**63 - 1)),
    ),
    updates=st.none() | st.builds(pb.UpdatesSample, oldest_pending_time=_MOMENTS),
    session=st.none() | st.builds(pb.SessionSample, user_idle_s=_DOUBLES, session_count=_SMALL),
)


@FEW
@given(_MESSAGES, st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001
def test_whatever_is_kept_is_in_range_and_can_be_packed(message: pb.Sample, at: datetime) -> None:
    """Any values of any fields: what passes lies within its metric and fits into history."""
    observed_at = at.replace(tzinfo=UTC)
    sample, refused = decode_sample(message, observed_at=observed_at, boot_id="")
    for metric, instances in sample.readings.items():
        for value in instances.values():
            assert METRICS[metric].low <= value <= METRICS[metric].high
    hour = int(observed_at.timestamp() // 3600)
    writer = open_hour(hour, b"")
    writer.append(observed_at, sample.readings)

    assert writer.frames
    assert refused >= 0


def test_every_metric_of_a_device_is_read_from_some_field() -> None:
    """A metric that no field fills would be a dead one; the score is ours."""
    every = pb.Sample(
        cpu=pb.CpuSample(busy_ratio=0, iowait_ratio=0, load_1m=0),
        memory=pb.MemorySample(
            total_bytes=2, available_bytes=1, swap_total_bytes=0, swap_used_bytes=0
        ),
        pressure=pb.PressureSample(
            cpu_some_avg60_ratio=0,
            memory_some_avg60_ratio=0,
            memory_full_avg60_ratio=0,
            io_some_avg60_ratio=0,
            io_full_avg60_ratio=0,
        ),
        volumes=[volume("/", GIB, GIB)],
        drives=[
            pb.DriveSample(
                smart_passed=True,
                prefail_failing_now=False,
                reallocated_sectors=0,
                reported_uncorrectable=0,
                pending_sectors=0,
                offline_uncorrectable=0,
                life_left_ratio=1,
                nvme_critical_warning=0,
                nvme_used_ratio=0,
                nvme_spare_ratio=1,
                nvme_spare_threshold_ratio=0.1,
                nvme_media_errors=0,
                temperature_celsius=30,
                power_on_hours=1,
                busy_ratio=0,
                grown_defects=0,
            )
        ],
        battery=pb.BatterySample(
            design_wh=50,
            full_wh=40,
            charge_ratio=1,
            cycles=1,
            condition=pb.BATTERY_CONDITION_NORMAL,
        ),
        thermals=[pb.ThermalSample(temperature_celsius=40, critical_celsius=100)],
        networks=[
            pb.NetworkSample(received_bytes=0, sent_bytes=0, packets=1, errors=0, is_up=True)
        ],
        crashes=pb.CrashSample(
            oom_kills=[pb.ProgramCount(program="a", count=1)],
            app_crashes=[pb.ProgramCount(program="a", count=1)],
            kernel_panics=0,
        ),
        boot=pb.BootSample(
            boot_time=timestamp(NOW), boot_duration=Duration(seconds=9), unclean_shutdown=False
        ),
        updates=pb.UpdatesSample(
            pending_count=1,
            pending_security_count=1,
            oldest_pending_time=timestamp(NOW),
            oldest_security_time=timestamp(NOW),
            reboot_pending=True,
            reboot_pending_time=timestamp(NOW),
            last_check_time=timestamp(NOW),
        ),
        protection=pb.ProtectionSample(
            firewall_on=True,
            antivirus_on=True,
            disk_encrypted=True,
            definitions_time=timestamp(NOW),
        ),
        session=pb.SessionSample(user_idle_s=0, session_count=1),
    )
    sample, refused = decoded(every)

    assert refused == 0
    assert {"health.score", "health.confidence"} == METRICS.keys() - sample.readings.keys()
