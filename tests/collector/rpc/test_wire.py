"""Fields are counted before anything is made of them."""

from datetime import UTC, datetime

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from sickbay.v1 import inventory_pb2, sample_pb2, telemetry_pb2
from sickbay_collector.rpc.wire import has_more_fields
from tests.kit.device import timestamp
from tests.kit.examples import FEW
from tests.kit.samples import office_sample

_REQUEST = telemetry_pb2.ReportRequest.DESCRIPTOR
_UPLOAD = telemetry_pb2.UploadSectionsRequest.DESCRIPTOR
_RECORD = telemetry_pb2.Record.DESCRIPTOR


def software(count: int) -> telemetry_pb2.UploadSectionsRequest:
    """Return an upload of packages: 3 fields around them, 3 in each."""
    packages = [inventory_pb2.Software(name=f"p{number}") for number in range(count)]
    section = inventory_pb2.Section(
        hash=b"h" * 32, software=inventory_pb2.SoftwareSection(packages=packages)
    )
    return telemetry_pb2.UploadSectionsRequest(sections=[section])


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_every_field_counts(count: int) -> None:
    """Each package is a field of its section and has one of its own."""
    data = software(count).SerializeToString()
    fields = 3 + 2 * count

    assert not has_more_fields(data, _UPLOAD, fields)
    assert has_more_fields(data, _UPLOAD, fields - 1)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x22\x00" * 5000, id="empty envelopes"),
        pytest.param(b"\x12\x00" * 5000, id="empty texts"),
        pytest.param(b"\x12\x80\x00" * 5000, id="empty texts in more bytes"),
        pytest.param(b"\x30\x01" * 5000, id="numbers"),
        pytest.param(b"\xfa\x07\x00" * 5000, id="unknown fields"),
        pytest.param(b"\xf3\x07\xf4\x07" * 5000, id="unknown groups"),
    ],
)
def test_tiny_fields_are_many(data: bytes) -> None:
    assert has_more_fields(data, _REQUEST, 4999)


def test_bodies_are_not_looked_into() -> None:
    """They are bytes to the request; each is parsed alone."""
    envelope = telemetry_pb2.Envelope(body=b"\x0a\x00" * 5000)
    data = telemetry_pb2.ReportRequest(envelopes=[envelope]).SerializeToString()

    assert not has_more_fields(data, _REQUEST, 2)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff" * 100, id="a number that does not end"),
        pytest.param(b"\x80", id="a number that is cut"),
        pytest.param(b"\x12\x05abc", id="a text that is cut"),
        pytest.param(b"\x22\x02\x0a\x05", id="a text that ends behind its message"),
        pytest.param(b"\x0f", id="no wire type"),
        pytest.param(b"\x09abc", id="a fixed number that is cut"),
    ],
)
def test_what_is_no_message_is_told(data: bytes) -> None:
    """Before the parser makes anything of what comes before the damage."""
    with pytest.raises(DecodeError):
        has_more_fields(data, _REQUEST, 1000)


def test_a_record_of_a_workstation() -> None:
    """All kinds of fields: numbers of each width, messages in messages."""
    record = telemetry_pb2.Record(
        observe_time=timestamp(datetime(2026, 11, 2, tzinfo=UTC)), sample=office_sample()
    )

    assert not has_more_fields(record.SerializeToString(), _RECORD, 150)
    assert has_more_fields(record.SerializeToString(), _RECORD, 50)


@FEW
@given(st.binary(max_size=200))
def test_what_the_parser_takes_is_taken(data: bytes) -> None:
    """No message that can be parsed is refused as malformed."""
    try:
        sample_pb2.Sample.FromString(data)
    except DecodeError:
        return

    assert not has_more_fields(data, sample_pb2.Sample.DESCRIPTOR, 1000)
