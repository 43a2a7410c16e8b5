"""The canonical form of an inventory section: what its hash is taken over.

Wire bytes are not canonical (protobuf promises no order of maps and no stability across
libraries), so the hash covers a JSON text of the fields that are set: keys sorted, repeated
messages sorted, no white space. Agent and collector both compute it from the message, so neither
believes the other's hash.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import inventory_pb2

Plain: TypeAlias = str | int | float | bool | Sequence["Plain"] | Mapping[str, "Plain"]

# Made once: `json.dumps` with options makes one for each of the thousands of rows of a section.
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def plain(message: Message) -> dict[str, Plain]:
    """Return the set fields of a message as plain values, repeated fields sorted.

    Timestamps become whole seconds since 1970, bytes become hexadecimal text.
    """
    fields: dict[str, Plain] = {}
    for field, value in message.ListFields():
        if field.is_repeated:
            items = [_value(item) for item in value]
            fields[field.name] = sorted(items, key=_text)
        else:
            fields[field.name] = _value(value)
    return fields


def canonical(section: inventory_pb2.Section) -> bytes:
    """Return the canonical form of a section's content, with its kind in front.

    Raises:
        ValueError: The section has no content.
    """
    kind = section.WhichOneof("content")
    if kind is None:
        raise ValueError("section has no content")
    return _canonical(kind, plain(getattr(section, kind)))


def section_hash(section: inventory_pb2.Section) -> bytes:
    """Return the SHA-256 of the canonical form, 32 bytes."""
    return hashlib.sha256(canonical(section)).digest()


def content_hash(kind: str, content: Mapping[str, Plain]) -> bytes:
    """Return the hash of a section whose content is these plain values.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    return hashlib.sha256(_canonical(kind, content)).digest()


def _canonical(kind: str, content: Mapping[str, Plain]) -> bytes:
    return f"{kind}\n{_text(content)}".encode()


def _value(value: object) -> Plain:
    if isinstance(value, Timestamp):
        return value.seconds
    if isinstance(value, Message):
        return plain(value)
    if isinstance(value, bytes):
        return value.hex()
    return cast("Plain", value)


def _text(value: Plain) -> str:
    return _ENCODER.encode(value)
