"""Turns requests of devices into the core's values. Nothing of protobuf goes further in.

A body that cannot be read becomes a refused record with its reason; its neighbours are untouched.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError

from sickbay.canonical import content_hash, plain
from sickbay.v1 import common_pb2, inventory_pb2, telemetry_pb2
from sickbay_collector.core.device import Evidence, Goodbye
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Row, Scalar, SectionContent
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.record import (
    Content,
    Gap,
    InventoryHashes,
    Record,
    Refused,
    Report,
    UserProblem,
)
from sickbay_collector.core.text import clean_text
from sickbay_collector.rpc.decode_agent import decode_agent_status
from sickbay_collector.rpc.decode_sample import decode_sample, moment

MAX_RECORDS = 100
MAX_BODY_BYTES = 1 << 20
MAX_SECTIONS = 16
MAX_ROWS = 5_000
"""Rows of a section: packages, volumes, interfaces."""
_EPOCH_BYTES = 16
_HASH_BYTES = 32
_REPORT_INTERVAL_S = (5.0, 3600.0)
_PLATFORMS = frozenset({"linux", "windows", "macos"})
_LANES = {
    telemetry_pb2.LANE_SAMPLES: Lane.SAMPLES,
    telemetry_pb2.LANE_EVENTS: Lane.EVENTS,
    telemetry_pb2.LANE_STATE: Lane.STATE,
}
LANE_NUMBERS = {lane: number for number, lane in _LANES.items()}
_GOODBYES = {
    telemetry_pb2.GOODBYE_ASLEEP: Goodbye.ASLEEP,
    telemetry_pb2.GOODBYE_SHUTTING_DOWN: Goodbye.SHUTTING_DOWN,
    telemetry_pb2.GOODBYE_AGENT_STOPPING: Goodbye.AGENT_STOPPING,
}
# What names a row of a repeated field: the first of these that the message has.
_KEYS = ("volume_id", "drive_id", "battery_id", "slot", "name", "topic")


def decode_report(
    request: telemetry_pb2.ReportRequest, *, device_id: DeviceId, received_at: datetime
) -> Report:
    """Return a report of a device.

    Raises:
        InvalidError: The request as a whole is malformed: too many envelopes, or out of order.
    """
    if len(request.envelopes) > MAX_RECORDS:
        raise InvalidError(f"envelopes: at most {MAX_RECORDS}, not {len(request.envelopes)}")
    records: list[Record] = []
    unplaced: dict[int, str] = {}
    for position, envelope in enumerate(request.envelopes):
        try:
            records.append(_record(envelope))
        except InvalidError as error:
            unplaced[position] = str(error)
    _check_order(records)
    interval_s = request.report_interval.seconds + request.report_interval.nanos / 1e9
    low, high = _REPORT_INTERVAL_S
    return Report(
        device_id=device_id,
        records=tuple(records),
        unplaced=unplaced,
        received_at=received_at,
        sent_at=_sent_at(request),
        goodbye=_GOODBYES.get(request.goodbye, Goodbye.NONE),
        report_interval_s=min(max(interval_s, low), high) if interval_s else 60.0,
        agent_version=clean_text(request.agent_version, limit=64),
        capabilities=tuple(clean_text(name, limit=64) for name in request.capabilities[:32]),
        platform=request.platform if request.platform in _PLATFORMS else "",
        size_bytes=request.ByteSize(),
        agent=(
            decode_agent_status(request.agent_status) if request.HasField("agent_status") else None
        ),
    )


def decode_section(section: inventory_pb2.Section) -> tuple[bytes, SectionContent]:
    """Return a section's own hash and its content.

    Raises:
        InvalidError: It is empty, too long, or its hash is not that of its content.
    """
    kind = section.WhichOneof("content")
    if kind is None:
        raise InvalidError("section without content: this collector does not know its kind")
    content = getattr(section, kind)
    # Before the hash, which takes longer than all the rest.
    count = sum(
        len(items)
        for field, items in content.ListFields()
        if field.is_repeated and field.message_type is not None
    )
    if count > MAX_ROWS:
        raise InvalidError(f"section {kind}: at most {MAX_ROWS} rows, not {count}")
    try:
        fields = plain(content)
        own_hash = content_hash(kind, fields)
    except ValueError:
        raise InvalidError(f"section {kind}: a number is NaN or infinite") from None
    if own_hash != section.hash:
        raise InvalidError("hash is not that of the content")
    facts: dict[str, Scalar] = {}
    rows: dict[str, Row] = {}
    for name, value in fields.items():
        if isinstance(value, (str, int, float)):
            facts[name] = _scalar(value)
        elif isinstance(value, list):
            field = content.DESCRIPTOR.fields_by_name[name]
            _repeated(name, _worded(value, field), facts, rows)
    return own_hash, SectionContent(kind=kind, facts=facts, rows=rows)


def decode_evidence(message: common_pb2.HardwareEvidence) -> Evidence:
    """Return what identifies the hardware."""
    return Evidence(
        smbios_uuid=clean_text(message.smbios_uuid, limit=64),
        system_serial=clean_text(message.system_serial, limit=128),
        board_serial=clean_text(message.board_serial, limit=128),
        chassis_asset_tag=clean_text(message.chassis_asset_tag, limit=128),
        machine_id=clean_text(message.machine_id, limit=64),
        permanent_macs=tuple(clean_text(mac, limit=32) for mac in message.permanent_macs[:64]),
        boot_drive_serial=clean_text(message.boot_drive_serial, limit=128),
        virtualization=clean_text(message.virtualization, limit=64),
    )


def _record(envelope: telemetry_pb2.Envelope) -> Record:
    lane = _LANES.get(envelope.lane)
    if lane is None:
        raise InvalidError(f"lane {envelope.lane}: this collector does not know it")
    if len(envelope.spool_epoch) != _EPOCH_BYTES:
        raise InvalidError(f"spool_epoch: {_EPOCH_BYTES} bytes, not {len(envelope.spool_epoch)}")
    if not 1 <= envelope.seq < 1 << 63:
        raise InvalidError("seq: counted from 1")
    body = envelope.body
    content, refused = _content(envelope.body_version, body)
    digest = hashlib.sha256(body).digest()
    return Record(lane, envelope.spool_epoch, envelope.seq, digest, content, refused)


def _check_order(records: Sequence[Record]) -> None:
    """Refuse falling seqs: a record behind a higher one would be answered as a duplicate."""
    highest: dict[tuple[Lane, bytes], int] = {}
    for record in records:
        before = highest.get((record.lane, record.epoch), 0)
        if record.seq < before:
            raise InvalidError(
                f"envelopes: seq {record.seq} behind {before} in lane {record.lane}: "
                "send each lane in order of seq"
            )
        highest[record.lane, record.epoch] = record.seq


def _content(body_version: int, body: bytes) -> tuple[Content, int]:
    if body_version != 1:
        return Refused(f"body version {body_version} is not known"), 0
    if len(body) > MAX_BODY_BYTES:
        return Refused(f"body: at most {MAX_BODY_BYTES} bytes, not {len(body)}"), 0
    try:
        record = telemetry_pb2.Record.FromString(body)
        observed_at = moment(record.observe_time.seconds, record.observe_time.nanos)
    except DecodeError:
        return Refused("body: not a Record message"), 0
    except ValueError as error:
        return Refused(str(error)), 0
    if record.HasField("sample"):
        boot_id = clean_text(record.boot_id, limit=64)
        return decode_sample(record.sample, observed_at=observed_at, boot_id=boot_id)
    return _seldom(record, observed_at), 0


def _seldom(record: telemetry_pb2.Record, observed_at: datetime) -> Content:
    """Return the content of a record that is no sample."""
    if record.HasField("inventory"):
        return _inventory(record.inventory, observed_at)
    if record.HasField("gap"):
        return _gap(record.gap)
    if record.HasField("problem_report"):
        return _problem(record.problem_report, observed_at)
    return Refused("content: this collector does not know its kind")


def _inventory(message: inventory_pb2.InventoryState, observed_at: datetime) -> Content:
    hashes: dict[str, bytes] = {}
    for one in message.sections[:MAX_SECTIONS]:
        if len(one.hash) != _HASH_BYTES:
            return Refused(f"section hash: {_HASH_BYTES} bytes, not {len(one.hash)}")
        kind = _kind(one.kind)
        if kind is not None:
            hashes[kind] = one.hash
    absences = {
        clean_text(one.topic, limit=64): clean_text(one.reason, limit=256)
        for one in message.absences[:MAX_SECTIONS]
    }
    return InventoryHashes(observed_at=observed_at, hashes=hashes, absences=absences)


def _kind(number: int) -> str | None:
    """Return the lower case name of a section kind; None for one that is not known here."""
    value = inventory_pb2.SectionKind.DESCRIPTOR.values_by_number.get(number)
    if value is None or number == 0:
        return None
    return value.name.removeprefix("SECTION_KIND_").lower()


def _gap(message: telemetry_pb2.Gap) -> Content:
    lane = _LANES.get(message.lane)
    if lane is None or message.count >= 1 << 48:
        return Refused("gap: lane or count is wrong")
    return Gap(
        lane=lane,
        first_seq=message.first_seq,
        last_seq=message.last_seq,
        count=message.count,
        reason=clean_text(message.reason, limit=64),
    )


def _problem(message: telemetry_pb2.ProblemReport, observed_at: datetime) -> Content:
    text = clean_text(message.text, limit=4000).strip()
    if not text:
        return Refused("problem report: the text is empty")
    user_name = clean_text(message.user_name, limit=128)
    return UserProblem(observed_at=observed_at, text=text, user_name=user_name)


def _sent_at(request: telemetry_pb2.ReportRequest) -> datetime | None:
    if not request.HasField("send_time"):
        return None
    try:
        return moment(request.send_time.seconds, request.send_time.nanos)
    except ValueError:
        return None


def _worded(items: list[object], field: FieldDescriptor) -> list[object]:
    """Return items with the words of enumerations in place of their numbers: 3 -> "nvme"."""
    enums = {
        one.name: one.enum_type
        for one in (field.message_type.fields if field.message_type else ())
        if one.enum_type is not None
    }
    if not enums:
        return items
    return [
        {name: _word(enums.get(name), value) for name, value in item.items()}
        if isinstance(item, dict)
        else item
        for item in items
    ]


def _word(enum: EnumDescriptor | None, value: object) -> object:
    """Return a value's name without its enumeration's; an unknown number stays."""
    if enum is None or not isinstance(value, int) or value not in enum.values_by_number:
        return value
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return enum.values_by_number[value].name.removeprefix(prefix).lower()


def _repeated(
    name: str, items: list[object], facts: dict[str, Scalar], rows: dict[str, Row]
) -> None:
    """Put plain items into one fact, messages into rows by their natural key."""
    texts = [str(item) for item in items if not isinstance(item, dict)]
    if texts:
        facts[name] = clean_text(", ".join(texts), limit=2048)
    alike: Counter[str] = Counter()
    for item in items:
        if isinstance(item, dict):
            rows[_row_key(name, item, rows, alike)] = {
                field: _scalar(value)
                for field, value in item.items()
                if isinstance(value, (str, int, float))
            } | {
                field: clean_text(", ".join(str(one) for one in value), limit=2048)
                for field, value in item.items()
                if isinstance(value, list) and not any(isinstance(one, dict) for one in value)
            }


def _row_key(
    name: str, item: Mapping[str, object], rows: Mapping[str, Row], alike: Counter[str]
) -> str:
    """Return what names a row: more of its fields where others have the same name."""
    key = clean_text(next((str(item[key]) for key in _KEYS if key in item), name), limit=256)
    # One package for two architectures; three kernels of one architecture.
    for field, mark in (("architecture", ":"), ("version", " "), ("source", " ")):
        if key not in rows:
            return key
        if field in item:
            key += mark + clean_text(str(item[field]), limit=128)
    numbered = key
    while numbered in rows:
        alike[key] += 1
        numbered = f"{key} #{alike[key] + 1}"
    return numbered


def _scalar(value: str | float) -> Scalar:
    return clean_text(value) if isinstance(value, str) else value
