"""What needs the cryptography package or ssl, as a program: one JSON request, one JSON answer.

Run as `python -m sickbay_agent.identity.child`. Private keys stay in their files; they never pass
through the pipe.
"""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sickbay_agent.errors import IdentityError
from sickbay_agent.exchange import CallError
from sickbay_agent.files import write_atomically
from sickbay_agent.identity.chain import fetch_chain

# The device's name in its certificate, before its id.
URI_PREFIX = "spiffe://sickbay/device/"

_PEM = serialization.Encoding.PEM
_DER = serialization.Encoding.DER


def request_certificate(key_file: Path) -> bytes:
    """Return a signing request in DER for the key in a file; makes the key where there is none.

    Raises:
        IdentityError: The file holds no P-256 key.
    """
    if not key_file.exists():
        write_atomically(key_file, _new_key(), mode=0o600)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sickbay agent")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(_load_key(key_file), hashes.SHA256()).public_bytes(_DER)


def sign(key_file: Path, message: bytes) -> bytes:
    """Return the ECDSA signature with SHA-256 of a message.

    Raises:
        IdentityError: The file holds no P-256 key.
    """
    return _load_key(key_file).sign(message, ec.ECDSA(hashes.SHA256()))


def check_grant(
    key_file: Path, chain_der: Sequence[bytes], authorities_der: Sequence[bytes]
) -> dict[str, str]:
    """Return what a granted certificate says, after checking that it is ours.

    Returns:
        device_id, not_before and not_after (ISO 8601), chain_pem, authorities_pem.

    Raises:
        IdentityError: It is for another key, names no device, or was not issued by an authority
            that comes with it.
    """
    try:
        chain = [x509.load_der_x509_certificate(der) for der in chain_der]
        authorities = [x509.load_der_x509_certificate(der) for der in authorities_der]
    except ValueError:
        raise IdentityError("the collector sent a certificate that cannot be read") from None
    if not chain or not authorities:
        raise IdentityError("the collector sent no certificate or no authority")
    leaf = chain[0]
    if leaf.public_key() != _load_key(key_file).public_key():
        raise IdentityError("the collector sent a certificate for another key")
    if not any(_is_issued_by(leaf, issuer) for issuer in chain[1:] + authorities):
        raise IdentityError("the collector sent a certificate that its authority did not issue")
    return {
        "device_id": _device_id(leaf),
        "not_before": leaf.not_valid_before_utc.isoformat(),
        "not_after": leaf.not_valid_after_utc.isoformat(),
        "chain_pem": b"".join(one.public_bytes(_PEM) for one in chain).decode(),
        "authorities_pem": b"".join(one.public_bytes(_PEM) for one in authorities).decode(),
    }


def answer(request: Mapping[str, object]) -> dict[str, str]:
    """Return the answer to one request; see `keysmith` for the requests.

    Raises:
        IdentityError: The request cannot be fulfilled.
    """
    if request["action"] == "chain":
        return _presented(str(request["address"]), str(request["server_name"]))
    key_file = Path(str(request["key_file"]))
    try:
        match request["action"]:
            case "request":
                return {"csr": _encoded(request_certificate(key_file))}
            case "sign":
                return {"signature": _encoded(sign(key_file, _decoded(request["message"])))}
            case "check":
                chain, authorities = _list(request["chain"]), _list(request["authorities"])
                return check_grant(key_file, chain, authorities)
    except OSError as error:
        raise IdentityError(f"{key_file}: {error.strerror}") from None
    raise IdentityError(f"unknown action {request['action']!r}")


def _presented(address: str, server_name: str) -> dict[str, str]:
    try:
        chain = fetch_chain(address, server_name or None)
    except CallError as error:
        return {"unreachable": str(error)}
    return {"chain": " ".join(_encoded(der) for der in chain)}


def main() -> None:
    """Answer the request on standard input."""
    try:
        reply = answer(json.load(sys.stdin))
    except IdentityError as error:
        reply = {"error": str(error)}
    json.dump(reply, sys.stdout)


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load_key(key_file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (ValueError, TypeError):
        raise IdentityError(f"{key_file}: no private key; remove it and enroll again") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise IdentityError(f"{key_file}: not a P-256 key; remove it and enroll again")
    return key


def _is_issued_by(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _device_id(leaf: x509.Certificate) -> str:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if len(uris) != 1 or not uris[0].startswith(URI_PREFIX):
        raise IdentityError("the collector sent a certificate that names no device")
    return uris[0].removeprefix(URI_PREFIX)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: object) -> bytes:
    return base64.b64decode(str(text))


def _list(items: object) -> list[bytes]:
    return [_decoded(item) for item in items] if isinstance(items, list) else []


if __name__ == "__main__":
    main()
