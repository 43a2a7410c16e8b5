"""Networks that something is limited to, as CIDRs: 10.1.0.0/16, 2001:db8::/32."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from sickbay_collector.core.errors import InvalidError

NETWORKS_LIMIT = 32
"""How many something may be limited to."""


def parse_networks(texts: Sequence[str]) -> tuple[str, ...]:
    """Return networks as they are kept: each once, in the usual spelling.

    Raises:
        InvalidError: One is none, has bits behind its prefix, or there are too many.
    """
    if len(texts) > NETWORKS_LIMIT:
        raise InvalidError(
            "networks: at most %(limit)s, not %(texts)s", limit=NETWORKS_LIMIT, texts=len(texts)
        )
    return tuple(dict.fromkeys(_parse(text.strip()) for text in texts))


def is_within(address: str, networks: Sequence[str]) -> bool:
    """Return whether an address is in one of the networks, which `parse_networks` returned.

    What is no address is in none. An IPv4 address may come mapped into IPv6.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    plain = _unmapped(found)
    return any(plain in ip_network(network) for network in networks)


def _parse(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise InvalidError(
            "networks: %(text)r is none; write one as 10.1.0.0/16 or 2001:db8::/32", text=text[:64]
        ) from None
    raise InvalidError(
        "networks: %(text)s has bits behind its prefix; is %(meant)s meant?",
        text=text[:64],
        meant=meant,
    )


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
