"""Keys and enrollment of synthetic devices: each gets its own certificate, as a real one does.

Making a P-256 key and a signing request takes well under a millisecond, so no key is used twice.
"""

import asyncio
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sickbay.v1 import common_pb2, enrollment_pb2
from sickbay_collector import __version__
from sickbay_collector.core.errors import DeniedError, SickbayError
from sickbay_collector.simulator.fleet.device import SimulatedDevice

# Agents wait as long for an answer.
DEADLINE_S = 20.0
ENROLL = "/sickbay.v1.EnrollmentService/Enroll"
CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
    # Without this, channels of one process share connections, and with them certificates.
    ("grpc.use_local_subchannel_pool", 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a collector is, and what lets devices in."""

    agent_address: str
    """`host:port` of the agents' port."""
    enroll_address: str
    """`host:port` of the enrollment port."""
    ca_pem: bytes
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What proves who a device is."""

    device_id: str
    key_pem: bytes = field(repr=False)
    chain_pem: bytes
    ca_pem: bytes

    @property
    def credentials(self) -> grpc.ChannelCredentials:
        """Return the credentials for the agents' port."""
        return grpc.ssl_channel_credentials(self.ca_pem, self.key_pem, self.chain_pem)


def open_enrollment(reach: Reach) -> grpc.aio.Channel:
    """Return a channel to the enrollment port, which all devices share."""
    credentials = grpc.ssl_channel_credentials(reach.ca_pem)
    return grpc.aio.secure_channel(reach.enroll_address, credentials, CHANNEL_OPTIONS)


async def enroll(channel: grpc.aio.Channel, device: SimulatedDevice, reach: Reach) -> Identity:
    """Return a new identity for a device.

    Raises:
        DeniedError: The collector does not take the token.
        grpc.aio.AioRpcError: The call failed for another reason.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    request = enrollment_pb2.EnrollRequest(
        token=reach.token,
        csr_der=_csr(key),
        # Another one in each run: the same fleet again is other devices.
        agent_instance_id=str(uuid.uuid4()),
        nonce=secrets.token_bytes(16),
        hostname=device.hostname,
        evidence=_evidence(device),
        agent_version=__version__,
    )
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(ENROLL)
    try:
        answer = await call(request.SerializeToString(), timeout=DEADLINE_S)
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            raise DeniedError(
                f"{reach.enroll_address}: {error.details()}; make one with "
                "`sickbay token make --uses` and as many uses as devices"
            ) from None
        raise
    response = enrollment_pb2.EnrollResponse.FromString(answer)
    return Identity(
        device_id=response.device_id,
        key_pem=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        chain_pem=_pem(response.certificate_chain_der),
        ca_pem=reach.ca_pem,
    )


async def require_collector(reach: Reach, *, timeout_s: float) -> None:
    """Find out whether a collector answers at the enrollment port.

    Raises:
        SickbayError: None does, or its certificate is not of the authority.
    """
    async with open_enrollment(reach) as channel:
        try:
            await asyncio.wait_for(channel.channel_ready(), timeout_s)
        except TimeoutError:
            raise SickbayError(
                f"no collector that this authority knows answers at {reach.enroll_address} within "
                f"{timeout_s:g} s: start it, or check address and --ca-file"
            ) from None


def _csr(key: ec.EllipticCurvePrivateKey) -> bytes:
    # The collector uses the public key alone and writes the name itself.
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _evidence(device: SimulatedDevice) -> common_pb2.HardwareEvidence:
    return common_pb2.HardwareEvidence(
        smbios_uuid=device.uuid(100),
        system_serial=device.serial,
        machine_id=device.uuid(101).replace("-", ""),
        permanent_macs=[device.mac],
        boot_drive_serial=device.drive_serial,
        virtualization="none",
    )


def _pem(certificates_der: Iterable[bytes]) -> bytes:
    return b"".join(
        x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        for der in certificates_der
    )
