"""Drives the ingest use case with a synthetic fleet: no gRPC, no certificates, no waiting.

The collector's clock is the simulated one: a report is received when its newest sample is taken,
so rules, score and tickets see days pass as they would have passed.
"""

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import telemetry_pb2
from sickbay_collector import __version__
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.core.device import (
    Criticality,
    Device,
    DeviceClass,
    DeviceStatus,
    Evidence,
)
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.judge import Verdict
from sickbay_collector.core.record import Report
from sickbay_collector.db.frames import open_hour
from sickbay_collector.rpc.decode import decode_report
from sickbay_collector.services.ingest import Answer, Ingest
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.simulator.fleet.catalog import Form
from sickbay_collector.simulator.fleet.course import Batch, Span, batches
from sickbay_collector.simulator.fleet.device import SimulatedDevice, make_device
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.tally import Tally

# As the collector's writer groups them; see `rpc.writer`.
_GROUP_REPORTS = 200
_GROUP_RECORDS = 400
_CLASSES = {Form.LAPTOP: DeviceClass.LAPTOP, Form.DESKTOP: DeviceClass.WORKSTATION}


@dataclass(slots=True)
class _Lane:
    """One device's way through its batches."""

    device: SimulatedDevice
    device_id: DeviceId
    coming: Iterator[Batch]
    seq: int = 0


def simulate_in_process(
    plan: Plan,
    open_uow: OpenUnitOfWork,
    rules: RuleSet,
    new_id: Callable[[], str],
    tally: Tally,
) -> int:
    """Run a simulation on a database; return how many tickets were opened.

    Raises:
        StoreError: The database cannot be used.
    """
    span = plan.span(time.time())
    ingest = Ingest(
        open_uow, lambda: rules, open_hour, new_id, sample_interval_s=float(plan.interval_s)
    )
    heap: list[tuple[int, int, Batch]] = []
    lanes = [_lane(plan, span, number, open_uow, new_id) for number in range(plan.devices)]
    tally.enrolled = plan.devices
    for number, lane in enumerate(lanes):
        _push(heap, number, lane, tally)
    opened = 0
    while heap:
        opened += _commit(ingest, _group(heap, lanes, plan, tally), tally)
    return opened


def _group(
    heap: list[tuple[int, int, Batch]], lanes: list[_Lane], plan: Plan, tally: Tally
) -> list[Report]:
    """Return the reports that are due next, as many as one commit takes."""
    reports: list[Report] = []
    records = 0
    while heap and len(reports) < _GROUP_REPORTS and records < _GROUP_RECORDS:
        due_s, number, batch = heapq.heappop(heap)
        lane = lanes[number]
        request = _request(lane, batch, plan, due_s)
        tally.wire_bytes += request.ByteSize()
        received_at = datetime.fromtimestamp(due_s, UTC)
        reports.append(decode_report(request, device_id=lane.device_id, received_at=received_at))
        records += len(batch.bodies)
        _push(heap, number, lane, tally)
    return reports


def _commit(ingest: Ingest, reports: list[Report], tally: Tally) -> int:
    began = time.perf_counter()
    committed = ingest.commit(reports)
    tally.latencies.add(time.perf_counter() - began)
    tally.reports += len(reports)
    for answer in committed.answers:
        _count(answer, tally)
    return sum(event.kind is TicketEventKind.OPENED for event in committed.ticket_events)


def _count(answer: Answer, tally: Tally) -> None:
    for record in answer.records:
        tally.refused_values += record.refused_values
        if record.verdict is Verdict.OK:
            tally.acknowledged += 1
        elif record.verdict is Verdict.DUPLICATE:
            tally.duplicates += 1
        else:
            tally.reject(record.reason)


def _push(heap: list[tuple[int, int, Batch]], number: int, lane: _Lane, tally: Tally) -> None:
    batch = next(lane.coming, None)
    if batch is None:
        tally.finished += 1
    else:
        heapq.heappush(heap, (batch.due_s, number, batch))


def _request(lane: _Lane, batch: Batch, plan: Plan, due_s: int) -> telemetry_pb2.ReportRequest:
    request = telemetry_pb2.ReportRequest(
        agent_version=__version__,
        send_time=Timestamp(seconds=due_s),
        goodbye=batch.goodbye,
        platform=lane.device.image.platform,
    )
    request.report_interval.seconds = plan.interval_s * plan.batch
    for body in batch.bodies:
        lane.seq += 1
        request.envelopes.add(
            lane=telemetry_pb2.LANE_SAMPLES,
            spool_epoch=lane.device.key.to_bytes(16, "big"),
            seq=lane.seq,
            body_version=1,
            body=body,
        )
    return request


def _lane(
    plan: Plan, span: Span, number: int, open_uow: OpenUnitOfWork, new_id: Callable[[], str]
) -> _Lane:
    device = make_device(plan.seed, number)
    device_id = DeviceId(new_id())
    with open_uow() as uow:
        uow.devices.add(_registered(device, device_id, at_s=span.since_s))
        uow.commit()
    coming = batches(device, span, size=plan.batch, by_session=True)
    return _Lane(device, device_id, coming)


def _registered(device: SimulatedDevice, device_id: DeviceId, *, at_s: int) -> Device:
    """Return a device as if it had enrolled when the simulated time begins."""
    return Device(
        device_id=device_id,
        hostname=device.hostname,
        status=DeviceStatus.ACTIVE,
        device_class=_CLASSES[device.model.form],
        criticality=Criticality.NORMAL,
        agent_instance_id=device_id,
        agent_version=__version__,
        capabilities=(),
        key_fingerprint="",
        next_key_fingerprint="",
        evidence=Evidence(system_serial=device.serial, virtualization="none"),
        enrolled_at=datetime.fromtimestamp(at_s, UTC),
        enroll_nonce=device_id,
        revoked_at=None,
        revoke_reason="",
        possible_duplicate_of=None,
    )
