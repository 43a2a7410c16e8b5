"""Certificates as an attacker, or a broken authority, would make them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sickbay_collector.pki.authority import Authority
from sickbay_collector.pki.reading import URI_PREFIX

CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)


def device_uri(device_id: str) -> x509.GeneralName:
    """Return the name that a device certificate carries."""
    return x509.UniformResourceIdentifier(URI_PREFIX + device_id)


def forge(
    authority: Authority,
    key: ec.EllipticCurvePrivateKey,
    *,
    names: Sequence[x509.GeneralName],
    now: datetime,
    usages: Sequence[x509.ObjectIdentifier] = CLIENT,
    lifetime: timedelta = timedelta(hours=1),
) -> bytes:
    """Return a certificate in DER, signed with the authority's own key."""
    issuer = x509.load_der_x509_certificate(authority.certificate_der).subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + lifetime)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=True)
    signed = builder.sign(authority._key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)
