"""Keeps the authority's key and certificate in a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sickbay_collector.core.errors import StoreError
from sickbay_collector.pki.authority import Authority, key_pem
from sickbay_collector.pki.reading import BACKDATED, CURVE, UNREADABLE

_KEY_FILE = "ca.key"
_CERTIFICATE_FILE = "ca.crt"
_CA_LIFETIME = timedelta(days=3650)
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
    except UNREADABLE:
        raise StoreError(f"{folder}: ca.key or ca.crt is damaged; restore both") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != CURVE:
        raise StoreError(f"{folder / _KEY_FILE}: not a P-256 key")
    if key.public_key() != certificate.public_key():
        raise StoreError(f"{folder}: ca.key and ca.crt do not belong together; restore both")
    return Authority(key, certificate)


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
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_CA_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / _CERTIFICATE_FILE, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(folder / _KEY_FILE, key_pem(key), 0o600)


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
