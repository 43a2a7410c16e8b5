from pathlib import Path

import pytest

from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec, MailTls, Secret
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book


def channels(tmp_path: Path, *entries: str) -> dict[str, ChannelSpec]:
    text = "channels:\n" + "".join(f"  - {entry}\n" for entry in entries)
    (tmp_path / "channels.yaml").write_text(text)
    return dict(load_book([tmp_path]).channels)


def test_channels_of_every_kind(tmp_path: Path) -> None:
    found = channels(
        tmp_path,
        "{id: mail, kind: email, host: mx.example.org, from: desk@example.org,"
        " username: desk, password_file: /etc/pw, rate_limit: 60}",
        "{id: relay, kind: email, host: 10.0.0.25, port: 2525, tls: none, from: d@example.org}",
        "{id: hook, kind: webhook, url: 'https://a.example/x', secret_env: KEY, ca_file: /etc/ca}",
        "{id: chat, kind: slack, url_file: /etc/slack}",
        "{id: push, kind: ntfy, url: 'https://ntfy.example/alerts', token_file: /etc/t}",
        "{id: lines, kind: log}",
    )

    assert found["mail"] == ChannelSpec(
        id="mail",
        kind=ChannelKind.EMAIL,
        host="mx.example.org",
        port=587,
        tls=MailTls.STARTTLS,
        username="desk",
        secret=Secret(file="/etc/pw"),
        sender="desk@example.org",
        per_minute=60,
    )
    assert (found["relay"].port, found["relay"].tls) == (2525, MailTls.NONE)
    assert found["hook"].secret == Secret(env="KEY")
    assert (found["chat"].url, found["chat"].secret_url) == ("", Secret(file="/etc/slack"))
    assert found["push"].secret == Secret(file="/etc/t")
    assert found["lines"].kind is ChannelKind.LOG


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{id: a, kind: pigeon}", "'pigeon' is not allowed"),
        ("{id: a, kind: slack}", "key 'url' is missing"),
        ("{id: a, kind: slack, url: x}", "must be a URL"),
        (
            "{id: a, kind: slack, url: 'https://a.example', url_env: X}",
            "url and url_env: set one of them",
        ),
        ("{id: a, kind: slack, url_file: secret}", "must be an absolute path"),
        (
            "{id: a, kind: slack, url: 'https://a.example', host: b}",
            "no key of a channel of kind slack",
        ),
        ("{id: a, kind: webhook, url: 'https://a.example', secret: x}", "unknown key 'secret'"),
        ("{id: a, kind: email, host: b}", "key 'from' is missing"),
        ("{id: a, kind: email, host: b, from: 'x@y\\r\\nBcc: z'}", "must be an address"),
        ("{id: a, kind: email, host: b, from: x@y.z, port: 65536}", "from 1 to 65535"),
        ("{id: a, kind: email, host: b, from: x@y.z, username: u}", "set both or none"),
        (
            "{id: a, kind: email, host: b, from: x@y.z, username: u, password_env: P, tls: none}",
            "must be starttls or tls where there is a password",
        ),
        ("{id: a, kind: log, rate_limit: 0}", "from 1 to 6000"),
        ("{id: a, kind: log, rate_limit: 6001}", "from 1 to 6000"),
        ("{id: a, kind: log, url: 'https://a.example'}", "no key of a channel of kind log"),
    ],
)
def test_wrong_channel_is_named_with_file_line_and_key(
    tmp_path: Path, entry: str, message: str
) -> None:
    with pytest.raises(InvalidError, match=r"channels\.yaml:2: ") as raised:
        channels(tmp_path, entry)

    assert message in str(raised.value)


def test_limits_of_the_rate(tmp_path: Path) -> None:
    found = channels(
        tmp_path, "{id: a, kind: log, rate_limit: 1}", "{id: b, kind: log, rate_limit: 6000}"
    )

    assert [one.per_minute for one in found.values()] == [1, 6000]
