"""The address of a caller comes out of gRPC's name for it, or nothing does."""

import pytest

from sickbay_collector.rpc.peer import peer_address


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        pytest.param("ipv4:192.0.2.7:49152", "192.0.2.7", id="IPv4"),
        pytest.param("ipv6:%5B2001:db8::7%5D:49152", "2001:db8::7", id="IPv6"),
        pytest.param("ipv6:[2001:db8::7]:49152", "2001:db8::7", id="IPv6 in plain"),
        pytest.param("ipv6:%5Bfe80::1%25eth0%5D:49152", "fe80::1", id="with a zone"),
        pytest.param("ipv6:%5B::ffff:10.0.0.1%5D:1", "::ffff:a00:1", id="mapped"),
        pytest.param("unix:/run/sickbay.sock", "", id="no address of IP"),
        pytest.param("unix:", "", id="a socket without a name"),
        pytest.param("ipv4:", "", id="nothing"),
        pytest.param("ipv4:nowhere:1", "", id="a name"),
        pytest.param("", "", id="empty"),
    ],
)
def test_the_address_of_a_peer(peer: str, address: str) -> None:
    assert address == peer_address(peer)
