import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from sickbay_collector.core.desk.channel_spec import ChannelKind, Secret
from sickbay_collector.core.desk.message import Outcome
from tests.collector.desk_builders import NOW
from tests.collector.notify.servers import (
    NAME,
    WebServer,
    a_channel,
    a_message,
    at,
    tools,
    web_server,
)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as one:
        yield one


def test_webhook_is_signed_over_time_and_body(server: WebServer) -> None:
    """A receiver recomputes it from what it got, and refuses old timestamps."""
    channel = a_channel(
        ChannelKind.WEBHOOK,
        tools(environ={"KEY": "s3cret"}),
        url=f"http://{NAME}:{server.port}/",
        secret=Secret(env="KEY"),
    )
    channel.send(a_message())
    (got,) = server.got
    stamp = got.headers["Sickbay-Timestamp"]
    expected = hmac.new(b"s3cret", stamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()

    assert stamp == at(NOW)
    assert got.headers["Sickbay-Signature"] == f"v1={expected}"
    assert got.headers["Idempotency-Key"] == "t:assigned:technician:ann"


def test_webhook_says_all_that_a_program_wants(server: WebServer) -> None:
    a_channel(ChannelKind.WEBHOOK, url=f"http://{NAME}:{server.port}/").send(
        a_message(repeats=1, payload={"event": "x", "subject": "s", "body": "b", "html": "<p>"})
    )

    assert server.got[0].json == {
        "event": "x",
        "subject": "s",
        "body": "b",
        "key": "t:assigned:technician:ann",
        "recipient": "technician:ann",
        "created_at": NOW.isoformat(),
        "repeats": 1,
    }
    assert "Sickbay-Signature" not in server.got[0].headers


def test_message_to_a_url_of_its_own_goes_there(server: WebServer) -> None:
    url = f"http://{NAME}:{server.port}/own"
    message = a_message(recipient=f"url:{url}", address=url)
    a_channel(ChannelKind.WEBHOOK, url="http://elsewhere.example/").send(message)

    assert server.got[0].path == "/own"


def test_secret_that_is_missing_sends_nothing(server: WebServer) -> None:
    delivery = a_channel(
        ChannelKind.WEBHOOK, url=f"http://{NAME}:{server.port}/", secret=Secret(env="NONE")
    ).send(a_message())

    assert (delivery.outcome, server.got) == (Outcome.RETRY, [])
    assert delivery.reason == "variable NONE: no secret is there"


def test_ntfy_publishes_to_the_topic_with_priority_and_token(server: WebServer) -> None:
    a_channel(
        ChannelKind.NTFY,
        tools(environ={"TOKEN": "tk_1"}),
        url=f"http://{NAME}:{server.port}/alerts",
        secret=Secret(env="TOKEN"),
    ).send(a_message())
    (got,) = server.got

    assert (got.path, got.json["topic"], got.json["priority"]) == ("/", "alerts", 4)
    assert got.headers["Authorization"] == "Bearer tk_1"


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        (ChannelKind.SLACK, 40_000),
        (ChannelKind.TEAMS, 28_000),
        (ChannelKind.MATTERMOST, 2 * 16_383),
        (ChannelKind.NTFY, 4_096 + 1_000),
    ],
)
def test_long_text_is_cut_to_what_the_service_takes(
    server: WebServer, kind: ChannelKind, limit: int
) -> None:
    payload = {"subject": "s", "body": "_ü" * 30_000}
    a_channel(kind, url=f"http://{NAME}:{server.port}/x/topic").send(a_message(payload=payload))

    assert len(server.got[0].body.decode()) <= limit
    assert "…" in json.dumps(server.got[0].json, ensure_ascii=False)
