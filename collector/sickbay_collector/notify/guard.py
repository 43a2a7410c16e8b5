"""Where a channel may connect to: nothing of this machine or its network unless it is allowed.

A name is resolved once, each of its addresses is judged, and the caller connects to the very one
that was judged: a name that answers differently the second time gains nothing.

Source: OWASP Server Side Request Forgery Prevention Cheat Sheet; RFC 6890 for the registries.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host name.

Raises:
    OSError: It has none, or nobody answers.
"""

# What inet_aton takes for an address and people do not: 2130706433, 0x7f.1, 0177.0.0.1.
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]*))*", re.IGNORECASE)
# Source: RFC 6052 section 2.1, the well-known prefix, and RFC 8215.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# Special by the registries, but global to some versions of Python.
_SPECIAL = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("3fff::/20"),
    IPv6Network("5f00::/16"),
)
_COMPATIBLE = IPv6Network("::/96")


class RefusedError(Exception):
    """The destination is not allowed; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect to, and as whom."""

    host: str
    """The name that certificate and Host header are about."""
    port: int
    address: str
    """The judged address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a URL says."""

    is_tls: bool
    host: str
    port: int
    path: str
    """With the query; begins with "/"."""
    authority: str
    """For the Host header."""


class Guard:
    """Judges destinations.

    Args:
        allowed: Networks that may be connected to although they are not public.
        resolve: Finds the addresses of a name.
    """

    def __init__(self, allowed: Sequence[Network], resolve: Resolve) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve

    def target(self, host: str, port: int) -> Target:
        """Return the one address to connect to.

        Raises:
            RefusedError: One of the host's addresses is not allowed.
            OSError: It has none, or nobody answers.
        """
        addresses = [ip_address(found) for found in self._addresses(host, port)]
        for address in addresses:
            if not self._passes(address):
                raise RefusedError(
                    f"{host[:80]} is at {address}, which is not public; if that is meant, add it to"
                    " notify_allow in collector.toml"
                )
        return Target(host=host, port=port, address=str(addresses[0]))

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        if _NUMERIC.fullmatch(host):
            raise RefusedError(f"{host[:80]} is no address; write it with four decimal numbers")
        found = self._resolve(host, port)
        if not found:
            raise OSError(f"{host[:80]} has no address")
        return found

    def _passes(self, address: Address) -> bool:
        inner = _inner(address)
        allowed = (
            one
            for network in self._allowed
            for one in (address, inner)
            if one.version == network.version and one in network
        )
        return any(True for _ in allowed) or (_is_public(address) and _is_public(inner))


def place_of(url: str) -> Place:
    """Return what a URL says.

    Raises:
        RefusedError: It is none for HTTP, or holds a user name.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise RefusedError(f"{shown(url)} is no URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise RefusedError(f"{shown(url)} must begin with https:// or http:// and a host")
    if "@" in parts.netloc or any(char in url for char in "\\\r\n\t "):
        raise RefusedError(f"{shown(url)} may hold no user name and no \\ or blank")
    try:
        ascii_host = host if ":" in host else host.encode("idna").decode("ascii")
        (parts.path + parts.query).encode("ascii")
    except UnicodeError:
        raise RefusedError(f"{shown(url)} must be ASCII after the host") from None
    is_tls = parts.scheme == "https"
    query = f"?{parts.query}" if parts.query else ""
    named = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    return Place(
        is_tls=is_tls,
        host=ascii_host,
        port=port or (443 if is_tls else 80),
        path=(parts.path or "/") + query,
        authority=named if port is None else f"{named}:{port}",
    )


def shown(url: str) -> str:
    """Return a URL for a message: scheme and host only, as the rest may be a secret."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "the URL"
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    return repr(f"{scheme}://{host}"[:80])


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system knows of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in (*_TRANSLATED, _COMPATIBLE)):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _is_public(address: Address) -> bool:
    is_special = any(
        address.version == network.version and address in network for network in _SPECIAL
    )
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not is_special
    )
