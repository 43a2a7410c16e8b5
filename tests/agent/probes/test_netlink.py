import socket
import struct

import pytest

from sickbay_agent.probes.netlink import addresses_by_index, ends, parse


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 2, 1, 0) + body


def address(text: str, *, prefix: int, flags: int = 0, attribute: int = 2) -> bytes:
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    packed = socket.inet_pton(family, text)
    head = struct.pack("=BBBBI", family, prefix, flags, 0, 3)
    return message(20, head + struct.pack("=HH", 4 + len(packed), attribute) + packed)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(b"", [], id="empty"),
        pytest.param(address("192.0.2.7", prefix=24), [(3, "192.0.2.7/24")], id="IPv4"),
        pytest.param(
            address("192.0.2.7", prefix=24, flags=1), [(3, "192.0.2.7/24")], id="second IPv4"
        ),
        pytest.param(
            address("2001:db8::7", prefix=64, attribute=1), [(3, "2001:db8::7/64")], id="IPv6"
        ),
        pytest.param(address("2001:db8::7", prefix=64, flags=1), [], id="temporary IPv6"),
        pytest.param(address("fe80::1", prefix=64), [], id="link-local"),
        pytest.param(
            address("192.0.2.7", prefix=24) + address("192.0.2.8", prefix=32),
            [(3, "192.0.2.7/24"), (3, "192.0.2.8/32")],
            id="two",
        ),
        pytest.param(address("192.0.2.7", prefix=24)[:-2], [], id="cut"),
        pytest.param(struct.pack("=IHHII", 3, 20, 0, 0, 0), [], id="impossible length"),
        pytest.param(message(20, b"\2\x18\0\0\3\0\0\0\0\0\2\0"), [], id="impossible attribute"),
        pytest.param(message(16, b"\0" * 32), [], id="another message"),
    ],
)
def test_parse(reply: bytes, expected: list[tuple[int, str]]) -> None:
    """Lasting addresses with their prefix; what cannot be understood is left out."""
    assert expected == list(parse(reply))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(address("192.0.2.7", prefix=24), False, id="more follows"),
        pytest.param(message(3, b"\0" * 4), True, id="done"),
        pytest.param(message(2, b"\0" * 4), True, id="error"),
        pytest.param(b"", True, id="empty"),
    ],
)
def test_ends(reply: bytes, expected: bool) -> None:  # noqa: FBT001
    """The kernel answers in several parts."""
    assert expected == ends(reply)


def test_this_machine_has_a_loopback() -> None:
    """The real kernel answers."""
    index = socket.if_nametoindex("lo")

    assert "127.0.0.1/8" in addresses_by_index()[index]
