"""A synthetic fleet's reports, in the order in which they are due, into the ingest use case.

The collector's clock is the simulated one: a report is received when its newest sample is taken,
so rules, score and tickets see days pass as they would have passed.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import inventory_pb2, telemetry_pb2
from sickbay_collector import __version__
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.desk.events import TicketEvent
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
from sickbay_collector.rpc.decode import decode_report, decode_section
from sickbay_collector.services.ingest import Answer, Committed, Ingest
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.sections import ReceivedSection, store_sections
from sickbay_collector.simulator.fleet.catalog import Form
from sickbay_collector.simulator.fleet.device import SimulatedDevice, make_device
from sickbay_collector.simulator.fleet.inventory import sections, state
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.reports import DueReport
from sickbay_collector.simulator.tally import Tally

# As the collector's writer groups them; see `rpc.writer`.
_GROUP_REPORTS = 200
_GROUP_RECORDS = 400
_CLASSES = {Form.LAPTOP: DeviceClass.LAPTOP, Form.DESKTOP: DeviceClass.WORKSTATION}


@dataclass(frozen=True, slots=True)
class _Lane:
    """A device and its id at the collector."""

    device: SimulatedDevice
    device_id: DeviceId


class Feed:
    """A fleet whose reports are committed in the order in which they are due.

    Args:
        plan: What to simulate.
        coming: What the devices send, in the order in which it is due.
        open_uow: Opens the database.
        rules: The rules in force.
        new_id: Makes ids.
        tally: What is counted.
        since_s: When the devices enroll, seconds since 1970.
    """

    def __init__(
        self,
        plan: Plan,
        coming: Iterator[DueReport],
        open_uow: OpenUnitOfWork,
        rules: Callable[[], RuleSet],
        new_id: Callable[[], str],
        tally: Tally,
        *,
        since_s: int,
    ) -> None:
        self._open_uow = open_uow
        self._tally = tally
        self._ingest = Ingest(
            open_uow, rules, open_hour, new_id, sample_interval_s=float(plan.interval_s)
        )
        self._coming = coming
        self._lanes = [
            _lane(plan, number, open_uow, new_id, at_s=since_s) for number in range(plan.devices)
        ]
        tally.enrolled = plan.devices
        # Many devices have the same software; each content is decoded once.
        self._decoded: dict[bytes, ReceivedSection] = {}
        self._announce(since_s)
        self._next = next(coming, None)

    @property
    def devices(self) -> Mapping[DeviceId, SimulatedDevice]:
        """Return the fleet."""
        return {lane.device_id: lane.device for lane in self._lanes}

    @property
    def due_s(self) -> int | None:
        """Return when the next report is due, seconds since 1970; None at the end."""
        return None if self._next is None else self._next.due_s

    def forget_all(self) -> None:
        """Read each device anew at its next report, because somebody changed it."""
        for lane in self._lanes:
            self._ingest.forget(lane.device_id)

    def commit(self, *, within_s: float = math.inf) -> Sequence[TicketEvent]:
        """Commit the reports that are due next, as many as one commit takes.

        Args:
            within_s: How long after the first of them the last may be due.
        """
        reports: list[Report] = []
        records, until_s = 0, (self.due_s or 0) + within_s
        while (due := self._next) is not None and due.due_s <= until_s:
            device_id = self._lanes[due.number].device_id
            reports.append(replace(due.report, device_id=device_id))
            records += len(due.report.records)
            self._tally.wire_bytes += due.report.size_bytes
            self._next = next(self._coming, None)
            if len(reports) == _GROUP_REPORTS or records >= _GROUP_RECORDS:
                break
        if self._next is None:
            self._tally.finished = self._tally.devices
        return self._commit(reports).ticket_events

    def _announce(self, at_s: int) -> None:
        """Tell what the devices are made of, as agents do first."""
        at = datetime.fromtimestamp(at_s, UTC)
        for begin in range(0, len(self._lanes), _GROUP_REPORTS):
            lanes = self._lanes[begin : begin + _GROUP_REPORTS]
            found = [sections(lane.device) for lane in lanes]
            requests = [
                _announcement(lane, own, at_s) for lane, own in zip(lanes, found, strict=True)
            ]
            answers = self._ingest.commit(
                [
                    decode_report(request, device_id=lane.device_id, received_at=at)
                    for lane, request in zip(lanes, requests, strict=True)
                ]
            ).answers
            for lane, own, answer in zip(lanes, found, answers, strict=True):
                self._upload(lane, own, answer, at)

    def _upload(
        self,
        lane: _Lane,
        own: Sequence[inventory_pb2.Section],
        answer: Answer,
        at: datetime,
    ) -> None:
        """Send the sections that are not known yet; others of the fleet may have sent them."""
        missing = frozenset(answer.missing_sections)
        wanted = [one for one in own if one.hash in missing]
        if wanted:
            received = [self._decode(one) for one in wanted]
            store_sections(lane.device_id, received, self._open_uow, now=at)

    def _decode(self, section: inventory_pb2.Section) -> ReceivedSection:
        found = self._decoded.get(section.hash)
        if found is None:
            found = self._decoded[section.hash] = ReceivedSection(*decode_section(section))
        return found

    def _commit(self, reports: Sequence[Report]) -> Committed:
        began = time.perf_counter()
        committed = self._ingest.commit(reports)
        self._tally.latencies.add(time.perf_counter() - began)
        self._tally.reports += len(reports)
        for answer in committed.answers:
            _count(answer, self._tally)
        return committed


def _count(answer: Answer, tally: Tally) -> None:
    for record in answer.records:
        tally.refused_values += record.refused_values
        if record.verdict is Verdict.OK:
            tally.acknowledged += 1
        elif record.verdict is Verdict.DUPLICATE:
            tally.duplicates += 1
        else:
            tally.reject(record.reason)


def _announcement(
    lane: _Lane, own: tuple[inventory_pb2.Section, ...], at_s: int
) -> telemetry_pb2.ReportRequest:
    record = telemetry_pb2.Record(inventory=state(own), observe_time=Timestamp(seconds=at_s))
    request = telemetry_pb2.ReportRequest(
        agent_version=__version__,
        send_time=Timestamp(seconds=at_s),
        platform=lane.device.image.platform,
    )
    request.envelopes.add(
        lane=telemetry_pb2.LANE_STATE,
        spool_epoch=lane.device.key.to_bytes(16, "big"),
        seq=1,
        body_version=1,
        body=record.SerializeToString(),
    )
    return request


def _lane(
    plan: Plan, number: int, open_uow: OpenUnitOfWork, new_id: Callable[[], str], *, at_s: int
) -> _Lane:
    device = make_device(plan.seed, number)
    device_id = DeviceId(new_id())
    with open_uow() as uow:
        uow.devices.add(_registered(device, device_id, at_s=at_s))
        uow.commit()
    return _Lane(device, device_id)


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
