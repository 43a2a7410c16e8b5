"""The collector's own certificate authority: P-256 keys, device and server certificates.

Certificates are built from our own fields; nothing of a signing request but its public key is
used. A device certificate carries the device id as its only subject alternative name, a URI of our
trust domain.
"""

import fcntl
import hashlib
import ipaddress
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sickbay_collector.core.errors import DeniedError, InvalidError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.enrollment import Certificate

URI_PREFIX = "spiffe://sickbay/device/"
# A slow device clock refuses a certificate that is not valid yet.
_BACKDATED = timedelta(minutes=10)
_KEY_FILE = "ca.key"
_CERTIFICATE_FILE = "ca.crt"
_CURVE = "secp256r1"
_CA_LIFETIME = timedelta(days=3650)
SERVER_LIFETIME = timedelta(days=90)
DEVICE_LIFETIME = timedelta(hours=24)
_CSR_LIMIT_BYTES = 4096
# All that reading a stranger's bytes may raise: the last two are no kinds of ValueError.
_UNREADABLE = (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What a device certificate says."""

    device_id: DeviceId
    key_fingerprint: str
    issued_at: datetime
    not_after: datetime


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
            key_pem=_key_pem(key),
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
        except (*_UNREADABLE, InvalidSignature):
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
            .not_valid_before(now - _BACKDATED)
            .not_valid_after(expires_at)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )


def open_authority(folder: Path, *, now: datetime) -> Authority:
    """Return the authority kept in a folder; make it there if the folder holds none.

    Raises:
        StoreError: The folder cannot be written, or its files are damaged.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone_in(folder):
            if not (folder / _KEY_FILE).exists():
                _create(folder, now)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; the CA folder must be writable") from None
    return read_authority(folder)


def read_authority(folder: Path) -> Authority:
    """Return the authority kept in a folder.

    Raises:
        StoreError: It holds none, or its files are damaged.
    """
    try:
        key = serialization.load_pem_private_key((folder / _KEY_FILE).read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((folder / _CERTIFICATE_FILE).read_bytes())
    except FileNotFoundError as error:
        raise StoreError(f"{error.filename} is not there: name the folder that holds it") from None
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from None
    except _UNREADABLE:
        raise StoreError(f"{folder}: ca.key or ca.crt is damaged; restore both") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != _CURVE:
        raise StoreError(f"{folder / _KEY_FILE}: not a P-256 key")
    if key.public_key() != certificate.public_key():
        raise StoreError(f"{folder}: ca.key and ca.crt do not belong together; restore both")
    return Authority(key, certificate)


def csr_key(csr_der: bytes) -> ec.EllipticCurvePublicKey:
    """Return the public key of a signing request.

    Raises:
        InvalidError: It is no PKCS#10 request for a P-256 key, or its signature is wrong.
    """
    if len(csr_der) > _CSR_LIMIT_BYTES:
        raise InvalidError(f"csr_der: at most {_CSR_LIMIT_BYTES} bytes, not {len(csr_der)}")
    try:
        request = x509.load_der_x509_csr(csr_der)
        key = request.public_key()
        signed = request.is_signature_valid
    except _UNREADABLE:
        raise InvalidError("csr_der: not a PKCS#10 request in DER") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != _CURVE:
        raise InvalidError("csr_der: the key must be P-256")
    if not signed:
        raise InvalidError("csr_der: the signature is wrong")
    return key


def key_fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return the SHA-256 of a public key's SubjectPublicKeyInfo, hexadecimal."""
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(spki).hexdigest()


def read_peer(certificate: x509.Certificate) -> Peer:
    """Return what a device certificate says; its signature was checked by TLS or the caller.

    Raises:
        DeniedError: It has not exactly one URI of our trust domain and nothing else as name, or it
            is not meant for clients.
    """
    try:
        names = list(
            certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        )
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        raise DeniedError("not a device certificate") from None
    key = certificate.public_key()
    if (
        len(names) != 1
        or not isinstance(names[0], x509.UniformResourceIdentifier)
        or not names[0].value.startswith(URI_PREFIX)
        or ExtendedKeyUsageOID.CLIENT_AUTH not in usage
        or not isinstance(key, ec.EllipticCurvePublicKey)
    ):
        raise DeniedError("not a device certificate")
    return Peer(
        device_id=DeviceId(names[0].value.removeprefix(URI_PREFIX)),
        key_fingerprint=key_fingerprint(key),
        issued_at=certificate.not_valid_before_utc + _BACKDATED,
        not_after=certificate.not_valid_after_utc,
    )


def verify_possession(certificate_der: bytes, message: bytes, signature: bytes) -> None:
    """Check that a message was signed with the key of a certificate (ECDSA, SHA-256).

    Raises:
        DeniedError: It was not.
    """
    key = x509.load_der_x509_certificate(certificate_der).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise DeniedError("not a device certificate")
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise DeniedError("the proof of possession is wrong") from None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes out: two that start at once must not mix their keys."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create(folder: Path, now: datetime) -> None:
    """Write the key last and whole: without it the next start begins anew."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sickbay device authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_CA_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / _CERTIFICATE_FILE, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(folder / _KEY_FILE, _key_pem(key), 0o600)


def _write(file: Path, data: bytes, mode: int) -> None:
    """Write a file that is whole or not there."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


_CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
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


class DeviceIssuer:
    """Issues device certificates for the use cases in `services.enrollment`."""

    def __init__(self, authority: Authority, *, lifetime: timedelta = DEVICE_LIFETIME) -> None:
        self._authority = authority
        self._lifetime = lifetime

    def fingerprint_of(self, csr_der: bytes) -> str:
        """Return the fingerprint of the key in a signing request."""
        return key_fingerprint(csr_key(csr_der))

    def issue(self, csr_der: bytes, device_id: DeviceId, *, now: datetime) -> Certificate:
        """Return a certificate for the key in a signing request."""
        leaf, expires_at = self._authority.issue_device(
            csr_der, device_id, now=now, lifetime=self._lifetime
        )
        return Certificate(
            chain_der=(leaf, self._authority.certificate_der),
            authorities_der=(self._authority.certificate_der,),
            expires_at=expires_at,
        )


class ServerIdentities:
    """Keeps the servers' identity fresh while the process runs for months."""

    def __init__(
        self, authority: Authority, names: Sequence[str], clock: Callable[[], datetime]
    ) -> None:
        self._authority = authority
        self._names = names
        self._clock = clock
        self._current = authority.issue_server(names, now=clock())

    def current(self) -> ServerIdentity:
        """Return the identity to show now; the same object until it is renewed."""
        now = self._clock()
        if now >= self._current.renew_at:
            self._current = self._authority.issue_server(self._names, now=now)
        return self._current
