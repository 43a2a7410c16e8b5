"""Reading channels."""

from types import MappingProxyType

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec, MailTls, Secret
from sickbay_collector.services.book.kind import BookKind, Known, line

MAX_PER_MINUTE = 6000
_URL = r"[^\s\x00-\x20\x7f\ud800-\udfff]{8,2048}"
_URL_MEANS = "a URL without blanks, 8 to 2,048 characters"
_HOST = r"[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}"
_ADDRESS = r"[^\s@<>\x00-\x1f\x7f\ud800-\udfff]{1,64}@[A-Za-z0-9.-]{1,189}"
_PATH = r"/[^\x00-\x1f\x7f\ud800-\udfff]{1,1023}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]{0,127}"
# Source: RFC 8314 section 7.3 and RFC 5321 section 4.5.4.2.
_PORTS = MappingProxyType({MailTls.STARTTLS: 587, MailTls.TLS: 465, MailTls.NONE: 25})
COMMON_KEYS = ("kind", "rate_limit")
"""Keys of every channel."""
_HTTP = ("url", "url_file", "url_env", "ca_file")
CHANNEL_KEYS = MappingProxyType(
    {
        ChannelKind.LOG: (),
        ChannelKind.EMAIL: (
            "host",
            "port",
            "tls",
            "username",
            "password_file",
            "password_env",
            "from",
            "ca_file",
        ),
        ChannelKind.WEBHOOK: (*_HTTP, "secret_file", "secret_env"),
        ChannelKind.SLACK: _HTTP,
        ChannelKind.TEAMS: _HTTP,
        ChannelKind.MATTERMOST: _HTTP,
        ChannelKind.NTFY: (*_HTTP, "token_file", "token_env"),
        ChannelKind.APPRISE: ("url", "url_file", "url_env"),
    }
)
"""Keys of each kind."""
_SECRETS = MappingProxyType(
    {ChannelKind.EMAIL: "password", ChannelKind.WEBHOOK: "secret", ChannelKind.NTFY: "token"}
)


def _channel(fields: Fields, known: Known) -> ChannelSpec:
    del known
    name = str(fields.take("id").value)
    kind = fields.choice("kind", ChannelKind)
    allowed = (*COMMON_KEYS, *CHANNEL_KEYS[kind])
    for key in fields.keys():  # noqa: SIM118 - a method of Fields, which is no mapping
        if key not in {"id", "enabled", *allowed}:
            raise fields.error(
                key, f"is no key of a channel of kind {kind}; allowed: {', '.join(allowed)}"
            )
    per_minute = (
        fields.integer("rate_limit", 1, MAX_PER_MINUTE) if fields.has("rate_limit") else None
    )
    if kind is ChannelKind.EMAIL:
        return _mail(fields, name, per_minute)
    leads = kind is not ChannelKind.LOG
    secret_url = _secret(fields, "url") if leads else None
    if leads and secret_url is None:
        fields.take("url")
    return ChannelSpec(
        id=name,
        kind=kind,
        url=_text(fields, "url", _URL, _URL_MEANS) if secret_url is None else "",
        secret_url=secret_url,
        secret=_secret(fields, _SECRETS[kind]) if kind in _SECRETS else None,
        ca_file=_text(fields, "ca_file", _PATH, "an absolute path"),
        per_minute=per_minute,
    )


def _mail(fields: Fields, name: str, per_minute: int | None) -> ChannelSpec:
    tls = fields.choice("tls", MailTls) if fields.has("tls") else MailTls.STARTTLS
    secret = _secret(fields, "password")
    username = line(fields, "username")
    if (secret is None) is not (username == ""):
        raise fields.error("username", "comes with password_file or password_env: set both or none")
    if secret is not None and tls is MailTls.NONE:
        raise fields.error("tls", "must be starttls or tls where there is a password")
    return ChannelSpec(
        id=name,
        kind=ChannelKind.EMAIL,
        host=fields.text("host", pattern=_HOST, means="a host name or an address"),
        port=fields.integer("port", 1, 65535) if fields.has("port") else _PORTS[tls],
        tls=tls,
        username=username,
        secret=secret,
        sender=fields.text("from", pattern=_ADDRESS, means="an address like desk@example.org"),
        ca_file=_text(fields, "ca_file", _PATH, "an absolute path"),
        per_minute=per_minute,
    )


def _secret(fields: Fields, key: str) -> Secret | None:
    """Return where a secret is found; None where neither key says it."""
    by_file, by_env = f"{key}_file", f"{key}_env"
    found = [one for one in (key, by_file, by_env) if fields.has(one)]
    if len(found) > 1:
        raise fields.error(found[1], f"{' and '.join(found)}: set one of them")
    if fields.has(by_file):
        return Secret(file=fields.text(by_file, pattern=_PATH, means="an absolute path"))
    if fields.has(by_env):
        return Secret(env=fields.text(by_env, pattern=_VARIABLE, means="a variable's name"))
    return None


def _text(fields: Fields, key: str, pattern: str, means: str) -> str:
    return fields.text(key, pattern=pattern, means=means) if fields.has(key) else ""


CHANNELS = BookKind(
    name="channels",
    one="channel",
    keys=tuple(
        dict.fromkeys([*COMMON_KEYS, *(key for keys in CHANNEL_KEYS.values() for key in keys)])
    ),
    parse=_channel,
    secrets=("url",),
    most=200,
)
