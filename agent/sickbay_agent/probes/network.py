"""Network interfaces, gateways and name servers, from <sys>/class/net, <proc>/net and <etc>.

Ports of bridges without hardware behind them (the host's ends of containers and virtual machines)
are left out: they come and go, and each would be a change of the inventory.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from sickbay_agent.model.hardware import NetworkInterface, NetworkSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import children, read_int, read_text, read_value

# Source: proto/sickbay/v1/inventory.proto.
INTERFACE_LIMIT = 64
# More than an interface of a workstation or a small server ever has.
ADDRESS_LIMIT = 64
# glibc uses three name servers and six search domains; more stand in a file by mistake.
RESOLVER_LIMIT = 16

_ARPHRD_ETHER = 1
_ARPHRD_LOOPBACK = 772
_NET_ADDR_PERM = 0
_RTF_GATEWAY = 0x2


def interface_folders(roots: Roots) -> Iterator[Path]:
    """Yield the folder in <sys>/class/net of each interface that is worth a report."""
    for folder in children(roots.sys / "class/net"):
        is_port = (folder / "master").exists() and not (folder / "device").exists()
        if folder.is_dir() and not is_port:
            yield folder


def read_interface(folder: Path, addresses: Mapping[int, tuple[str, ...]]) -> NetworkInterface:
    """Return an interface.

    Args:
        folder: Its folder in <sys>/class/net.
        addresses: Addresses by interface index.
    """
    mac = (read_value(folder / "address") or "").lower()
    has_mac = bool(mac.strip("0:"))
    speed = read_int(folder / "speed")  # -1 or an error without a link
    driver = folder / "device/driver"
    return NetworkInterface(
        name=folder.name,
        mac=mac if has_mac else None,
        mac_is_permanent=_is_permanent(folder) if has_mac else None,
        addresses=_own(folder, addresses)[:ADDRESS_LIMIT],
        speed_mbps=speed if speed is not None and speed > 0 else None,
        mtu=read_int(folder / "mtu"),
        driver=driver.resolve().name if driver.exists() else None,
        type=_type(folder),
        is_physical=(folder / "device").exists(),
    )


def parse_ipv4_gateways(routes: str) -> list[str]:
    """Return the default gateways of <proc>/net/route; addresses there are little endian."""
    gateways = []
    for line in routes.splitlines()[1:]:
        match line.split():
            case [_, "00000000", gateway, flags, _, _, _, "00000000", *_] if (
                _hexadecimal(flags) & _RTF_GATEWAY and len(gateway) == 8
            ):
                octets = bytes.fromhex(gateway)[::-1]
                gateways.append(str(IPv4Address(octets)))
    return gateways


def parse_ipv6_gateways(routes: str) -> list[str]:
    """Return the default gateways of <proc>/net/ipv6_route."""
    gateways = []
    for line in routes.splitlines():
        match line.split():
            case [target, "00", _, _, gateway, *_] if not target.strip("0") and gateway.strip("0"):
                gateways.append(str(IPv6Address(_hexadecimal(gateway))))
    return gateways


def parse_resolver(text: str) -> tuple[list[str], list[str]]:
    """Return name servers and search domains of resolv.conf; the last search line wins.

    Source: resolv.conf(5).
    """
    servers: list[str] = []
    search: list[str] = []
    for line in text.splitlines():
        match line.split():
            case ["nameserver", server, *_]:
                servers.append(server)
            case ["search" | "domain", *domains]:
                search = domains
    return servers[:RESOLVER_LIMIT], search[:RESOLVER_LIMIT]


def read(context: Context) -> Observation:
    """Return the network section."""
    roots = context.roots
    try:
        addresses = context.addresses()
    except OSError:
        addresses = {}
    folders = list(interface_folders(roots))
    servers, search = parse_resolver(read_text(roots.etc / "resolv.conf") or "")
    gateways = parse_ipv4_gateways(read_text(roots.proc / "net/route") or "")
    gateways += parse_ipv6_gateways(read_text(roots.proc / "net/ipv6_route") or "")
    section = NetworkSection(
        interfaces=tuple(read_interface(folder, addresses) for folder in folders[:INTERFACE_LIMIT]),
        gateways=tuple(dict.fromkeys(gateways[:RESOLVER_LIMIT])),
        dns_servers=tuple(servers),
        dns_search=tuple(search),
        truncated=len(folders) > INTERFACE_LIMIT
        or any(len(_own(folder, addresses)) > ADDRESS_LIMIT for folder in folders),
    )
    return Observation(sections=(section,))


def _own(folder: Path, addresses: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted(addresses.get(read_int(folder / "ifindex") or 0, ())))


def _is_permanent(folder: Path) -> bool | None:
    kind = read_int(folder / "addr_assign_type")
    return None if kind is None else kind == _NET_ADDR_PERM


def _type(folder: Path) -> str:
    if read_int(folder / "type") == _ARPHRD_LOOPBACK:
        return "loopback"
    if (folder / "wireless").exists() or (folder / "phy80211").exists():
        return "wifi"
    if (folder / "bridge").exists():
        return "bridge"
    is_ethernet = read_int(folder / "type") == _ARPHRD_ETHER and (folder / "device").exists()
    return "ethernet" if is_ethernet else "virtual"


def _hexadecimal(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


PROBE = Probe(
    name="network",
    cadence=Cadence.SLOW,
    read=read,
    section_topics=(SectionKind.NETWORK,),
)
