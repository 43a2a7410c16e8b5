"""A channel as the site describes it: what it is, where it leads, which secrets it needs."""

from dataclasses import dataclass
from enum import StrEnum


class ChannelKind(StrEnum):
    """What carries messages."""

    LOG = "log"
    EMAIL = "email"
    WEBHOOK = "webhook"
    SLACK = "slack"
    TEAMS = "teams"
    MATTERMOST = "mattermost"
    NTFY = "ntfy"
    APPRISE = "apprise"


class MailTls(StrEnum):
    """How a mail server's connection is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    """From the first byte."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Where a secret is found; the configuration never holds it. One of the two is set."""

    file: str = ""
    """Path of a file that holds nothing else."""
    env: str = ""
    """Name of a variable of the collector's environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """One channel."""

    id: str
    kind: ChannelKind
    url: str = ""
    """Where it leads; "" for e-mail, the log, and where `secret_url` says it."""
    secret_url: Secret | None = None
    """Where a URL is found that is a secret itself; None where `url` says it."""
    secret: Secret | None = None
    """What a webhook is signed with, ntfy's token, or the mail account's password."""
    host: str = ""
    """The mail server."""
    port: int = 0
    tls: MailTls = MailTls.STARTTLS
    username: str = ""
    """Of the mail account; "" for a server that asks for none."""
    sender: str = ""
    """The address that mail comes from."""
    ca_file: str = ""
    """Certificates that the server's must lead to; "" for those of the system."""
    per_minute: int | None = None
    """Messages that it may carry in a minute; None for any number."""


WEBHOOK_CHANNEL = ChannelSpec(id="webhook", kind=ChannelKind.WEBHOOK)
"""The unsigned webhook for messages to a URL of their own, unless a site has one of that id."""
LOG_CHANNEL = ChannelSpec(id="log", kind=ChannelKind.LOG)
"""The channel that is always there."""
