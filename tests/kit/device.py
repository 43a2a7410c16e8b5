"""A device that speaks the protocol by hand: enrolls with its own key and sends what it is told."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import (
    enrollment_pb2,
    enrollment_pb2_grpc,
    identity_pb2,
    identity_pb2_grpc,
    sample_pb2,
    telemetry_pb2,
    telemetry_pb2_grpc,
)

TIMEOUT_S = 20.0
_OPTIONS = (("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0))


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def csr(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a signing request in DER; its subject is a lie on purpose."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody else")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def pem(certificates_der: Sequence[bytes]) -> bytes:
    """Return certificates in PEM."""
    return b"".join(
        x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        for der in certificates_der
    )


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key in PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def timestamp(at: datetime) -> Timestamp:
    """Return a moment as a message."""
    made = Timestamp()
    made.FromDatetime(at)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where a collector listens on loopback, and its authority."""

    agent: int
    enroll: int
    ca_pem: bytes


def enroll_request(token: str, key: ec.EllipticCurvePrivateKey) -> enrollment_pb2.EnrollRequest:
    """Return a request for a new device."""
    return enrollment_pb2.EnrollRequest(
        token=token,
        csr_der=csr(key),
        agent_instance_id=str(uuid.uuid4()),
        nonce=secrets.token_bytes(16),
        hostname=f"pc-{secrets.token_hex(2)}",
        agent_version="0.1.0",
    )


def enroll(ports: Ports, request: enrollment_pb2.EnrollRequest) -> enrollment_pb2.EnrollResponse:
    """Enroll; raises grpc.RpcError when refused."""
    credentials = grpc.ssl_channel_credentials(ports.ca_pem)
    with grpc.secure_channel(f"127.0.0.1:{ports.enroll}", credentials, _OPTIONS) as channel:
        stub = enrollment_pb2_grpc.EnrollmentServiceStub(channel)
        return stub.Enroll(request, timeout=TIMEOUT_S)


@dataclass(slots=True, kw_only=True)
class FakeDevice:
    """An enrolled device with one channel and one spool epoch."""

    device_id: str
    key: ec.EllipticCurvePrivateKey
    chain_pem: bytes
    ports: Ports
    epoch: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    seqs: dict[int, int] = field(default_factory=dict)
    _channel: grpc.Channel | None = None

    @classmethod
    def enrolled(cls, ports: Ports, token: str) -> "FakeDevice":
        """Enroll a new device."""
        key = new_key()
        answer = enroll(ports, enroll_request(token, key))
        chain = pem(answer.certificate_chain_der)
        return cls(device_id=answer.device_id, key=key, chain_pem=chain, ports=ports)

    def credentials(self) -> grpc.ChannelCredentials:
        """Return what proves the device's identity."""
        return grpc.ssl_channel_credentials(self.ports.ca_pem, key_pem(self.key), self.chain_pem)

    def channel(self) -> grpc.Channel:
        """Return the device's channel, opened at first use."""
        if self._channel is None:
            address = f"127.0.0.1:{self.ports.agent}"
            self._channel = grpc.secure_channel(address, self.credentials(), _OPTIONS)
        return self._channel

    def close(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def envelope(
        self,
        record: telemetry_pb2.Record,
        lane: telemetry_pb2.Lane.ValueType = telemetry_pb2.LANE_SAMPLES,
    ) -> telemetry_pb2.Envelope:
        """Return a record at the next place of its lane."""
        self.seqs[lane] = self.seqs.get(lane, 0) + 1
        return telemetry_pb2.Envelope(
            lane=lane,
            spool_epoch=self.epoch,
            seq=self.seqs[lane],
            body_version=1,
            body=record.SerializeToString(),
        )

    def report(
        self, *envelopes: telemetry_pb2.Envelope, timeout_s: float = TIMEOUT_S
    ) -> telemetry_pb2.ReportResponse:
        """Send envelopes; raises grpc.RpcError when the call fails."""
        request = telemetry_pb2.ReportRequest(
            agent_version="0.1.0",
            platform="linux",
            send_time=timestamp(datetime.now(UTC)),
            envelopes=envelopes,
        )
        stub = telemetry_pb2_grpc.TelemetryServiceStub(self.channel())
        return stub.Report(request, timeout=timeout_s)

    def upload(
        self, request: telemetry_pb2.UploadSectionsRequest
    ) -> telemetry_pb2.UploadSectionsResponse:
        """Upload sections."""
        stub = telemetry_pb2_grpc.TelemetryServiceStub(self.channel())
        return stub.UploadSections(request, timeout=TIMEOUT_S)

    def renew(self, key: ec.EllipticCurvePrivateKey) -> identity_pb2.RenewResponse:
        """Ask for a certificate for a new key."""
        stub = identity_pb2_grpc.IdentityServiceStub(self.channel())
        return stub.Renew(identity_pb2.RenewRequest(csr_der=csr(key)), timeout=TIMEOUT_S)


def sample_record(at: datetime, sample: sample_pb2.Sample) -> telemetry_pb2.Record:
    """Return a record of one sample."""
    return telemetry_pb2.Record(observe_time=timestamp(at), boot_id="boot-1", sample=sample)


def renewal_proof(
    key: ec.EllipticCurvePrivateKey, csr_der: bytes, nonce: bytes, at: datetime
) -> bytes:
    """Return the signature that `RenewExpiredRequest` asks for."""
    seconds = int(at.timestamp()).to_bytes(8, "big")
    digest = hashlib.sha256(csr_der).digest()
    message = b"sickbay renew expired v1\0" + nonce + seconds + digest
    return key.sign(message, ec.ECDSA(hashes.SHA256()))
