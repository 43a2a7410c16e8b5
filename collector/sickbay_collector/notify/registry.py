"""All kinds of channels, and the channels that a desk book describes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.channel_spec import (
    LOG_CHANNEL,
    WEBHOOK_CHANNEL,
    ChannelKind,
    ChannelSpec,
)
from sickbay_collector.notify import apprise, email, log, mattermost, ntfy, slack, teams, webhook
from sickbay_collector.notify.channel import Channel
from sickbay_collector.notify.hooks import Tools

Make = Callable[[ChannelSpec, Tools], Channel]

MAKERS: Mapping[ChannelKind, Make] = MappingProxyType(
    {
        ChannelKind.LOG: log.make,
        ChannelKind.EMAIL: email.make,
        ChannelKind.WEBHOOK: webhook.make,
        ChannelKind.SLACK: slack.make,
        ChannelKind.TEAMS: teams.make,
        ChannelKind.MATTERMOST: mattermost.make,
        ChannelKind.NTFY: ntfy.make,
        ChannelKind.APPRISE: apprise.make,
    }
)
"""One line a kind."""


class Channels:
    """The channels of the book in force; called, it returns them by id.

    Args:
        book: Returns the book in force.
        tools: What channels work with.
    """

    def __init__(self, book: Callable[[], DeskBook], tools: Tools) -> None:
        self._book = book
        self._tools = tools
        self._made: tuple[str | None, Mapping[str, Channel]] = (None, {})

    def __call__(self) -> Mapping[str, Channel]:
        """Return the channels; the log and the webhook are always among them."""
        book = self._book()
        version, made = self._made
        if version != book.version:
            specs = {one.id: one for one in (LOG_CHANNEL, WEBHOOK_CHANNEL)} | dict(book.channels)
            made = {name: MAKERS[spec.kind](spec, self._tools) for name, spec in specs.items()}
            self._made = (book.version, made)
        return made
