"""The model as protocol buffers, field by field of the same name.

`x_at` becomes the Timestamp `x_time`, `x_s` the Duration `x` unless the message has an `x_s`
itself, an enum the member of the same name. None is left unset. A test holds that each field of
the model has its place in the protocol and the reverse.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TypeAlias, TypeVar, cast, get_args, get_type_hints

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from sickbay.canonical import section_hash
from sickbay.v1 import inventory_pb2, sample_pb2, telemetry_pb2
from sickbay_agent.model.common import Absence
from sickbay_agent.model.inventory import (
    InventoryState,
    SectionContent,
    SectionHash,
    SectionKind,
    section_kind,
)
from sickbay_agent.model.record import Gap, ProblemReport
from sickbay_agent.model.sample import Sample

Plain: TypeAlias = (
    "str | bytes | int | float | bool | list[Plain] | dict[str, Plain] | dict[str, int]"
)
Convert: TypeAlias = "Callable[[object], Plain | None]"
Step: TypeAlias = "tuple[str, str, Convert]"
T = TypeVar("T")
M = TypeVar("M", bound=Message)
RecordContent: TypeAlias = Sample | InventoryState | Gap | ProblemReport

# Longer than any serial, path or version that people use; a hostile device name stops here.
TEXT_LIMIT = 512
# What one upload takes, less a little for what stands around the section.
SECTION_MAX_BYTES = (4 << 20) - 4096
# Source: proto/sickbay/v1: Absence.reason, ProbeRun.error and ProblemReport.text.
_LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "sickbay.v1.Absence.reason": 256,
        "sickbay.v1.ProbeRun.error": 256,
        "sickbay.v1.ProblemReport.text": 4000,
    }
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Source: google/protobuf/duration.proto: some 10,000 years.
_DURATION_LIMIT_S = 315_576_000_000
_CONTROL = MappingProxyType(dict.fromkeys((*range(0x20), 0x7F), " "))
_CONTROL_BUT_LINES = MappingProxyType(
    {code: space for code, space in _CONTROL.items() if chr(code) not in "\n\t"}
)
_RANGES: Mapping[int, tuple[int, int]] = MappingProxyType(
    {
        FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
        FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
        FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
        FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    }
)


def encode_sample(sample: Sample) -> sample_pb2.Sample:
    """Return a sample as its message. Numbers that a field cannot hold are left out."""
    return _build(sample_pb2.Sample, _encode(sample, sample_pb2.Sample.DESCRIPTOR))


def encode_section(section: SectionContent) -> inventory_pb2.Section:
    """Return a section as its message, with the hash of its content filled in.

    Rows that do not fit into one upload are left out, and the section is then marked truncated.
    """
    kind = str(section_kind(section))
    field = inventory_pb2.Section.DESCRIPTOR.fields_by_name[kind]
    message = _build(inventory_pb2.Section, {kind: _encode(section, _message_type(field))})
    _shorten(message, kind)
    message.hash = section_hash(message)
    return message


def _shorten(message: inventory_pb2.Section, kind: str) -> None:
    content = getattr(message, kind)
    while (size := message.ByteSize()) > SECTION_MAX_BYTES:
        lists = (items for field, items in content.ListFields() if field.is_repeated)
        rows = max(lists, key=len)
        # At least one less each time, so that it ends.
        del rows[min(len(rows) - 1, len(rows) * SECTION_MAX_BYTES // size) :]
        content.truncated = True


def inventory_state(
    sections: Iterable[inventory_pb2.Section], absences: Iterable[Absence]
) -> InventoryState:
    """Return the state that names the given sections by their hashes."""
    hashes = (
        SectionHash(kind=SectionKind(str(section.WhichOneof("content"))), hash=section.hash)
        for section in sections
    )
    return InventoryState(sections=tuple(hashes), absences=tuple(absences))


def encode_record(
    content: RecordContent, *, observed_at: datetime, boot_id: str, since_boot_s: float | None
) -> telemetry_pb2.Record:
    """Return one thing to report with the moment it was observed.

    Args:
        content: What was observed.
        observed_at: When, by the device's clock; aware.
        boot_id: The kernel's id of this boot; empty where unknown.
        since_boot_s: Time since that boot, suspend included; None where unknown.
    """
    name, descriptor = _record_field(type(content))
    moment: dict[str, Plain] = {"observe_time": _timestamp(observed_at), "boot_id": clean(boot_id)}
    if since_boot_s is not None and (since_boot := _duration(since_boot_s)) is not None:
        moment["since_boot"] = since_boot
    moment[name] = _encode(content, descriptor)
    return _build(telemetry_pb2.Record, moment)


def clean(text: str, limit: int = TEXT_LIMIT, *, keep_lines: bool = False) -> str:
    """Return text that is fit for the wire and for people: no controls, no half characters.

    Args:
        text: Anything a device claims.
        limit: Characters to keep.
        keep_lines: Whether line ends and tabs stay; they become spaces otherwise.
    """
    if text.isprintable():
        return text[:limit]
    kept = text[:limit].translate(_CONTROL_BUT_LINES if keep_lines else _CONTROL)
    return kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _first_bytes(text: str, limit: int) -> str:
    return text if text.isascii() else text.encode()[:limit].decode(errors="ignore")


def wire_name(name: str, descriptor: Descriptor) -> str:
    """Return the name in a message of a field of the model.

    Raises:
        KeyError: The message has no such field.
    """
    candidates = [name]
    if name.endswith("_at"):
        candidates.append(f"{name.removesuffix('_at')}_time")
    if name.endswith("_s"):
        candidates.append(name.removesuffix("_s"))
    for candidate in candidates:
        if candidate in descriptor.fields_by_name:
            return candidate
    raise KeyError(f"{descriptor.full_name} has no field for {name}")


def _build(cls: Callable[..., M], encoded: Mapping[str, Plain]) -> M:
    return cls(**encoded)


def _encode(value: object, descriptor: Descriptor) -> dict[str, Plain]:
    """Return the fields that are set, as the message's constructor takes them."""
    encoded: dict[str, Plain] = {}
    for name, wire, convert in _plan(cast("Hashable", type(value)), descriptor):
        item = getattr(value, name)
        if item is not None and (plain := convert(item)) is not None:
            encoded[wire] = plain
    return encoded


@cache
def _plan(cls: type, descriptor: Descriptor) -> tuple[Step, ...]:
    """Return for each field of a class: its name, its name on the wire, how to convert it."""
    hints = get_type_hints(cls)
    plan = []
    for field in fields(cls):
        wire = wire_name(field.name, descriptor)
        target = descriptor.fields_by_name[wire]
        convert = _converter(_inner(hints[field.name]), target)
        plan.append((field.name, wire, _each(convert) if target.is_repeated else convert))
    return tuple(plan)


def _record_field(cls: type) -> tuple[str, Descriptor]:
    for field in telemetry_pb2.Record.DESCRIPTOR.oneofs_by_name["content"].fields:
        descriptor = _message_type(field)
        if descriptor.name == cls.__name__:
            return field.name, descriptor
    raise KeyError(f"a record cannot hold a {cls.__name__}")


def _message_type(field: FieldDescriptor) -> Descriptor:
    if field.message_type is None:
        raise TypeError(f"{field.full_name} is not a message")
    return field.message_type


def _inner(hint: object) -> type:
    """Return the class inside `X | None` or `tuple[X, ...]`."""
    for argument in get_args(hint):
        if argument not in {type(None), ...}:
            return _inner(argument)
    if not isinstance(hint, type):
        raise TypeError(f"{hint} cannot be encoded")
    return hint


def _converter(cls: type, field: FieldDescriptor) -> Convert:
    if is_dataclass(cls):
        descriptor = _message_type(field)
        return lambda value: _encode(value, descriptor)
    if field.enum_type is not None:
        return _enum(cls, field.enum_type)
    if cls is str:
        return _text(field)
    if cls is int:
        return _integer(*_RANGES[field.cpp_type])
    if field.message_type is not None:
        return _typed(_timestamp if cls is datetime else _duration)
    return _typed(_number if cls is float else _as_is)


def _typed(convert: "Callable[[T], Plain | None]") -> Convert:
    """Return a converter of one type as one of anything: the plan hands it nothing else."""
    return cast("Convert", convert)


def _each(convert: Convert) -> Convert:
    def each(items: tuple[object, ...]) -> list[Plain]:
        return [plain for item in items if (plain := convert(item)) is not None]

    return _typed(each)


def _enum(cls: type, target: EnumDescriptor) -> Convert:
    """Return how members map to numbers: DriveMedium's SSD is DRIVE_MEDIUM_SSD."""
    if not issubclass(cls, StrEnum):
        raise TypeError(f"{cls.__name__} is not a StrEnum")
    prefix = "".join(f"_{char}" if char.isupper() else char for char in target.name)[1:].upper()
    numbers = {member: target.values_by_name[f"{prefix}_{member.name}"].number for member in cls}
    return _typed(numbers.__getitem__)


def _text(field: FieldDescriptor) -> Convert:
    limit = _LIMITS.get(field.full_name, TEXT_LIMIT)
    keep_lines = field.full_name == "sickbay.v1.ProblemReport.text"

    def text(value: str) -> str:
        kept = clean(value, limit, keep_lines=keep_lines)
        # In bytes too, or a sample of all its longest texts is no longer a record.
        return kept if keep_lines else _first_bytes(kept, limit)

    return _typed(text)


def _integer(low: int, high: int) -> Convert:
    def integer(value: int) -> int | None:
        return value if low <= value <= high else None

    return _typed(integer)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _as_is(value: bool | bytes) -> bool | bytes:  # noqa: FBT001 - the value, not a switch
    return value


def _timestamp(at: datetime) -> dict[str, int]:
    since = at - _EPOCH
    return {"seconds": since.days * 86400 + since.seconds, "nanos": since.microseconds * 1000}


def _duration(value: float) -> dict[str, int] | None:
    if not abs(value) <= _DURATION_LIMIT_S:  # NaN neither
        return None
    micros = round(value * 1e6)  # as fine as timestamps are, and free of binary fractions
    seconds = int(micros / 1e6)  # towards zero: both parts carry the sign, as Duration asks
    return {"seconds": seconds, "nanos": (micros - seconds * 1_000_000) * 1000}
