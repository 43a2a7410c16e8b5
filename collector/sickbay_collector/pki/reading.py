"""What keys and certificates say that somebody else hands in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from sickbay_collector.core.errors import DeniedError, InvalidError
from sickbay_collector.core.ids import DeviceId

URI_PREFIX = "spiffe://sickbay/device/"
BACKDATED = timedelta(minutes=10)
"""A slow device clock refuses a certificate that is not valid yet."""
CURVE = "secp256r1"
UNREADABLE = (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm)
"""All that reading a stranger's bytes may raise: the last two are no kinds of ValueError."""
_CSR_LIMIT_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What a device certificate says."""

    device_id: DeviceId
    key_fingerprint: str
    issued_at: datetime
    not_after: datetime


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
    except UNREADABLE:
        raise InvalidError("csr_der: not a PKCS#10 request in DER") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != CURVE:
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
        issued_at=certificate.not_valid_before_utc + BACKDATED,
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
