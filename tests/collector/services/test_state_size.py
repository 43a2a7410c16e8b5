"""How large the row of a device's state gets: an ordinary one, and the most hostile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from sickbay.v1 import common_pb2, inventory_pb2, sample_pb2, telemetry_pb2
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.judge import Verdict, judge
from sickbay_collector.core.record import Record
from sickbay_collector.core.state import DeviceState
from sickbay_collector.rpc.decode import decode_report
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.state_codec import (
    STATE_HARD_BYTES,
    STATE_MAX_BYTES,
    StateEncoder,
    decode_state,
    encode_state,
)
from tests.collector.core.judging import EPOCH, FACTS
from tests.kit.device import timestamp
from tests.kit.samples import GIB, office_sample

START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ORDINARY_BYTES = 4096
# As long as any text of a sample may be.
LONG = 256
LANES = (telemetry_pb2.LANE_SAMPLES, telemetry_pb2.LANE_EVENTS, telemetry_pb2.LANE_STATE)


def hostile_sample(number: int, letter: str, count: int) -> sample_pb2.Sample:
    """Return a sample in which everything is bad, with names as long as they may be."""
    bad = sample_pb2.Sample(
        volumes=[
            sample_pb2.VolumeSample(
                volume_id=f"v{item}{letter * LONG}",
                mount_point=f"/{item}{letter * LONG}",
                total_bytes=512 * GIB + 7,
                free_bytes=GIB // 9 + number,
                inodes_total=10**9,
                inodes_free=number,
                is_read_only=number % 2 == 0,
            )
            for item in range(count)
        ],
        drives=[
            sample_pb2.DriveSample(
                drive_id=f"d{item}{letter * LONG}",
                medium=common_pb2.DRIVE_MEDIUM_SSD,
                smart_passed=False,
                prefail_failing_now=True,
                reallocated_sectors=987_654_321 + number,
                reported_uncorrectable=987_654_321 + number,
                pending_sectors=987_654_321 + number,
                offline_uncorrectable=987_654_321 + number,
                life_left_ratio=0.0123456789,
                nvme_critical_warning=31,
                nvme_used_ratio=1.23456789,
                nvme_spare_ratio=0.0123456789,
                nvme_spare_threshold_ratio=0.123456789,
                nvme_media_errors=987_654_321 + number,
                temperature_celsius=98.7654321,
                power_on_hours=987_654,
                busy_ratio=0.987654321,
            )
            for item in range(count)
        ],
        thermals=[
            sample_pb2.ThermalSample(
                sensor_id=f"t{item}{letter * LONG}",
                temperature_celsius=98.7654321,
                critical_celsius=99.0,
            )
            for item in range(count)
        ],
        networks=[
            sample_pb2.NetworkSample(
                interface=f"n{item}{letter * LONG}",
                received_bytes=987_654_321,
                sent_bytes=987_654_321,
                packets=10,
                errors=9,
                is_up=True,
            )
            for item in range(count)
        ],
        crashes=sample_pb2.CrashSample(
            oom_kills=[
                sample_pb2.ProgramCount(program=f"{item}{letter * LONG}", count=9)
                for item in range(count)
            ],
            app_crashes=[
                sample_pb2.ProgramCount(program=f"{item}{letter * LONG}", count=9)
                for item in range(count)
            ],
            failed_units=[f"{item}{number}{letter * LONG}" for item in range(count)],
            kernel_panics=number,
        ),
        absences=[
            common_pb2.Absence(topic=f"drives/d{item}{letter * LONG}", reason=letter * LONG)
            for item in range(count)
        ],
        probe_runs=[
            sample_pb2.ProbeRun(
                probe=f"{item}{letter * LONG}", outcome=sample_pb2.PROBE_OUTCOME_FAILED
            )
            for item in range(count)
        ],
    )
    bad.cpu.busy_ratio = bad.cpu.iowait_ratio = 0.987654321
    bad.memory.total_bytes, bad.memory.available_bytes = 16 * GIB, 1
    bad.pressure.memory_full_avg60_ratio = bad.pressure.io_full_avg60_ratio = 0.987654321
    return bad


def hostile_inventory(letter: str, count: int) -> inventory_pb2.InventoryState:
    return inventory_pb2.InventoryState(
        sections=[
            inventory_pb2.SectionHash(kind=kind, hash=b"h" * 32)
            for kind in inventory_pb2.SectionKind.values()
        ],
        absences=[
            common_pb2.Absence(topic=f"{item}{letter * LONG}", reason=letter * LONG)
            for item in range(count)
        ],
    )


def records(letter: str, count: int, minutes: int) -> Iterator[tuple[datetime, Record]]:
    """Yield the records of a hostile device, one a minute of each lane, as they were decoded."""
    for number in range(1, minutes + 1):
        at = START + timedelta(minutes=number)
        record = partial(telemetry_pb2.Record, observe_time=timestamp(at), boot_id=letter * LONG)
        bodies = (
            record(sample=hostile_sample(number, letter, count)),
            record(gap=telemetry_pb2.Gap(lane=telemetry_pb2.LANE_SAMPLES, count=1 << 47)),
            record(inventory=hostile_inventory(letter, count)),
        )
        envelopes = [
            telemetry_pb2.Envelope(
                lane=lane,
                spool_epoch=EPOCH,
                seq=number,
                body_version=1,
                body=body.SerializeToString(),
            )
            for lane, body in zip(LANES, bodies, strict=True)
        ]
        request = telemetry_pb2.ReportRequest(envelopes=envelopes)
        report = decode_report(request, device_id=DeviceId("hostile"), received_at=at)
        for one in report.records:
            yield at, one


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param("", id="short names"),
        pytest.param("x", id="long names"),
        pytest.param('"', id="names that double in JSON"),
        pytest.param("\U0001f4be", id="names of four bytes a letter"),
    ],
)
@pytest.mark.parametrize("count", [16, 70])
def test_the_most_hostile_device(letter: str, count: int) -> None:
    """Everything it sends is judged; what it takes is bounded, and cut lists say so."""
    rules, state, longest, was_cut = load_rules([]), DeviceState(), 0, False
    for at, record in records(letter, count, minutes=12):
        judged = judge(state, record, rules, FACTS, now=at)
        assert judged.verdict is Verdict.OK
        was_cut = was_cut or len(encode_state(judged.state)) > STATE_MAX_BYTES
        state, data = StateEncoder().encode_bounded(judged.state)
        longest = max(longest, len(data))

    assert state.alerts.open_count
    assert longest <= STATE_HARD_BYTES
    assert state == decode_state(data)
    assert state.truncated is (count > 64 or was_cut)


def test_an_ordinary_device() -> None:
    """A workstation with three volumes and a full one among them, after an hour of reports."""
    rules, state, longest = load_rules([]), DeviceState(), 0
    for number in range(1, 61):
        at = START + timedelta(minutes=number)
        record = telemetry_pb2.Record(
            observe_time=timestamp(at),
            boot_id="3ff1b0a4-0c3c-4a0e-9f0c-0a1b2c3d4e5f",
            sample=office_sample(free_bytes=GIB),
        )
        body = record.SerializeToString()
        request = telemetry_pb2.ReportRequest(
            envelopes=[
                telemetry_pb2.Envelope(
                    lane=lane, spool_epoch=EPOCH, seq=number, body_version=1, body=body
                )
                for lane in LANES
            ]
        )
        report = decode_report(request, device_id=DeviceId("office"), received_at=at)
        for one in report.records:
            state, data = StateEncoder().encode_bounded(
                judge(state, one, rules, FACTS, now=at).state
            )
            longest = max(longest, len(data))

    assert longest <= ORDINARY_BYTES
    assert not state.truncated


@pytest.mark.parametrize(
    ("excess", "is_cut"),
    [
        pytest.param(0, False, id="at the limit"),
        pytest.param(1, True, id="past the limit"),
    ],
)
def test_a_state_at_its_limit(excess: int, is_cut: bool) -> None:  # noqa: FBT001
    """One byte more, and what is only shown is cut."""
    empty = DeviceState(failed_units=("",) * 20)
    room = STATE_MAX_BYTES - len(encode_state(empty))
    full = DeviceState(failed_units=("x" * (room + excess), *empty.failed_units[1:]))

    kept, data = StateEncoder().encode_bounded(full)

    assert kept.truncated is is_cut
    assert len(data) <= STATE_MAX_BYTES
    assert (kept == full) is not is_cut
