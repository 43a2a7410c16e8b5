"""EnrollmentService and IdentityService: certificates for devices."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import enrollment_pb2 as pb
from sickbay.v1 import identity_pb2
from sickbay_collector.core.errors import DeniedError, InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.authority import Authority
from sickbay_collector.pki.issuers import DeviceIssuer
from sickbay_collector.pki.reading import verify_possession
from sickbay_collector.rpc.decode import decode_evidence
from sickbay_collector.rpc.method import Admit, Caller, Method, service
from sickbay_collector.rpc.peer import peer_address
from sickbay_collector.services.enrollment import (
    Certificate,
    EnrollCommand,
    enroll,
    renew,
    renew_expired,
)
from sickbay_collector.services.enrollment_tokens import TokenRefusedError
from sickbay_collector.services.ports import OpenUnitOfWork

_PROOF = b"sickbay renew expired v1\0"
# The device's clock may be this far off; the proof is for one key only, so repeating it is useless.
_PROOF_AGE = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentServicer:
    """Issues certificates; every call runs in a thread, because it signs and stores."""

    authority: Authority
    issuer: DeviceIssuer
    open_uow: OpenUnitOfWork
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    issued: Callable[[str], None]
    """Told "enroll", "renew" or "renew_expired" for each certificate."""
    refused: Callable[[str], None]
    """Told why, one of `Refusal`, for each token that let nobody in."""

    def enrollment_handler(self) -> grpc.GenericRpcHandler:
        """Return the service for the enrollment port: the only methods open to strangers."""
        return service(
            "sickbay.v1.EnrollmentService",
            [
                Method("Enroll", pb.EnrollRequest, self.enroll, None),
                Method("RenewExpired", pb.RenewExpiredRequest, self.renew_expired, None),
            ],
        )

    def identity_handler(self, admit: Admit) -> grpc.GenericRpcHandler:
        """Return the service for the agents' port."""
        return service(
            "sickbay.v1.IdentityService",
            [Method("Renew", identity_pb2.RenewRequest, self.renew, admit)],
        )

    async def enroll(self, request: pb.EnrollRequest, caller: Caller) -> pb.EnrollResponse:
        """Trade a token for a device identity."""
        # A token may carry the CA's fingerprint behind a dot, which is for the agent alone.
        command = EnrollCommand(
            secret=request.token.split(".", 1)[0],
            csr_der=request.csr_der,
            agent_instance_id=request.agent_instance_id,
            nonce=request.nonce,
            hostname=request.hostname,
            evidence=decode_evidence(request.evidence),
            agent_version=request.agent_version,
            capabilities=tuple(request.capabilities),
            address=peer_address(caller.address),
        )
        try:
            device_id, certificate = await asyncio.to_thread(
                enroll, command, self.open_uow, self.issuer, now=self.clock(), new_id=self.new_id
            )
        except TokenRefusedError as refused:
            self.refused(refused.reason)
            raise
        self.issued("enroll")
        return pb.EnrollResponse(
            device_id=device_id,
            certificate_chain_der=certificate.chain_der,
            authorities_der=certificate.authorities_der,
            expire_time=_timestamp(certificate),
        )

    async def renew_expired(
        self, request: pb.RenewExpiredRequest, _: Caller
    ) -> pb.RenewExpiredResponse:
        """Renew an expired certificate by proof of possession of its key."""
        certificate = await asyncio.to_thread(self._renew_expired, request)
        self.issued("renew_expired")
        return pb.RenewExpiredResponse(
            certificate_chain_der=certificate.chain_der,
            authorities_der=certificate.authorities_der,
            expire_time=_timestamp(certificate),
        )

    async def renew(
        self, request: identity_pb2.RenewRequest, caller: Caller
    ) -> identity_pb2.RenewResponse:
        """Renew a certificate that is still valid."""
        certificate = await asyncio.to_thread(
            renew,
            caller.device_id or DeviceId(""),
            request.csr_der,
            self.open_uow,
            self.issuer,
            now=self.clock(),
        )
        self.issued("renew")
        return identity_pb2.RenewResponse(
            certificate_chain_der=certificate.chain_der,
            authorities_der=certificate.authorities_der,
            expire_time=_timestamp(certificate),
        )

    def _renew_expired(self, request: pb.RenewExpiredRequest) -> Certificate:
        now = self.clock()
        peer = self.authority.verify_device(request.certificate_der)
        seconds = request.sign_time.seconds
        if abs(now.timestamp() - seconds) > _PROOF_AGE.total_seconds():
            raise DeniedError("sign_time is more than 2 days away: the device's clock is wrong")
        if len(request.nonce) != 16:
            raise InvalidError(f"nonce: 16 bytes, not {len(request.nonce)}")
        digest = hashlib.sha256(request.csr_der).digest()
        message = _PROOF + request.nonce + seconds.to_bytes(8, "big") + digest
        verify_possession(request.certificate_der, message, request.signature)
        return renew_expired(peer, request.csr_der, self.open_uow, self.issuer, now=now)


def _timestamp(certificate: Certificate) -> Timestamp:
    return Timestamp(seconds=int(certificate.expires_at.timestamp()))
