"""The collector of `fake_collector` behind real gRPC servers with TLS, in this process."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import (
    enrollment_pb2,
    enrollment_pb2_grpc,
    identity_pb2,
    identity_pb2_grpc,
    telemetry_pb2,
    telemetry_pb2_grpc,
)
from sickbay_agent.exchange import (
    Enrollment,
    ExpiredRenewal,
    HardwareEvidence,
    Outgoing,
    OwnStatus,
    Report,
    Settings,
    Upload,
)
from sickbay_agent.model.record import Lane
from tests.agent.authority import ServerFiles
from tests.agent.fake_collector import Core, FailError

T = TypeVar("T")
_LANES = {1: Lane.SAMPLES, 2: Lane.EVENTS, 3: Lane.STATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the servers listen."""

    agents: str
    enrollment: str


def _own(status: telemetry_pb2.AgentStatus) -> OwnStatus:
    return OwnStatus(
        sample_interval_s=status.sample_interval.seconds,
        uptime_s=status.uptime.seconds + status.uptime.nanos / 1e9,
        waiting_records=status.waiting_records,
        spool_bytes=status.spool_bytes,
        cpu_time_s=status.cpu_time.seconds + status.cpu_time.nanos / 1e9,
        rss_bytes=status.rss_bytes if status.HasField("rss_bytes") else None,
    )


class _Telemetry(telemetry_pb2_grpc.TelemetryServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    def Report(  # noqa: N802 - gRPC's name
        self, request: telemetry_pb2.ReportRequest, context: grpc.ServicerContext
    ) -> telemetry_pb2.ReportResponse:
        report = Report(
            records=tuple(
                Outgoing(lane=_LANES[one.lane], epoch=one.spool_epoch, seq=one.seq, body=one.body)
                for one in request.envelopes
            ),
            sent_at=request.send_time.ToDatetime(UTC),
            report_interval_s=request.report_interval.seconds,
            own=_own(request.agent_status) if request.HasField("agent_status") else None,
        )
        answer = _guarded(context, lambda: self._core.report(report))
        numbers = {lane: number for number, lane in _LANES.items()}
        return telemetry_pb2.ReportResponse(
            results=[
                telemetry_pb2.RecordResult(
                    lane=numbers[one.lane],  # type: ignore[arg-type,index]
                    seq=one.seq,
                    status=f"RECORD_STATUS_{one.status.name}",  # type: ignore[arg-type]
                    reason=one.reason,
                )
                for one in answer.results
            ],
            marks=[
                telemetry_pb2.LaneMark(
                    lane=numbers[one.lane],  # type: ignore[arg-type]
                    spool_epoch=one.epoch,
                    seq=one.seq,
                )
                for one in answer.marks
            ],
            missing_section_hashes=answer.missing_hashes,
            settings=_settings(answer.settings) if answer.settings else None,
            receive_time=_timestamp(answer.received_at) if answer.received_at else None,
        )

    def UploadSections(  # noqa: N802 - gRPC's name
        self, request: telemetry_pb2.UploadSectionsRequest, context: grpc.ServicerContext
    ) -> telemetry_pb2.UploadSectionsResponse:
        uploads = [Upload(hash=one.hash, body=one.SerializeToString()) for one in request.sections]
        results = _guarded(context, lambda: self._core.upload_sections(uploads))
        return telemetry_pb2.UploadSectionsResponse(
            results=[
                telemetry_pb2.SectionResult(
                    hash=one.hash,
                    status=f"RECORD_STATUS_{one.status.name}",  # type: ignore[arg-type]
                )
                for one in results
            ]
        )


class _Identity(identity_pb2_grpc.IdentityServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    def Renew(  # noqa: N802 - gRPC's name
        self, request: identity_pb2.RenewRequest, context: grpc.ServicerContext
    ) -> identity_pb2.RenewResponse:
        grant = _guarded(context, lambda: self._core.renew(request.csr_der))
        return identity_pb2.RenewResponse(
            certificate_chain_der=grant.chain_der, authorities_der=grant.authorities_der
        )


class _Enrollment(enrollment_pb2_grpc.EnrollmentServiceServicer):
    def __init__(self, core: Core) -> None:
        self._core = core

    def Enroll(  # noqa: N802 - gRPC's name
        self, request: enrollment_pb2.EnrollRequest, context: grpc.ServicerContext
    ) -> enrollment_pb2.EnrollResponse:
        evidence = HardwareEvidence(
            smbios_uuid=request.evidence.smbios_uuid,
            permanent_macs=tuple(request.evidence.permanent_macs),
        )
        enrollment = Enrollment(
            token=request.token,
            csr_der=request.csr_der,
            instance_id=request.agent_instance_id,
            nonce=request.nonce,
            hostname=request.hostname,
            evidence=evidence,
        )
        grant = _guarded(context, lambda: self._core.enroll(enrollment))
        return enrollment_pb2.EnrollResponse(
            certificate_chain_der=grant.chain_der, authorities_der=grant.authorities_der
        )

    def RenewExpired(  # noqa: N802 - gRPC's name
        self, request: enrollment_pb2.RenewExpiredRequest, context: grpc.ServicerContext
    ) -> enrollment_pb2.RenewExpiredResponse:
        renewal = ExpiredRenewal(
            certificate_der=request.certificate_der,
            csr_der=request.csr_der,
            nonce=request.nonce,
            signed_at=request.sign_time.ToDatetime(UTC),
            signature=request.signature,
        )
        grant = _guarded(context, lambda: self._core.renew_expired(renewal))
        return enrollment_pb2.RenewExpiredResponse(
            certificate_chain_der=grant.chain_der, authorities_der=grant.authorities_der
        )


@contextmanager
def serving(core: Core, files: ServerFiles | None = None) -> Iterator[Ports]:
    """Serve a collector's two ports until the end of the block."""
    files = files or core.authority.server()
    agents = _server(files, client_ca=core.authority.pem)
    telemetry_pb2_grpc.add_TelemetryServiceServicer_to_server(_Telemetry(core), agents[0])
    identity_pb2_grpc.add_IdentityServiceServicer_to_server(_Identity(core), agents[0])
    desk = _server(files, client_ca=None)
    enrollment_pb2_grpc.add_EnrollmentServiceServicer_to_server(_Enrollment(core), desk[0])
    for server, _ in (agents, desk):
        server.start()
    try:
        yield Ports(agents=f"127.0.0.1:{agents[1]}", enrollment=f"127.0.0.1:{desk[1]}")
    finally:
        for server, _ in (agents, desk):
            server.stop(grace=None).wait()


def _server(files: ServerFiles, client_ca: bytes | None) -> tuple[grpc.Server, int]:
    server = grpc.server(ThreadPoolExecutor(max_workers=2), options=[("grpc.so_reuseport", 0)])
    credentials = grpc.ssl_server_credentials(
        [(files.key_pem, files.chain_pem)],
        root_certificates=client_ca,
        require_client_auth=client_ca is not None,
    )
    return server, server.add_secure_port("127.0.0.1:0", credentials)


def _guarded(context: grpc.ServicerContext, call: Callable[[], T]) -> T:
    try:
        return call()
    except FailError as error:
        failure = error.failure
        if failure.pushback_ms:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", str(failure.pushback_ms)),))
        context.abort(grpc.StatusCode[failure.code], "as\nordered")
        raise


def _settings(settings: Settings) -> telemetry_pb2.AgentSettings:
    return telemetry_pb2.AgentSettings(
        version=settings.version,
        sample_interval=_duration(settings.sample_interval_s),
        report_interval=_duration(settings.report_interval_s),
        slow_interval=_duration(settings.slow_interval_s),
        evidence_process_names=settings.process_names,
        watch_lines=[
            telemetry_pb2.WatchLine(
                metric=line.metric, instance=line.instance, below=line.below, above=line.above
            )
            for line in settings.watch_lines
        ],
    )


def _duration(seconds: float | None) -> Duration | None:
    return None if seconds is None else Duration(seconds=int(seconds))


def _timestamp(at: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(at)
    return message
