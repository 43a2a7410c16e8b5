"""The address of who calls, out of gRPC's name for it: "ipv4:192.0.2.7:49152"."""

from ipaddress import ip_address
from urllib.parse import unquote


def peer_address(peer: str) -> str:
    """Return the address without its port and zone; "" where it is no address of IP.

    gRPC writes "ipv6:%5B2001:db8::7%5D:49152", and a zone as "%25eth0" behind the address.
    """
    kind, _, place = peer.partition(":")
    if kind not in {"ipv4", "ipv6"}:
        return ""
    host = unquote(place.rpartition(":")[0]).strip("[]").partition("%")[0]
    try:
        return str(ip_address(host))
    except ValueError:
        return ""
