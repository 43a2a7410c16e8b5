"""Addresses of network interfaces, asked of the Linux kernel.

psutil would do, but costs 2.7 MiB of memory for this one question. /proc has IPv6 addresses by
interface, but IPv4 addresses only without their interface.

Source: rtnetlink(7), netlink(7), linux/if_addr.h.
"""

import socket
import struct
from collections.abc import Iterator, Mapping
from ipaddress import ip_address

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, interface index
_ATTRIBUTE = struct.Struct("=HH")  # length, type

_NEW_ADDRESS = 20  # RTM_NEWADDR
_GET_ADDRESS = 22  # RTM_GETADDR
_DONE = 3  # NLMSG_DONE
_ERROR = 2  # NLMSG_ERROR
_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_IFA_ADDRESS = 1
_IFA_LOCAL = 2  # the own end of a point-to-point link; IPv4 always has it
_TEMPORARY = 0x01  # IFA_F_TEMPORARY, of IPv6; the same bit means "secondary" for IPv4
_REPLY_BYTES = 65_536
_TIMEOUT_S = 2.0


def addresses_by_index() -> Mapping[int, tuple[str, ...]]:
    """Return the lasting addresses of each interface with their prefix length, by its index.

    Raises:
        OSError: The kernel does not answer.
    """
    found: dict[int, tuple[str, ...]] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.settimeout(_TIMEOUT_S)
        body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        size = _HEADER.size + len(body)
        kernel.send(_HEADER.pack(size, _GET_ADDRESS, _REQUEST_DUMP, 1, 0) + body)
        is_done = False
        while not is_done:
            reply = kernel.recv(_REPLY_BYTES)
            for index, address in parse(reply):
                found[index] = (*found.get(index, ()), address)
            is_done = ends(reply)
    return found


def parse(reply: bytes) -> Iterator[tuple[int, str]]:
    """Yield interface index and address of a reply.

    Left out are link-local addresses and temporary ones of IPv6, which change daily.
    """
    for kind, body in _messages(reply):
        if kind != _NEW_ADDRESS or len(body) < _ADDRESS.size:
            continue
        family, prefix, flags, _, index = _ADDRESS.unpack_from(body)
        is_temporary = family == socket.AF_INET6 and flags & _TEMPORARY
        attributes = _attributes(body[_ADDRESS.size :])
        packed = attributes.get(_IFA_LOCAL, attributes.get(_IFA_ADDRESS, b""))
        if is_temporary or len(packed) not in {4, 16}:
            continue
        address = ip_address(packed)
        if not address.is_link_local:
            yield index, f"{address}/{prefix}"


def ends(reply: bytes) -> bool:
    """Return whether nothing follows a reply: it is empty, an error, or holds the end mark."""
    kinds = [kind for kind, _ in _messages(reply)]
    return not kinds or kinds[-1] in {_DONE, _ERROR}


def _messages(reply: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start + _HEADER.size <= len(reply):
        length, kind, *_ = _HEADER.unpack_from(reply, start)
        if length < _HEADER.size:
            return
        yield kind, reply[start + _HEADER.size : start + length]
        start += _aligned(length)


def _attributes(body: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    start = 0
    while start + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, start)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = body[start + _ATTRIBUTE.size : start + length]
        start += _aligned(length)
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3
