"""Values as messages and messages as values. What this agent does not know becomes "other".

The bodies of records and sections were encoded when they were observed; they pass through.
"""

import sys
from datetime import UTC, datetime
from types import MappingProxyType

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import common_pb2, enrollment_pb2, telemetry_pb2
from sickbay_agent import __version__
from sickbay_agent.exchange import (
    Answer,
    Enrollment,
    ExpiredRenewal,
    HardwareEvidence,
    LaneMark,
    Outgoing,
    OwnStatus,
    RecordResult,
    RecordStatus,
    Report,
    Settings,
    WatchLine,
)
from sickbay_agent.model.record import Lane

_PLATFORMS = MappingProxyType({"linux": "linux", "win32": "windows", "darwin": "macos"})


def report_request(report: Report) -> telemetry_pb2.ReportRequest:
    """Return a batch as its request."""
    return telemetry_pb2.ReportRequest(
        agent_version=__version__,
        send_time=_timestamp(report.sent_at),
        envelopes=[_envelope(record) for record in report.records],
        goodbye=telemetry_pb2.Goodbye.Value(_enum_name("GOODBYE", report.goodbye.name)),
        report_interval=_duration(report.report_interval_s),
        platform=_PLATFORMS.get(sys.platform, ""),
        agent_status=None if report.own is None else _agent_status(report.own),
    )


def _agent_status(own: OwnStatus) -> telemetry_pb2.AgentStatus:
    return telemetry_pb2.AgentStatus(
        sample_interval=_duration(own.sample_interval_s),
        uptime=_duration(own.uptime_s),
        waiting_records=own.waiting_records,
        spool_bytes=own.spool_bytes,
        cpu_time=_duration(own.cpu_time_s),
        rss_bytes=own.rss_bytes,
    )


def _envelope(record: Outgoing) -> telemetry_pb2.Envelope:
    return telemetry_pb2.Envelope(
        lane=telemetry_pb2.Lane.Value(_enum_name("LANE", record.lane.name)),
        spool_epoch=record.epoch,
        seq=record.seq,
        body_version=1,
        body=record.body,
    )


def answer_of(response: telemetry_pb2.ReportResponse) -> Answer:
    """Return the answer to a batch."""
    marks = [(_lane(mark.lane), mark) for mark in response.marks]
    return Answer(
        results=tuple(
            RecordResult(
                lane=_lane(one.lane), seq=one.seq, status=status_of(one.status), reason=one.reason
            )
            for one in response.results
        ),
        marks=tuple(
            LaneMark(lane=lane, epoch=mark.spool_epoch, seq=mark.seq)
            for lane, mark in marks
            if lane is not None
        ),
        missing_hashes=tuple(response.missing_section_hashes),
        settings=_settings(response.settings) if response.HasField("settings") else None,
        received_at=(
            response.receive_time.ToDatetime(UTC) if response.HasField("receive_time") else None
        ),
    )


def _settings(message: telemetry_pb2.AgentSettings) -> Settings:
    return Settings(
        version=message.version,
        sample_interval_s=_seconds(message.sample_interval),
        report_interval_s=_seconds(message.report_interval),
        slow_interval_s=_seconds(message.slow_interval),
        process_names=(
            message.evidence_process_names if message.HasField("evidence_process_names") else None
        ),
        watch_lines=tuple(
            WatchLine(
                metric=line.metric,
                instance=line.instance,
                below=line.below if line.HasField("below") else None,
                above=line.above if line.HasField("above") else None,
            )
            for line in message.watch_lines
        ),
    )


def enroll_request(request: Enrollment) -> enrollment_pb2.EnrollRequest:
    """Return a request for a first certificate."""
    return enrollment_pb2.EnrollRequest(
        token=request.token,
        csr_der=request.csr_der,
        agent_instance_id=request.instance_id,
        nonce=request.nonce,
        hostname=request.hostname,
        evidence=_evidence(request.evidence),
        agent_version=__version__,
    )


def renew_expired_request(request: ExpiredRenewal) -> enrollment_pb2.RenewExpiredRequest:
    """Return a request for a certificate in place of an expired one."""
    return enrollment_pb2.RenewExpiredRequest(
        certificate_der=request.certificate_der,
        csr_der=request.csr_der,
        nonce=request.nonce,
        sign_time=Timestamp(seconds=int(request.signed_at.timestamp())),
        signature=request.signature,
    )


def _evidence(evidence: HardwareEvidence) -> common_pb2.HardwareEvidence:
    return common_pb2.HardwareEvidence(
        smbios_uuid=evidence.smbios_uuid,
        system_serial=evidence.system_serial,
        board_serial=evidence.board_serial,
        chassis_asset_tag=evidence.chassis_asset_tag,
        machine_id=evidence.machine_id,
        permanent_macs=evidence.permanent_macs,
        boot_drive_serial=evidence.boot_drive_serial,
        virtualization=evidence.virtualization,
    )


def _enum_name(prefix: str, name: str) -> str:
    return f"{prefix}_UNSPECIFIED" if name == "NONE" else f"{prefix}_{name}"


def _lane(number: int) -> Lane | None:
    """Return a lane; None for a number that this agent does not know."""
    for lane in Lane:
        if telemetry_pb2.Lane.Value(f"LANE_{lane.name}") == number:
            return lane
    return None


def status_of(number: int) -> RecordStatus:
    """Return what became of a record; OTHER for a number that this agent does not know."""
    for status in (RecordStatus.OK, RecordStatus.DUPLICATE, RecordStatus.REJECTED):
        if telemetry_pb2.RecordStatus.Value(f"RECORD_STATUS_{status.name}") == number:
            return status
    return RecordStatus.OTHER


def _timestamp(at: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(at)
    return message


def _duration(seconds: float) -> Duration:
    message = Duration()
    message.FromMilliseconds(round(seconds * 1000))
    return message


def _seconds(message: Duration) -> float | None:
    """Return a duration in seconds; an absent or empty one is None."""
    return (message.seconds + message.nanos / 1e9) or None
