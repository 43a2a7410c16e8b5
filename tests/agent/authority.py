"""A certificate authority for tests: one CA, server and device certificates, any dates."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sickbay_agent.exchange import Grant
from sickbay_agent.identity.child import URI_PREFIX

_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER
DEVICE_ID = "0190a1b2-0000-7000-8000-000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFiles:
    """Key and chain (leaf, CA) of a server, in PEM."""

    key_pem: bytes
    chain_pem: bytes


class Authority:
    """One CA."""

    def __init__(self, name: str = "test CA") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        self.certificate = (
            self._builder(self._key.public_key(), now - timedelta(days=1), now + timedelta(days=9))
            .subject_name(self._name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(_DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(_PEM)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    def server(self, name: str = "127.0.0.1") -> ServerFiles:
        """Return a server's key and chain for one address or name."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        try:
            san: x509.GeneralName = x509.IPAddress(ip_address(name))
        except ValueError:
            san = x509.DNSName(name)
        leaf = (
            self._builder(key.public_key(), now - timedelta(hours=1), now + timedelta(days=1))
            .subject_name(x509.Name([]))
            .add_extension(x509.SubjectAlternativeName([san]), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        key_pem = key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return ServerFiles(key_pem=key_pem, chain_pem=leaf.public_bytes(_PEM) + self.pem)

    def grant(
        self,
        csr_der: bytes,
        *,
        uris: Sequence[str] = (URI_PREFIX + DEVICE_ID,),
        not_before: datetime | None = None,
        lifetime: timedelta = timedelta(hours=24),
    ) -> Grant:
        """Return a device certificate for the key in a signing request."""
        request = x509.load_der_x509_csr(csr_der)
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        start = not_before or datetime.now(UTC) - timedelta(minutes=10)
        builder = self._builder(key, start, start + lifetime).subject_name(x509.Name([]))
        if uris:
            names = [x509.UniformResourceIdentifier(uri) for uri in uris]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
        leaf = builder.sign(self._key, hashes.SHA256()).public_bytes(_DER)
        return Grant(chain_der=(leaf, self.der), authorities_der=(self.der,))

    def _builder(
        self, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )
