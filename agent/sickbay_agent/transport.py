"""The calls over gRPC: values to messages, and error codes to what is to be done about them.

Retries are nobody's business here; the loop has them all in one place. Import this through
`bootstrap`, which quiets gRPC's own log first.
"""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TypeVar

import grpc

from sickbay.v1 import (
    enrollment_pb2_grpc,
    identity_pb2,
    identity_pb2_grpc,
    inventory_pb2,
    telemetry_pb2,
    telemetry_pb2_grpc,
)
from sickbay_agent.exchange import (
    DEADLINE_S,
    Answer,
    CallError,
    Enrollment,
    ExpiredRenewal,
    Grant,
    Reaction,
    Report,
    SectionResult,
    Upload,
)
from sickbay_agent.identity.store import Identity
from sickbay_agent.messages import (
    answer_of,
    enroll_request,
    renew_expired_request,
    report_request,
    status_of,
)

# Source of the names: grpc/impl/grpc_types.h. gRPC obeys https_proxy unless told otherwise; its
# own retries would hide the collector's wish to be left alone.
_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.enable_retries", 0),
    ("grpc.enable_http_proxy", 0),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.initial_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 120_000),
)
_PUSHBACK_KEY = "grpc-retry-pushback-ms"
# A pushback beyond this is a mistake, not a wish.
_MAX_PUSHBACK_S = 3600.0
_ERROR_LIMIT = 200

_REACTIONS = MappingProxyType(
    {
        grpc.StatusCode.UNAUTHENTICATED: Reaction.REFUSED,
        grpc.StatusCode.PERMISSION_DENIED: Reaction.REFUSED,
        grpc.StatusCode.FAILED_PRECONDITION: Reaction.INCOMPATIBLE,
        grpc.StatusCode.UNIMPLEMENTED: Reaction.INCOMPATIBLE,
        grpc.StatusCode.INVALID_ARGUMENT: Reaction.INCOMPATIBLE,
    }
)
_LOST = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})

Request = TypeVar("Request", contravariant=True)  # noqa: PLC0105 - the usual name reads better
Reply = TypeVar("Reply")


class GrpcCollector:
    """The agents' port.

    Args:
        addresses: "name:port" each; the next one is tried after a lost connection.
        identity: Certificate and key, and the authorities to trust.
        server_name: Name in the collector's certificate; None is the name in the address.
    """

    def __init__(
        self, addresses: Sequence[str], identity: Identity, *, server_name: str | None = None
    ) -> None:
        self._addresses = tuple(addresses)
        self._identity = identity
        self._server_name = server_name
        self._channel: grpc.Channel | None = None

    @property
    def address(self) -> str:
        """The address that the next call goes to."""
        return self._addresses[0]

    def report(self, report: Report, *, deadline_s: float = DEADLINE_S) -> Answer:
        """Deliver a batch; see `exchange.Collector`."""
        call = telemetry_pb2_grpc.TelemetryServiceStub(self._open()).Report
        return answer_of(self._call("Report", call, report_request(report), deadline_s))

    def upload_sections(self, uploads: Sequence[Upload]) -> tuple[SectionResult, ...]:
        """Deliver inventory sections; see `exchange.Collector`."""
        sections = [inventory_pb2.Section.FromString(upload.body) for upload in uploads]
        request = telemetry_pb2.UploadSectionsRequest(sections=sections)
        call = telemetry_pb2_grpc.TelemetryServiceStub(self._open()).UploadSections
        response = self._call("UploadSections", call, request, DEADLINE_S)
        return tuple(
            SectionResult(hash=one.hash, status=status_of(one.status), reason=one.reason)
            for one in response.results
        )

    def renew(self, csr_der: bytes) -> Grant:
        """Return a certificate for a new key; see `exchange.Collector`."""
        call = identity_pb2_grpc.IdentityServiceStub(self._open()).Renew
        request = identity_pb2.RenewRequest(csr_der=csr_der)
        response = self._call("Renew", call, request, DEADLINE_S)
        return Grant(
            chain_der=tuple(response.certificate_chain_der),
            authorities_der=tuple(response.authorities_der),
        )

    def close(self) -> None:
        """Let the connection go; the next call makes a new one."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _open(self) -> grpc.Channel:
        if self._channel is None:
            credentials = grpc.ssl_channel_credentials(
                root_certificates=self._identity.authorities_pem,
                private_key=self._identity.key_pem,
                certificate_chain=self._identity.chain_pem,
            )
            self._channel = _channel(self.address, credentials, self._server_name)
        return self._channel

    def _call(
        self,
        name: str,
        call: Callable[..., Reply],
        request: Request,
        deadline_s: float,
    ) -> Reply:
        try:
            return call(request, timeout=deadline_s, wait_for_ready=False)
        except grpc.RpcError as error:
            failure = _failure(f"{name} at {self.address}", error)
        if failure.is_lost:
            # gRPC would answer from its own back-off without dialling; ours decides instead.
            self.close()
            self._addresses = (*self._addresses[1:], self._addresses[0])
        raise failure


class GrpcEnrollmentDesk:
    """The enrollment port.

    Args:
        address: "name:port".
        authorities_pem: Who may have issued the server's certificate.
        server_name: Name in the collector's certificate; None is the name in the address.
    """

    def __init__(
        self, address: str, authorities_pem: bytes, *, server_name: str | None = None
    ) -> None:
        self._address = address
        credentials = grpc.ssl_channel_credentials(root_certificates=authorities_pem)
        self._channel = _channel(address, credentials, server_name)
        self._stub = enrollment_pb2_grpc.EnrollmentServiceStub(self._channel)

    def enroll(self, request: Enrollment) -> Grant:
        """Return a first certificate; see `exchange.EnrollmentDesk`."""
        message = enroll_request(request)
        try:
            response = self._stub.Enroll(message, timeout=DEADLINE_S, wait_for_ready=False)
        except grpc.RpcError as error:
            raise _failure(f"Enroll at {self._address}", error) from None
        return Grant(
            chain_der=tuple(response.certificate_chain_der),
            authorities_der=tuple(response.authorities_der),
        )

    def renew_expired(self, request: ExpiredRenewal) -> Grant:
        """Return a certificate in place of an expired one; see `exchange.EnrollmentDesk`."""
        message = renew_expired_request(request)
        try:
            response = self._stub.RenewExpired(message, timeout=DEADLINE_S, wait_for_ready=False)
        except grpc.RpcError as error:
            raise _failure(f"RenewExpired at {self._address}", error) from None
        return Grant(
            chain_der=tuple(response.certificate_chain_der),
            authorities_der=tuple(response.authorities_der),
        )

    def close(self) -> None:
        """Let the connection go."""
        self._channel.close()


def _channel(
    address: str, credentials: grpc.ChannelCredentials, server_name: str | None
) -> grpc.Channel:
    options: list[tuple[str, int | str]] = [*_OPTIONS]
    if server_name is not None:
        options.append(("grpc.ssl_target_name_override", server_name))
    return grpc.secure_channel(address, credentials, options=options)


def _failure(name: str, error: grpc.RpcError) -> CallError:
    """Return what a failed call means for the loop. Every RpcError of a call is a `grpc.Call`."""
    if not isinstance(error, grpc.Call):
        return CallError(f"{name} failed", reaction=Reaction.RETRY)
    code = error.code()
    details = " ".join((error.details() or "").split())[:_ERROR_LIMIT]
    return CallError(
        f"{name} failed: {code.name}: {details}",
        reaction=_REACTIONS.get(code, Reaction.RETRY),
        pushback_s=_pushback_s(error),
        is_lost=code in _LOST,
    )


def _pushback_s(error: grpc.Call) -> float:
    for key, value in error.trailing_metadata() or ():
        if key == _PUSHBACK_KEY and str(value).isdecimal():
            return min(int(value) / 1000, _MAX_PUSHBACK_S)
    return 0.0
