"""The channel `webhook`: JSON, signed with HMAC-SHA256 over the time and the body."""

import hashlib
import hmac
from collections.abc import Mapping
from functools import partial

from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.notify.channel import Channel, Message
from sickbay_collector.notify.hooks import HookChannel, Tools, Written
from sickbay_collector.services.ports import Clock

TIMESTAMP = "Sickbay-Timestamp"
"""The header with the seconds since 1970 at which it was sent; refuse what is old."""
SIGNATURE = "Sickbay-Signature"
"""The header with "v1=" and the hexadecimal HMAC-SHA256 of "TIMESTAMP.BODY"."""


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    return HookChannel(spec, tools, partial(write, tools.clock))


def write(clock: Clock, message: Message, spec: ChannelSpec, url: str, secret: str) -> Written:
    """Return the message for a program. One to a URL of its own goes there instead."""
    del spec
    body = {
        **{name: text for name, text in message.payload.items() if name != "html"},
        "key": message.key,
        "recipient": message.recipient,
        "created_at": message.created_at.isoformat(),
        "repeats": message.repeats,
    }
    return Written(
        url=message.address if message.recipient.startswith("url:") else url,
        body=body,
        headers={"Idempotency-Key": message.key.encode("ascii", "replace").decode()[:255]},
        sign=partial(signed, secret, str(int(clock().timestamp()))) if secret else None,
    )


def signed(secret: str, timestamp: str, body: bytes) -> Mapping[str, str]:
    """Return the headers that prove who sent the body, and when."""
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return {TIMESTAMP: timestamp, SIGNATURE: f"v1={mac.hexdigest()}"}
