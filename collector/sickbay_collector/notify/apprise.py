"""The channel `apprise`: any URL that the library Apprise knows; an extra of this package.

Apprise makes its own connections. Where its URL names a host, that host is judged before; that the
library then connects to the judged address cannot be assured.
"""

from urllib.parse import urlsplit

from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.notify.guard import Guard, RefusedError, shown
from sickbay_collector.notify.hooks import Tools
from sickbay_collector.notify.secrets import read_secret

MISSING = "Apprise is not installed; install sickbay[apprise] where the collector runs"


class AppriseChannel:
    """Hands messages to Apprise.

    Args:
        spec: The channel.
        tools: What it works with.
    """

    kind = "apprise"
    confirms = False

    def __init__(self, spec: ChannelSpec, tools: Tools) -> None:
        self.name = spec.id
        self.per_minute = spec.per_minute
        self._spec = spec
        self._tools = tools

    def send(self, message: Message) -> Delivery:
        """Send the message."""
        spec = self._spec
        try:
            url = (
                spec.url
                if spec.secret_url is None
                else read_secret(spec.secret_url, self._tools.environ)
            )
            # An extra: only who uses it has it.
            from apprise import Apprise  # noqa: PLC0415
        except ConfigError as error:
            return Delivery(outcome=Outcome.RETRY, reason=str(error), unreachable=True)
        except ImportError:
            return Delivery(outcome=Outcome.GIVE_UP, reason=MISSING)
        refusal = _refusal(url, self._tools.guard)
        if refusal is not None:
            return refusal
        sender = Apprise()
        if not sender.add(url):
            return Delivery(outcome=Outcome.GIVE_UP, reason=f"Apprise knows no {shown(url)}")
        if sender.notify(title=message.subject, body=message.body):
            return Delivery(outcome=Outcome.OK)
        reason = f"Apprise could not send to {shown(url)}"
        return Delivery(outcome=Outcome.RETRY, reason=reason)


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    return AppriseChannel(spec, tools)


def _refusal(url: str, guard: Guard) -> Delivery | None:
    """Return why the URL may not be used; None where it may.

    Of many services' URLs the part behind :// is no host but a token: only what looks like a host,
    with a dot, a colon or the name localhost, is judged.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        if "." in host or ":" in host or host.lower() == "localhost" or host.isdigit():
            guard.target(host, port)
    except (RefusedError, ValueError) as error:
        return Delivery(outcome=Outcome.GIVE_UP, reason=str(error))
    except OSError:
        return None
    return None
