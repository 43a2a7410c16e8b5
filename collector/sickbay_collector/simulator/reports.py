"""What a synthetic fleet reports, decoded as the collector does it: here, or in another process.

To make the samples and to decode them needs nothing of the collector's state, so a second core can
do both, ahead of who takes the reports: nearly half of a demo's work.
"""

import multiprocessing
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.connection import Connection
from typing import NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import telemetry_pb2
from sickbay_collector import __version__
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.record import Report
from sickbay_collector.rpc.decode import decode_report
from sickbay_collector.simulator.fleet.agent import agent_status
from sickbay_collector.simulator.fleet.course import Batch, Span
from sickbay_collector.simulator.fleet.device import SimulatedDevice, make_device
from sickbay_collector.simulator.fleet.stream import due_batches
from sickbay_collector.simulator.plan import Plan

# One message between the processes: while one is taken, the next is made.
_TOGETHER = 64


class DueReport(NamedTuple):
    """A report, when it is due, and whose it is."""

    due_s: int
    """Seconds since 1970."""
    number: int
    """The device's in the fleet."""
    report: Report
    """From a device without id: the collector gives it one when it enrolls."""


def due_reports(plan: Plan, span: Span) -> Iterator[DueReport]:
    """Yield the reports of a whole fleet in the order in which they are due."""
    fleet = [make_device(plan.seed, number) for number in range(plan.devices)]
    sent = [0] * plan.devices
    for due in due_batches(plan.seed, plan.devices, span, size=plan.batch):
        request = _request(fleet[due.number], due.batch, plan, sent[due.number])
        sent[due.number] += len(due.batch.bodies)
        at = datetime.fromtimestamp(due.due_s, UTC)
        report = decode_report(request, device_id=DeviceId(""), received_at=at)
        yield DueReport(due.due_s, due.number, report)


@contextmanager
def reports_elsewhere(plan: Plan, span: Span) -> Generator[Iterator[DueReport], None, None]:
    """Make the same in another process."""
    context = multiprocessing.get_context("spawn")
    reading, writing = context.Pipe(duplex=False)
    maker = context.Process(target=_send, args=(writing, plan, span), name="fleet", daemon=True)
    maker.start()
    writing.close()
    try:
        yield _received(reading)
    finally:
        reading.close()
        maker.terminate()
        maker.join()


def _send(writing: Connection, plan: Plan, span: Span) -> None:
    found = due_reports(plan, span)
    while some := list(islice(found, _TOGETHER)):
        writing.send(some)
    writing.send([])


def _received(reading: Connection) -> Iterator[DueReport]:
    while some := reading.recv():
        yield from some


def _request(
    device: SimulatedDevice, batch: Batch, plan: Plan, sent: int
) -> telemetry_pb2.ReportRequest:
    """Return a batch as an agent sends it, after so many records before."""
    request = telemetry_pb2.ReportRequest(
        agent_version=__version__,
        send_time=Timestamp(seconds=batch.due_s),
        goodbye=batch.goodbye,
        platform=device.image.platform,
        agent_status=agent_status(device, interval_s=plan.interval_s, at_s=batch.due_s),
    )
    request.report_interval.seconds = plan.interval_s * plan.batch
    for seq, body in enumerate(batch.bodies, start=sent + 1):
        request.envelopes.add(
            lane=telemetry_pb2.LANE_SAMPLES,
            spool_epoch=device.key.to_bytes(16, "big"),
            seq=seq,
            body_version=1,
            body=body,
        )
    return request
