"""Signs device and server certificates."""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sickbay_collector.core.errors import DeniedError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.reading import (
    BACKDATED,
    UNREADABLE,
    URI_PREFIX,
    Peer,
    csr_key,
    read_peer,
)

SERVER_LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """Key and chain of a gRPC server, in PEM."""

    key_pem: bytes
    chain_pem: bytes
    renew_at: datetime
    """Half-way to its expiry: who starts a handshake from then on gets the next one."""


class Authority:
    """Signs device and server certificates with one CA key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate

    @property
    def certificate_der(self) -> bytes:
        """The CA certificate in DER."""
        return self._certificate.public_bytes(serialization.Encoding.DER)

    @property
    def certificate_pem(self) -> bytes:
        """The CA certificate in PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the CA certificate in DER, hexadecimal: what enrollment tokens pin."""
        return hashlib.sha256(self.certificate_der).hexdigest()

    def issue_device(
        self, csr_der: bytes, device_id: DeviceId, *, now: datetime, lifetime: timedelta
    ) -> tuple[bytes, datetime]:
        """Return a device certificate in DER and when it expires.

        Raises:
            InvalidError: It is no PKCS#10 request for a P-256 key, or its signature is wrong.
        """
        expires_at = (now + lifetime).replace(microsecond=0)
        certificate = (
            self._builder(csr_key(csr_der), f"device {device_id}", now, expires_at)
            .add_extension(
                x509.SubjectAlternativeName(
                    [x509.UniformResourceIdentifier(URI_PREFIX + device_id)]
                ),
                critical=False,
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.DER), expires_at

    def issue_server(self, names: Sequence[str], *, now: datetime) -> ServerIdentity:
        """Return a new key and chain (leaf, CA) for servers of these host names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._builder(key.public_key(), "collector", now, now + SERVER_LIFETIME)
            .add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]),
                critical=False,
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        leaf = certificate.public_bytes(serialization.Encoding.PEM)
        return ServerIdentity(
            key_pem=key_pem(key),
            chain_pem=leaf + self.certificate_pem,
            renew_at=now + SERVER_LIFETIME / 2,
        )

    def verify_device(self, certificate_der: bytes) -> Peer:
        """Return what one of our device certificates says, expired or not.

        Raises:
            DeniedError: It is not a device certificate of this authority.
        """
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            certificate.verify_directly_issued_by(self._certificate)
        except (*UNREADABLE, InvalidSignature):
            raise DeniedError("the certificate is not one of this collector") from None
        return read_peer(certificate)

    def _builder(
        self,
        public_key: ec.EllipticCurvePublicKey,
        name: str,
        now: datetime,
        expires_at: datetime,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(expires_at)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key in PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
