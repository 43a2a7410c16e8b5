from dataclasses import replace
from pathlib import Path

import pytest

from sickbay_agent.model.hardware import NetworkInterface, NetworkSection
from sickbay_agent.probes.network import (
    PROBE,
    parse_ipv4_gateways,
    parse_ipv6_gateways,
    parse_resolver,
)
from tests.agent.fakes import laptop_context

HEADER = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"


def test_laptop() -> None:
    """The wireless card is in use, the container's end of a pair is left out."""
    expected = NetworkSection(
        interfaces=(
            NetworkInterface(
                name="docker0",
                mac="02:42:9e:01:02:03",
                mac_is_permanent=False,
                addresses=("172.17.0.1/16",),
                mtu=1500,
                type="bridge",
                is_physical=False,
            ),
            NetworkInterface(
                name="enp0s31f6",
                mac="8c:16:45:0a:1b:2c",
                mac_is_permanent=True,
                mtu=1500,
                driver="e1000e",
                type="ethernet",
                is_physical=True,
            ),
            NetworkInterface(
                name="lo",
                addresses=("127.0.0.1/8", "::1/128"),
                mtu=65536,
                type="loopback",
                is_physical=False,
            ),
            NetworkInterface(
                name="wlp2s0",
                mac="a4:34:d9:00:12:34",
                mac_is_permanent=True,
                addresses=("192.168.50.23/24", "2001:db8:50::23/64"),
                mtu=1500,
                driver="iwlwifi",
                type="wifi",
                is_physical=True,
            ),
        ),
        gateways=("192.168.50.1", "fe80::1"),
        dns_servers=("192.168.50.1", "2001:db8:50::1"),
        dns_search=("office.example.net", "example.net"),
    )

    assert PROBE.read(laptop_context()).sections == (expected,)


def test_addresses_may_be_refused() -> None:
    """A sandbox without netlink costs the addresses only."""

    def refuse() -> dict[int, tuple[str, ...]]:
        raise OSError(97, "Address family not supported by protocol")

    (section,) = PROBE.read(replace(laptop_context(), addresses=refuse)).sections

    assert isinstance(section, NetworkSection)
    assert [interface.addresses for interface in section.interfaces] == [()] * 4


@pytest.mark.parametrize(
    ("count", "is_cut"),
    [pytest.param(64, False, id="at the limit"), pytest.param(65, True, id="past the limit")],
)
def test_interfaces_are_limited(tmp_path: Path, count: int, is_cut: bool) -> None:  # noqa: FBT001
    """A router with hundreds of tunnels sends 64 and says so."""
    for number in range(count):
        (tmp_path / f"sys/class/net/tun{number}").mkdir(parents=True)

    (section,) = PROBE.read(laptop_context(folder=tmp_path)).sections

    assert isinstance(section, NetworkSection)
    assert (len(section.interfaces), section.truncated) == (64, is_cut)


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(HEADER, [], id="no routes"),
        pytest.param(
            f"{HEADER}eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
            ["10.0.2.1"],
            id="default",
        ),
        pytest.param(
            f"{HEADER}eth0\t0000000A\t0102000A\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n",
            [],
            id="not a default route",
        ),
        pytest.param(
            f"{HEADER}ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n",
            [],
            id="a link without gateway",
        ),
        pytest.param(f"{HEADER}eth0\t00000000\tXYZ\t0003\n", [], id="half a line"),
    ],
)
def test_ipv4_gateways(routes: str, expected: list[str]) -> None:
    """Only default routes have the gateway that matters."""
    assert expected == parse_ipv4_gateways(routes)


def test_ipv6_gateways() -> None:
    """Unreachable default routes at the loopback have no gateway."""
    zero = "0" * 32
    lines = (
        f"{zero} 00 {zero} 00 20010db8000000000000000000000001 00000400 1 0 00000003 eth0\n"
        f"{zero} 00 {zero} 00 {zero} ffffffff 1 0 00200200 lo\n"
        f"20010db8{'0' * 24} 40 {zero} 00 {zero} 00000100 1 0 00000001 eth0\n"
    )

    assert parse_ipv6_gateways(lines) == ["2001:db8::1"]


@pytest.mark.parametrize(
    ("text", "servers", "search"),
    [
        pytest.param("", [], [], id="empty"),
        pytest.param("nameserver 9.9.9.9 # comment\n;nameserver 1.1.1.1", ["9.9.9.9"], [], id="1"),
        pytest.param("domain a.b\nsearch c.d e.f", [], ["c.d", "e.f"], id="last search"),
        pytest.param("nameserver", [], [], id="half a line"),
        pytest.param("nameserver 9.9.9.9\n" * 17, ["9.9.9.9"] * 16, [], id="past the limit"),
    ],
)
def test_resolver(text: str, servers: list[str], search: list[str]) -> None:
    """As the resolver reads it."""
    assert (servers, search) == parse_resolver(text)
