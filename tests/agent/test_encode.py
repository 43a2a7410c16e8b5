import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from pkgutil import iter_modules
from typing import get_args

import pytest
from google.protobuf.descriptor import Descriptor

from sickbay.canonical import section_hash
from sickbay.v1 import common_pb2, inventory_pb2, sample_pb2, telemetry_pb2
from sickbay_agent import encode, model
from sickbay_agent.encode import (
    clean,
    encode_record,
    encode_sample,
    encode_section,
    inventory_state,
    wire_name,
)
from sickbay_agent.model.common import Absence, AbsenceKind, Medium
from sickbay_agent.model.inventory import InventoryState, SectionContent, SectionKind, section_kind
from sickbay_agent.model.record import Gap, Lane, ProblemReport
from sickbay_agent.model.sample import (
    BatteryCondition,
    BatterySample,
    BootSample,
    DriveSample,
    NetworkSample,
    ProbeOutcome,
    ProbeRun,
    Sample,
    SessionSample,
    VolumeSample,
)
from sickbay_agent.model.software import OsSection, Software, SoftwareSection

AT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
MESSAGES = (
    *sample_pb2.DESCRIPTOR.message_types_by_name.values(),
    *inventory_pb2.DESCRIPTOR.message_types_by_name.values(),
    common_pb2.Absence.DESCRIPTOR,
    telemetry_pb2.Gap.DESCRIPTOR,
    telemetry_pb2.ProblemReport.DESCRIPTOR,
)
MODEL: Mapping[str, type] = {
    name: value
    for part in iter_modules(model.__path__, "sickbay_agent.model.")
    for name, value in vars(import_module(part.name)).items()
    if isinstance(value, type) and is_dataclass(value)
}
# A Section is its content and hash, which the model keeps apart.
PAIRS = [
    pytest.param(MODEL[message.name], message, id=message.name)
    for message in MESSAGES
    if message.name != "Section"
]


@pytest.mark.parametrize(("cls", "descriptor"), PAIRS)
def test_model_and_protocol_have_the_same_fields(cls: type, descriptor: Descriptor) -> None:
    """A field is added to both or to neither."""
    wired = {wire_name(field.name, descriptor) for field in fields(cls)}

    assert set(descriptor.fields_by_name) == wired


@pytest.mark.parametrize(("cls", "descriptor"), PAIRS)
def test_every_field_can_be_encoded(cls: type, descriptor: Descriptor) -> None:
    """Types of model and protocol fit each other; enums have the same members."""
    plan = encode._plan(cls, descriptor)

    assert len(fields(cls)) == len(plan)


def test_every_dataclass_has_a_message() -> None:
    """Only Observation, which holds what one probe found, stays within the agent."""
    known = {message.name for message in MESSAGES} - {"Section"}

    assert known | {"Observation"} == MODEL.keys()


def test_sections_are_named_after_their_kinds() -> None:
    """The oneof in Section, SectionKind and the classes agree."""
    content = inventory_pb2.Section.DESCRIPTOR.oneofs_by_name["content"]
    kinds = {SectionKind(field.name) for field in content.fields}

    assert kinds == set(SectionKind)
    assert kinds == {section_kind(cls()) for cls in get_args(SectionContent)}


def test_empty_sample_is_an_empty_message() -> None:
    """What was not read is not set."""
    assert encode_sample(Sample()).SerializeToString() == b""


def test_sample_keeps_values_and_absence_apart() -> None:
    """None is left out, zero and False are sent."""
    sample = Sample(
        volumes=(VolumeSample(volume_id="u1", mount_point="/", total_bytes=0),),
        drives=(DriveSample(drive_id="S1", medium=Medium.NVME, smart_passed=False),),
        battery=BatterySample(battery_id="B", condition=BatteryCondition.REPLACE),
        session=SessionSample(user_idle_s=1.5),
        boot=BootSample(boot_at=AT, boot_duration_s=21.25),
        absences=(Absence(topic="cpu", kind=AbsenceKind.UNKNOWN, reason="first sample"),),
        probe_runs=(ProbeRun(probe="cpu", outcome=ProbeOutcome.TIMED_OUT, duration_s=0.5),),
        truncated=True,
    )

    message = encode_sample(sample)

    expected = sample_pb2.Sample(
        volumes=[sample_pb2.VolumeSample(volume_id="u1", mount_point="/", total_bytes=0)],
        drives=[
            sample_pb2.DriveSample(
                drive_id="S1", medium=common_pb2.DRIVE_MEDIUM_NVME, smart_passed=False
            )
        ],
        battery=sample_pb2.BatterySample(
            battery_id="B", condition=sample_pb2.BATTERY_CONDITION_REPLACE
        ),
        session=sample_pb2.SessionSample(user_idle_s=1.5),
        boot=sample_pb2.BootSample(),
        absences=[
            common_pb2.Absence(
                topic="cpu", kind=common_pb2.ABSENCE_KIND_UNKNOWN, reason="first sample"
            )
        ],
        probe_runs=[sample_pb2.ProbeRun(probe="cpu", outcome=sample_pb2.PROBE_OUTCOME_TIMED_OUT)],
        truncated=True,
    )
    expected.boot.boot_time.FromDatetime(AT)
    expected.boot.boot_duration.FromTimedelta(timedelta(seconds=21.25))
    expected.probe_runs[0].duration.FromMilliseconds(500)
    assert expected == message


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        pytest.param(2**64 - 1, True, id="the largest"),
        pytest.param(2**64, False, id="one too large"),
        pytest.param(0, True, id="the smallest"),
        pytest.param(-1, False, id="one too small"),
    ],
)
def test_number_out_of_range_is_left_out(value: int, is_kept: bool) -> None:  # noqa: FBT001
    """A device that lies loses its value, not the whole sample."""
    sample = Sample(networks=(NetworkSample(interface="eth0", errors=value),))

    network = encode_sample(sample).networks[0]

    assert is_kept == network.HasField("errors")


def test_number_that_is_none_is_left_out() -> None:
    """The canonical form knows no NaN."""
    message = encode_sample(Sample(session=SessionSample(user_idle_s=float("nan"))))

    assert not message.session.HasField("user_idle_s")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("WDC WD10EZEX", "WDC WD10EZEX", id="plain"),
        pytest.param("S\x00\x1bN\x7f", "S  N ", id="controls"),
        pytest.param("a\ud800b", "a\N{REPLACEMENT CHARACTER}b", id="lone surrogate"),
        pytest.param("\ud83d\ude00", "\N{GRINNING FACE}", id="pair"),
        pytest.param("Müller\N{NO-BREAK SPACE}GmbH", "Müller\N{NO-BREAK SPACE}GmbH", id="other"),
        pytest.param("x" * 512, "x" * 512, id="at the limit"),
        pytest.param("x" * 513, "x" * 512, id="past the limit"),
        pytest.param("\n" * 513, " " * 512, id="controls past the limit"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    """Texts of a device are not to be trusted: controls would reach terminals and logs."""
    assert expected == clean(text)


def test_section_carries_its_hash() -> None:
    """The same content has the same hash, whatever the order of its lists."""
    one = Software(name="bash", version="5.2", source="dpkg", install_at=AT)
    two = Software(name="zsh", version="5.9", source="dpkg")

    section = encode_section(SoftwareSection(packages=(one, two)))

    assert section.WhichOneof("content") == "software"
    assert section_hash(section) == section.hash
    assert encode_section(SoftwareSection(packages=(two, one))).hash == section.hash


def test_inventory_names_hashes() -> None:
    """An inventory state is kinds and hashes, and what is missing."""
    section = encode_section(OsSection(id="debian"))
    absence = Absence(topic="batteries", kind=AbsenceKind.NOT_APPLICABLE, reason="no battery")

    state = inventory_state([section], [absence])
    record = encode_record(state, observed_at=AT, boot_id="", since_boot_s=None)

    assert (
        inventory_pb2.InventoryState(
            sections=[
                inventory_pb2.SectionHash(kind=inventory_pb2.SECTION_KIND_OS, hash=section.hash)
            ],
            absences=[
                common_pb2.Absence(
                    topic="batteries",
                    kind=common_pb2.ABSENCE_KIND_NOT_APPLICABLE,
                    reason="no battery",
                )
            ],
        )
        == record.inventory
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(Sample(), "sample", id="sample"),
        pytest.param(InventoryState(), "inventory", id="inventory"),
        pytest.param(
            Gap(lane=Lane.SAMPLES, first_seq=1, last_seq=9, count=9, reason="full"), "gap", id="gap"
        ),
        pytest.param(ProblemReport(text="slow"), "problem_report", id="problem"),
    ],
)
def test_record_holds_its_content(content: encode.RecordContent, name: str) -> None:
    """Even an empty content says what kind of record it is."""
    record = encode_record(content, observed_at=AT, boot_id="b-1", since_boot_s=60.5)

    assert name == record.WhichOneof("content")
    assert (
        record.boot_id,
        record.since_boot.seconds,
        record.since_boot.nanos,
    ) == ("b-1", 60, 500_000_000)
    assert record.observe_time.ToDatetime(tzinfo=UTC) == AT


def test_times_of_other_zones_are_the_same_moment() -> None:
    """Only the moment is sent, not the zone."""
    local = AT.astimezone(timezone(timedelta(hours=-7)))
    record = encode_record(Sample(), observed_at=local, boot_id="", since_boot_s=None)

    assert record.observe_time.ToDatetime(tzinfo=UTC) == AT
    assert not record.HasField("since_boot")


@pytest.mark.parametrize(
    ("value", "seconds", "nanos"),
    [
        pytest.param(38.412077, 38, 412_077_000, id="binary fraction"),
        pytest.param(1.9999999, 2, 0, id="rounded up"),
        pytest.param(-0.5, 0, -500_000_000, id="negative"),
        pytest.param(1e9, 1_000_000_000, 0, id="thirty years"),
    ],
)
def test_durations_have_microseconds(value: float, seconds: int, nanos: int) -> None:
    """Both parts have the same sign."""
    duration = encode_sample(Sample(boot=BootSample(boot_duration_s=value))).boot.boot_duration

    assert (seconds, nanos) == (duration.seconds, duration.nanos)


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        pytest.param(315_576_000_000.0, True, id="at the limit"),
        pytest.param(315_576_000_001.0, False, id="one more"),
        pytest.param(1e19, False, id="absurd"),
        pytest.param(math.inf, False, id="infinite"),
        pytest.param(math.nan, False, id="not a number"),
    ],
)
def test_a_duration_that_no_message_holds_is_left_out(*, value: float, is_told: bool) -> None:
    """One absurd value must not cost the sample, let alone the agent."""
    boot = encode_sample(Sample(boot=BootSample(boot_duration_s=value))).boot

    assert is_told is boot.HasField("boot_duration")


def test_problem_report_keeps_its_lines() -> None:
    """Users write lines; 4,000 characters are enough."""
    report = ProblemReport(text="It hangs.\n\x07" + "x" * 5000)
    record = encode_record(report, observed_at=AT, boot_id="", since_boot_s=None)

    assert record.problem_report.text[:11] == "It hangs.\n "
    assert len(record.problem_report.text) == 4000
