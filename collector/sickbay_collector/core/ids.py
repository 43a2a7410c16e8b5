"""Identifiers. Random ids are UUIDv7 in text form, so that they sort by time of creation."""

from typing import NewType

DeviceId = NewType("DeviceId", str)
AlertId = NewType("AlertId", str)
TicketId = NewType("TicketId", str)
TokenId = NewType("TokenId", str)
PersonId = NewType("PersonId", str)
RuleId = NewType("RuleId", str)


def uuid7(now_s: float, entropy: bytes) -> str:
    """Return a UUIDv7 in text form.

    Args:
        now_s: Seconds since 1970.
        entropy: 10 random bytes.

    Source: RFC 9562 section 5.7.
    """
    millis = int(now_s * 1000).to_bytes(6, "big")
    tail = bytearray(entropy[:10])
    tail[0] = 0x70 | tail[0] & 0x0F
    tail[2] = 0x80 | tail[2] & 0x3F
    text = (millis + bytes(tail)).hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
