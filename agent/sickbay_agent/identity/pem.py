"""Certificates as text and as bytes, without ssl, which is large."""

import binascii
import re
from base64 import b64decode, b64encode

_LINE = 64
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_ONE = re.compile(rf"\s*{_BEGIN}\s(.+?)\s?{_END}\s*", re.DOTALL)


def as_der(pem: str) -> bytes:
    """Return one certificate in PEM as DER. Source: RFC 7468 section 5.

    Raises:
        ValueError: It is not one, or damaged.
    """
    found = _ONE.fullmatch(pem)
    if found is None:
        raise ValueError("not one certificate in PEM")
    try:
        return b64decode("".join(found[1].split()), validate=True)
    except binascii.Error:
        raise ValueError("a damaged certificate in PEM") from None


def as_pem(der: bytes) -> str:
    """Return a certificate in DER as PEM."""
    text = b64encode(der).decode("ascii")
    lines = [text[place : place + _LINE] for place in range(0, len(text), _LINE)]
    return "\n".join([_BEGIN, *lines, _END, ""])
