"""Channels that post JSON to a URL: what each writes is a function of the message."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.notify.channel import Delivery, Message
from sickbay_collector.notify.guard import Guard
from sickbay_collector.notify.post import Poster
from sickbay_collector.notify.secrets import read_secret
from sickbay_collector.services.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What channels work with."""

    guard: Guard
    poster: Poster
    environ: Mapping[str, str]
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is posted."""

    url: str
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    sign: Callable[[bytes], Mapping[str, str]] | None = None
    """Returns headers that depend on the bytes of the body; None where none do."""


Write = Callable[[Message, ChannelSpec, str, str], Written]
"""Gets a message, the channel, its URL and its secret; returns what is posted."""


class HookChannel:
    """Posts what `write` makes of a message.

    Args:
        spec: The channel.
        tools: What it works with.
        write: Makes the body.
    """

    confirms = True

    def __init__(self, spec: ChannelSpec, tools: Tools, write: Write) -> None:
        self.name = spec.id
        self.kind = spec.kind.value
        self.per_minute = spec.per_minute
        self._spec = spec
        self._tools = tools
        self._write = write

    def send(self, message: Message) -> Delivery:
        """Post the message."""
        spec, environ = self._spec, self._tools.environ
        try:
            url = spec.url if spec.secret_url is None else read_secret(spec.secret_url, environ)
            secret = "" if spec.secret is None else read_secret(spec.secret, environ)
        except ConfigError as error:
            return Delivery(outcome=Outcome.RETRY, reason=str(error), unreachable=True)
        written = self._write(message, spec, url, secret)
        body = json.dumps(written.body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", **written.headers}
        if written.sign is not None:
            headers.update(written.sign(body))
        return self._tools.poster.post(written.url, body, headers, ca_file=spec.ca_file)


def cut(text: str, limit: int) -> str:
    """Return a text of at most so many characters, and say so where it was longer."""
    return text if len(text) <= limit else f"{text[: limit - 2]} …"
