"""TelemetryService: reports and inventory sections."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import telemetry_pb2 as pb
from sickbay_collector.core.errors import BusyError, DeniedError, InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.judge import Verdict
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.record import Report
from sickbay_collector.rpc.decode import LANE_NUMBERS, MAX_SECTIONS, decode_report, decode_section
from sickbay_collector.rpc.method import Admit, Caller, Method, service
from sickbay_collector.rpc.writer import GroupWriter
from sickbay_collector.services.ingest import Answer
from sickbay_collector.services.sections import ReceivedSection

StoreSections: TypeAlias = Callable[[DeviceId, list[ReceivedSection]], tuple[str, ...]]
MAX_REPORT_BYTES = 1 << 20
MAX_REPORT_FIELDS = 2_000
"""100 envelopes have 600 fields; bodies are not looked into, each is parsed alone."""
MAX_UPLOAD_BYTES = 4 << 20
MAX_UPLOAD_FIELDS = 100_000
"""5,000 packages and 1,000 updates, which are the most that a device has, have 60,000 fields."""
_RETRY_S = 2.0
_STATUS = {
    Verdict.OK: pb.RECORD_STATUS_OK,
    Verdict.DUPLICATE: pb.RECORD_STATUS_DUPLICATE,
    Verdict.REJECTED: pb.RECORD_STATUS_REJECTED,
}


class TelemetryServicer:
    """Takes what devices report."""

    def __init__(
        self,
        writer: GroupWriter,
        store_sections: StoreSections,
        settings: Callable[[], pb.AgentSettings],
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the writer, the section use case, and where the agents' settings come from."""
        self._writer = writer
        self._store_sections = store_sections
        self._settings = settings
        self._clock = clock
        self._uploading: set[DeviceId] = set()

    def handler(self, admit: Admit) -> grpc.GenericRpcHandler:
        """Return the service's methods, open to those whom `admit` lets in."""
        return service(
            "sickbay.v1.TelemetryService",
            [
                Method(
                    "Report",
                    pb.ReportRequest,
                    self.report,
                    admit,
                    max_bytes=MAX_REPORT_BYTES,
                    max_fields=MAX_REPORT_FIELDS,
                ),
                Method(
                    "UploadSections",
                    pb.UploadSectionsRequest,
                    self.upload_sections,
                    admit,
                    max_bytes=MAX_UPLOAD_BYTES,
                    max_fields=MAX_UPLOAD_FIELDS,
                ),
            ],
        )

    async def report(self, request: pb.ReportRequest, caller: Caller) -> pb.ReportResponse:
        """Answer once the records are durable."""
        received_at = self._clock()
        device_id = _device(caller)
        # Before the records are decoded, which takes longer than anything else on the event loop.
        self._writer.require_room(device_id)
        report = decode_report(request, device_id=device_id, received_at=received_at)
        answer = await self._writer.submit(report, until_s=caller.until_s)
        return _response(answer, report, request, self._settings(), received_at)

    async def upload_sections(
        self, request: pb.UploadSectionsRequest, caller: Caller
    ) -> pb.UploadSectionsResponse:
        """Answer once the sections are durable; each is judged alone."""
        if len(request.sections) > MAX_SECTIONS:
            raise InvalidError(f"sections: at most {MAX_SECTIONS}, not {len(request.sections)}")
        device_id = _device(caller)
        if device_id in self._uploading:
            raise BusyError("sections of this device are being stored", retry_after_s=_RETRY_S)
        self._uploading.add(device_id)
        # Also when the client gives up, it is over only when the thread is done.
        storing = asyncio.get_running_loop().run_in_executor(None, self._upload, request, device_id)
        storing.add_done_callback(lambda _: self._uploading.discard(device_id))
        return await asyncio.shield(storing)

    def _upload(
        self, request: pb.UploadSectionsRequest, device_id: DeviceId
    ) -> pb.UploadSectionsResponse:
        results = [pb.SectionResult(hash=section.hash) for section in request.sections]
        good: list[tuple[pb.SectionResult, bytes, SectionContent]] = []
        for section, result in zip(request.sections, results, strict=True):
            try:
                content_hash, content = decode_section(section)
            except InvalidError as error:
                result.status, result.reason = pb.RECORD_STATUS_REJECTED, str(error)
            else:
                good.append((result, content_hash, content))
        received = [ReceivedSection(content_hash, content) for _, content_hash, content in good]
        reasons = self._store_sections(device_id, received)
        for (result, _, _), reason in zip(good, reasons, strict=True):
            result.status = pb.RECORD_STATUS_REJECTED if reason else pb.RECORD_STATUS_OK
            result.reason = reason
        return pb.UploadSectionsResponse(results=results)


def agent_settings(
    *, sample_interval_s: int, report_interval_s: int, slow_interval_s: int, version: int
) -> pb.AgentSettings:
    """Return how agents are to behave."""
    return pb.AgentSettings(
        sample_interval=Duration(seconds=sample_interval_s),
        report_interval=Duration(seconds=report_interval_s),
        slow_interval=Duration(seconds=slow_interval_s),
        version=version,
    )


def _device(caller: Caller) -> DeviceId:
    if caller.device_id is None:
        raise DeniedError("a device certificate is required")
    return caller.device_id


def _response(
    answer: Answer,
    report: Report,
    request: pb.ReportRequest,
    settings: pb.AgentSettings,
    received_at: datetime,
) -> pb.ReportResponse:
    seconds = received_at.timestamp()
    return pb.ReportResponse(
        results=_results(answer, report, request),
        marks=[_mark(lane, mark.epoch, mark.seq) for lane, mark in answer.marks.items()],
        missing_section_hashes=answer.missing_sections,
        settings=settings,
        receive_time=Timestamp(seconds=int(seconds), nanos=int(seconds % 1 * 1e9)),
    )


def _results(
    answer: Answer, report: Report, request: pb.ReportRequest
) -> Iterator[pb.RecordResult]:
    """Return one result for each envelope, in the request's order."""
    judged = iter(answer.records)
    for position, envelope in enumerate(request.envelopes):
        reason = report.unplaced.get(position)
        if reason is not None:
            yield pb.RecordResult(
                lane=envelope.lane,
                seq=envelope.seq,
                status=pb.RECORD_STATUS_REJECTED,
                reason=reason,
            )
            continue
        record = next(judged)
        yield pb.RecordResult(
            lane=envelope.lane,
            seq=record.seq,
            status=_STATUS[record.verdict],
            reason=record.reason,
            refused_value_count=record.refused_values,
        )


def _mark(lane: Lane, epoch: bytes, seq: int) -> pb.LaneMark:
    return pb.LaneMark(lane=LANE_NUMBERS[lane], spool_epoch=epoch, seq=seq)
