"""Looks through a message's bytes before they are parsed: how many fields would come of them.

A field costs two bytes on the wire and a hundred in memory, so 4 MiB of empty messages would become
hundreds of MiB. Only long messages are looked through; short ones cannot grow far.
"""

from collections.abc import Mapping
from functools import cache

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError

# Wire types. Source: protobuf.dev, "Encoding", section "Message structure".
_VARINT, _FIXED64, _LENGTH, _START, _END, _FIXED32 = range(6)
# Ten groups of seven bits hold 64.
_VARINT_BYTES = 10


def has_more_fields(data: bytes, kind: Descriptor, limit: int) -> bool:
    """Return whether a message of this kind, with all messages in it, has more fields than that.

    Bytes of unknown fields and of strings are not looked into: they become no messages.

    Raises:
        DecodeError: The bytes are no such message.
    """
    # Of the messages around the present one: where they go on, where they end, what they are.
    outer: list[tuple[int, int, Descriptor]] = []
    at, end, count = 0, len(data), 0
    while True:
        while at < end:
            count += 1
            if count > limit:
                return True
            tag, at = _number(data, at, end)
            if tag & 7 != _LENGTH:
                at = _behind(data, at, end, tag & 7)
                continue
            size, at = _number(data, at, end)
            part = _parts(kind).get(tag >> 3)
            if part is not None and size <= end - at:
                outer.append((at + size, end, kind))
                end, kind = at + size, part
            else:
                at += size
        if at > end:
            raise DecodeError("a field ends behind its message")
        if not outer:
            return False
        at, end, kind = outer.pop()


@cache
def _parts(kind: Descriptor) -> Mapping[int, Descriptor]:
    """Return the kinds of the messages that a message may hold, by field number."""
    return {
        field.number: field.message_type for field in kind.fields if field.message_type is not None
    }


def _behind(data: bytes, at: int, end: int, wire_type: int) -> int:
    """Return where a field that has no length ends."""
    if wire_type == _VARINT:
        return _number(data, at, end)[1]
    if wire_type == _FIXED64:
        return at + 8
    if wire_type == _FIXED32:
        return at + 4
    if wire_type in {_START, _END}:
        return at
    raise DecodeError(f"no wire type {wire_type}")


def _number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a variable-length number and where it ends."""
    number = 0
    for shift in range(min(_VARINT_BYTES, end - at)):
        byte = data[at + shift]
        number |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return number, at + shift + 1
    raise DecodeError("a number does not end")
