"""Reports over the real port: judged alone, limited, acknowledged only when durable."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from sickbay.canonical import section_hash
from sickbay.v1 import inventory_pb2, sample_pb2
from sickbay.v1 import telemetry_pb2 as pb
from sickbay_collector.core.errors import BusyError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.record import Report
from sickbay_collector.services.ingest import Committed, Ingest
from tests.kit.collector import RunningCollector
from tests.kit.device import FakeDevice, sample_record, timestamp
from tests.kit.samples import office_sample

OK, DUPLICATE, REJECTED = (
    pb.RECORD_STATUS_OK,
    pb.RECORD_STATUS_DUPLICATE,
    pb.RECORD_STATUS_REJECTED,
)
_REPORT = "/sickbay.v1.TelemetryService/Report"
_CANARY = "CANARY-postgresql://user:secret@host"


def now() -> datetime:
    return datetime.now(UTC)


def a_record(sample: sample_pb2.Sample | None = None) -> pb.Record:
    return sample_record(now(), sample or office_sample())


def statuses(response: pb.ReportResponse) -> list[int]:
    return [one.status for one in response.results]


def refused(act: Callable[[], object]) -> grpc.Call:
    """Do what must fail; return the call."""
    with pytest.raises(grpc.RpcError) as caught:
        act()
    assert isinstance(caught.value, grpc.Call)
    return caught.value


@pytest.fixture
def device(collector: RunningCollector) -> FakeDevice:
    """A newly enrolled device."""
    return collector.device()


def test_a_poisoned_record_fails_alone(device: FakeDevice) -> None:
    """Garbage, an absurd time and an unknown version between good records."""
    good, bad = [device.envelope(a_record()) for _ in range(3)], device.envelope(a_record())
    good[1].body = b"\xff\0garbage"
    absurd = device.envelope(sample_record(datetime(1999, 1, 1, tzinfo=UTC), office_sample()))
    bad.body_version = 9
    last = device.envelope(a_record())

    response = device.report(*good, bad, absurd, last)

    assert statuses(response) == [OK, REJECTED, OK, REJECTED, REJECTED, OK]
    assert [one.reason for one in response.results if one.reason] == [
        "body: not a Record message",
        "body version 9 is not known",
        "observe_time is not between the years 2000 and 2100",
    ]
    assert [(mark.lane, mark.seq) for mark in response.marks] == [(pb.LANE_SAMPLES, 6)]


def test_values_out_of_range_are_counted(device: FakeDevice) -> None:
    """The record is kept."""
    response = device.report(device.envelope(a_record(office_sample(busy_ratio=float("nan")))))

    assert [(one.status, one.refused_value_count) for one in response.results] == [(OK, 1)]


def test_a_batch_that_is_sent_again(device: FakeDevice) -> None:
    """Duplicates, whole or in part, on the same connection or another."""
    batch = [device.envelope(a_record()) for _ in range(3)]

    assert statuses(device.report(*batch)) == [OK, OK, OK]
    assert statuses(device.report(*batch)) == [DUPLICATE] * 3
    device.close()
    assert statuses(device.report(batch[2], device.envelope(a_record()))) == [DUPLICATE, OK]


def test_a_batch_in_falling_order(device: FakeDevice) -> None:
    """Refused whole, with nothing acknowledged; in order it is taken."""
    one, two = device.envelope(a_record()), device.envelope(a_record())
    call = refused(lambda: device.report(two, one))

    assert call.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "send each lane in order of seq" in str(call.details())
    assert statuses(device.report(one, two)) == [OK, OK]


def test_a_copied_state_directory_is_told(device: FakeDevice) -> None:
    """Two agents from one directory: the second's first record is refused with the reason."""
    clone = replace(device, seqs=dict(device.seqs), _channel=None)
    device.report(device.envelope(a_record()))
    response = clone.report(clone.envelope(a_record(office_sample(busy_ratio=0.9))))
    clone.close()

    assert statuses(response) == [REJECTED]
    assert "copied state directory" in response.results[0].reason


def test_a_call_without_a_deadline(device: FakeDevice) -> None:
    """Nobody waits for ever."""
    method = device.channel().unary_unary(
        _REPORT, pb.ReportRequest.SerializeToString, pb.ReportResponse.FromString
    )
    call = refused(lambda: method(pb.ReportRequest()))

    assert (
        call.code(),
        call.details(),
    ) == (grpc.StatusCode.INVALID_ARGUMENT, "set a deadline for this call")


def test_100_envelopes_and_101(device: FakeDevice) -> None:
    """At the limit all are taken; one more and none is."""
    batch = [device.envelope(a_record()) for _ in range(101)]
    call = refused(lambda: device.report(*batch))

    assert (
        call.code(),
        call.details(),
    ) == (grpc.StatusCode.INVALID_ARGUMENT, "envelopes: at most 100, not 101")
    assert statuses(device.report(*batch[:100])) == [OK] * 100


@pytest.mark.parametrize(
    ("excess", "expected"),
    [
        pytest.param(0, grpc.StatusCode.INVALID_ARGUMENT, id="4 MiB are read, and no message"),
        pytest.param(1, grpc.StatusCode.RESOURCE_EXHAUSTED, id="one byte more is not"),
    ],
)
def test_a_request_of_4_mib(device: FakeDevice, excess: int, expected: grpc.StatusCode) -> None:
    """The server reads no longer ones."""
    method: grpc.UnaryUnaryMultiCallable[bytes, bytes] = device.channel().unary_unary(_REPORT)
    call = refused(lambda: method(b"\xff" * ((4 << 20) + excess), timeout=10))

    assert expected == call.code()


def test_a_compression_bomb(device: FakeDevice) -> None:
    """64 MiB of zeros are some KiB on the wire; they are never blown up."""
    method: grpc.UnaryUnaryMultiCallable[bytes, bytes] = device.channel().unary_unary(_REPORT)
    call = refused(lambda: method(bytes(64 << 20), timeout=20, compression=grpc.Compression.Gzip))

    assert call.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def software(*names: str) -> inventory_pb2.Section:
    packages = [inventory_pb2.Software(name=name, version="1") for name in names]
    section = inventory_pb2.Section(software=inventory_pb2.SoftwareSection(packages=packages))
    section.hash = section_hash(section)
    return section


def announce(device: FakeDevice, *sections: inventory_pb2.Section) -> pb.ReportResponse:
    hashes = [
        inventory_pb2.SectionHash(kind=inventory_pb2.SECTION_KIND_SOFTWARE, hash=one.hash)
        for one in sections
    ]
    state = inventory_pb2.InventoryState(sections=hashes)
    record = pb.Record(observe_time=timestamp(now()), inventory=state)
    return device.report(device.envelope(record, pb.LANE_STATE))


def upload(device: FakeDevice, *sections: inventory_pb2.Section) -> list[tuple[int, str]]:
    response = device.upload(pb.UploadSectionsRequest(sections=sections))
    return [(one.status, one.reason) for one in response.results]


def test_sections_are_asked_for_once(collector: RunningCollector, device: FakeDevice) -> None:
    """A second device with the same software uploads nothing."""
    section = software("bash", "vim")
    other = collector.device()

    assert [section.hash] == announce(device, section).missing_section_hashes
    assert upload(device, section) == [(OK, "")]
    assert announce(device, section).missing_section_hashes == []
    assert announce(other, section).missing_section_hashes == []
    other.close()


def test_wrong_sections_are_refused_alone(device: FakeDevice) -> None:
    """A false hash, one that was not announced, NaN, and too many rows beside a good one."""
    good, stranger, false = software("zsh"), software("evil"), software("ksh")
    false.hash = good.hash
    nan = inventory_pb2.Section(
        hash=b"n" * 32,
        batteries=inventory_pb2.BatteriesSection(
            batteries=[inventory_pb2.Battery(design_wh=float("nan"))]
        ),
    )
    many = software(*(f"p{number}" for number in range(5_001)))
    announce(device, good)

    assert upload(device, false, stranger, nan, many, good) == [
        (REJECTED, "hash is not that of the content"),
        (REJECTED, "section software was not announced with this hash"),
        (REJECTED, "section batteries: a number is NaN or infinite"),
        (REJECTED, "section software: at most 5000 rows, not 5001"),
        (OK, ""),
    ]


def test_17_sections(device: FakeDevice) -> None:
    """There are not that many kinds."""
    call = refused(lambda: upload(device, *[software("bash")] * 17))

    assert (
        call.code(),
        call.details(),
    ) == (grpc.StatusCode.INVALID_ARGUMENT, "sections: at most 16, not 17")


class Obstacle:
    """Stands before the real ingest, and does what the test says first."""

    def __init__(self, ingest: Ingest) -> None:
        self.ingest = ingest
        self.before: Callable[[], None] = lambda: None
        self.committed = threading.Event()

    def commit(self, reports: Sequence[Report], **more: float) -> Committed:
        """Commit, unless what comes before raises."""
        self.before()
        committed = self.ingest.commit(reports, **more)
        self.committed.set()
        return committed


@pytest.fixture
def hindered(tmp_path: Path) -> tuple[RunningCollector, Obstacle]:
    """A collector of its own, that is not started yet, and what stands in its way."""
    running = RunningCollector(tmp_path / "state")
    obstacle = Obstacle(running.collector.agents.ingest)
    running.collector.agents.writer._committer = obstacle  # type: ignore[assignment]
    return running, obstacle


def test_a_client_that_gives_up_has_its_report_stored(
    hindered: tuple[RunningCollector, Obstacle],
) -> None:
    """Its deadline cancels the handler; the commit goes on, and a repetition is a duplicate."""
    running, obstacle = hindered
    free = threading.Event()
    with running:
        device = running.device()
        # Its channel stands: of its short deadline nothing goes into making one.
        device.report(device.envelope(a_record()))
        obstacle.committed.clear()
        obstacle.before = lambda: time.sleep(0) if free.wait(60) else None
        envelope = device.envelope(a_record())
        call = refused(lambda: device.report(envelope, timeout_s=2.0))
        free.set()

        assert obstacle.committed.wait(60)
        assert statuses(device.report(envelope)) == [DUPLICATE]
        device.close()

    assert call.code() in {
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(StoreError(_CANARY), grpc.StatusCode.UNAVAILABLE, id="disk full"),
        pytest.param(ValueError(_CANARY), grpc.StatusCode.UNAVAILABLE, id="a bug"),
        pytest.param(
            BusyError("database is busy", retry_after_s=1),
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            id="busy",
        ),
    ],
)
def test_what_cannot_be_stored_is_not_acknowledged(
    hindered: tuple[RunningCollector, Obstacle], error: Exception, expected: grpc.StatusCode
) -> None:
    """The client is told to come back, never why; then its report is new."""
    running, obstacle = hindered

    def fail() -> None:
        raise error

    with running:
        device = running.device()
        obstacle.before = fail
        envelope = device.envelope(a_record())
        call = refused(lambda: device.report(envelope))
        obstacle.before = lambda: None
        with running.collector.storage.open_reads() as uow:
            assert uow.states.load([DeviceId(device.device_id)]) == {}
        again = device.report(envelope)
        device.close()

    assert expected == call.code()
    assert "CANARY" not in f"{call.details()} {call.trailing_metadata()}"
    pushback_ms = dict(call.trailing_metadata() or ()).get("grpc-retry-pushback-ms", "0")
    assert (int(pushback_ms) >= 1000) or expected is grpc.StatusCode.UNAVAILABLE
    assert statuses(again) == [OK]


def test_a_bug_in_a_handler_is_masked(collector: RunningCollector) -> None:
    """Left alone, gRPC would send the text of any exception to the client."""
    device = collector.device()
    gate = collector.collector.agents.admission.gate
    real = gate._device_of

    def broken(_: DeviceId) -> None:
        raise ValueError(_CANARY)

    gate._device_of = broken
    try:
        call = refused(lambda: device.report(device.envelope(a_record())))
    finally:
        gate._device_of = real
    device.close()

    assert (
        call.code(),
        call.details(),
    ) == (grpc.StatusCode.INTERNAL, "the collector failed on this call")


def test_nothing_that_was_acknowledged_is_lost_by_a_restart(tmp_path: Path) -> None:
    """After a stop as by SIGTERM and a new start, the marks are where the answers left them."""
    with RunningCollector(tmp_path / "state") as running:
        device = running.device()
        for _ in range(5):
            device.report(device.envelope(a_record()), device.envelope(a_record()))
        device.close()
    with RunningCollector(tmp_path / "state") as running:
        device.ports = running.ports
        response = device.report(device.envelope(a_record()))
        device.close()

    assert statuses(response) == [OK]
    assert [mark.seq for mark in response.marks] == [11]


def test_a_sample_of_tomorrow_is_no_promise(
    collector: RunningCollector, device: FakeDevice
) -> None:
    """A clock that runs ahead moves neither history nor the time of receipt beyond now."""
    ahead = sample_record(now() + timedelta(days=400), office_sample())
    device.report(device.envelope(ahead))
    device.close()
    with collector.collector.storage.open_reads() as uow:
        state = uow.states.load([DeviceId(device.device_id)])[DeviceId(device.device_id)]

    assert state.received_at <= now()
    assert state.hour <= now().timestamp() // 3600
