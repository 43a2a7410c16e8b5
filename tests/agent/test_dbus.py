import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_agent.dbus import SIGNAL, BusError, Target, decode, encode_call, rest_bytes
from tests.kit.examples import FEW

LOGIN = Target(
    name="org.freedesktop.login1",
    path="/org/freedesktop/login1",
    interface="org.freedesktop.login1.Manager",
)
# As sd-bus sent it through dbus-daemon 1.14: `busctl emit ... PrepareForSleep b true`.
RECORDED = bytes.fromhex(
    "6c04010104000000020000007500000001016f00170000002f6f72672f667265656465736b746f70"
    "2f6c6f67696e3100020173001e0000006f72672e667265656465736b746f702e6c6f67696e312e4d"
    "616e616765720000030173000f00000050726570617265466f72536c656570000801670001620000"
    "07017300040000003a312e310000000001000000"
)


def test_a_recorded_signal_is_read() -> None:
    """What systemd's own library makes of it."""
    assert rest_bytes(RECORDED[:16]) == len(RECORDED) - 16
    found = decode(RECORDED)

    assert found.kind == SIGNAL
    assert found.member == "org.freedesktop.login1.Manager.PrepareForSleep"
    assert found.flag


def test_a_call_is_read_as_it_was_written() -> None:
    call = encode_call(7, LOGIN, "Inhibit", ("sleep", "Sickbay", "why", "delay"))
    found = decode(call)

    assert rest_bytes(call[:16]) == len(call) - 16
    assert (found.kind, found.serial, found.member) == (1, 7, f"{LOGIN.interface}.Inhibit")
    assert found.fields[8] == "ssss"
    assert found.body.startswith(b"\5\0\0\0sleep\0")


@pytest.mark.parametrize(("order", "mark"), [("<", b"l"), (">", b"B")])
def test_a_boolean_of_either_byte_order(order: str, mark: bytes) -> None:
    """The bus does not turn round what a foreign architecture sends."""
    field = struct.pack(f"{order}BB1sxB", 8, 1, b"g", 1) + b"b\0"
    head = struct.pack(f"{order}cBBBIII", mark, 4, 0, 1, 4, 1, len(field))
    message = (head + field).ljust(24, b"\0") + struct.pack(f"{order}I", 1)

    assert decode(message).flag


@pytest.mark.parametrize(
    ("head", "match"),
    [
        pytest.param(b"x" * 16, "is no message", id="no byte order"),
        pytest.param(struct.pack("<cBBBIII", b"l", 4, 0, 1, 65_537, 1, 0), "so much", id="body"),
        pytest.param(struct.pack("<cBBBIII", b"l", 4, 0, 1, 0, 1, 2**32 - 1), "so much", id="head"),
    ],
)
def test_a_message_beyond_its_limit_is_refused_before_it_is_read(head: bytes, match: str) -> None:
    with pytest.raises(BusError, match=match):
        rest_bytes(head)


def test_a_message_at_its_limit_is_read() -> None:
    assert rest_bytes(struct.pack("<cBBBIII", b"l", 4, 0, 1, 65_536, 1, 0)) == 65_536


def test_a_signal_of_other_arguments_has_no_flag() -> None:
    call = encode_call(1, LOGIN, "PrepareForSleep", ("true",))

    with pytest.raises(BusError, match="has not one boolean"):
        _ = decode(call).flag


@FEW
@given(st.integers(0, len(RECORDED) - 1), st.integers(0, 255), st.integers(0, len(RECORDED)))
def test_damage_is_an_error_of_the_bus_or_another_message(place: int, byte: int, end: int) -> None:
    """Whatever the bus sends, the agent goes on."""
    damaged = bytearray(RECORDED[: max(end, 16)])
    damaged[place % len(damaged)] = byte
    try:
        found = decode(bytes(damaged))
    except BusError:
        return

    assert isinstance(found.member, str)
