"""What every channel that posts keeps to, whatever it writes."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_collector.core.desk.channel_spec import ChannelKind, Secret
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.channel import Channel
from sickbay_collector.notify.guard import Guard
from sickbay_collector.notify.hooks import Tools
from sickbay_collector.notify.post import ANSWER_BYTES
from sickbay_collector.notify.registry import MAKERS
from tests.collector.notify.servers import (
    HOSTILE,
    NAME,
    WebServer,
    a_channel,
    a_message,
    certificates,
    tools,
    web_server,
)
from tests.kit.ports import free_ports

POSTING = [
    ChannelKind.WEBHOOK,
    ChannelKind.SLACK,
    ChannelKind.TEAMS,
    ChannelKind.MATTERMOST,
    ChannelKind.NTFY,
]
CANARY = "canary-5e1f"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as one:
        yield one


@pytest.fixture(params=POSTING)
def kind(request: pytest.FixtureRequest) -> ChannelKind:
    return ChannelKind(request.param)


def channel_to(
    server: WebServer, kind: ChannelKind, used: Tools | None = None, **fields: object
) -> Channel:
    return a_channel(kind, used, url=f"http://{NAME}:{server.port}/{CANARY}/topic", **fields)


def test_every_kind_has_its_maker() -> None:
    assert set(MAKERS) == set(ChannelKind)


def test_message_arrives_as_json_in_the_name_of_the_host(
    server: WebServer, kind: ChannelKind
) -> None:
    delivery = channel_to(server, kind).send(a_message())
    (got,) = server.got

    assert delivery.outcome is Outcome.OK
    assert got.headers["Host"] == f"{NAME}:{server.port}"
    assert got.headers["Content-Type"] == "application/json"
    assert "Fan" in json.dumps(got.json)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OK),
        (204, Outcome.OK),
        (301, Outcome.GIVE_UP),
        (400, Outcome.GIVE_UP),
        (404, Outcome.GIVE_UP),
        (408, Outcome.RETRY),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
        (503, Outcome.RETRY),
    ],
)
def test_status_decides(
    server: WebServer, kind: ChannelKind, status: int, outcome: Outcome
) -> None:
    server.status = status
    server.answer = b""

    assert channel_to(server, kind).send(a_message()).outcome is outcome


def test_reason_holds_the_answer_but_no_path_which_may_be_a_secret(
    server: WebServer, kind: ChannelKind
) -> None:
    server.status, server.answer = 404, b"no such\r\nhook"
    delivery = channel_to(server, kind).send(a_message())

    assert delivery.reason == f"'http://{NAME}:{server.port}' answered 404 no such hook"


def test_endless_answer_is_read_no_further_than_64_kib(
    server: WebServer, kind: ChannelKind
) -> None:
    server.answer = b"x" * (ANSWER_BYTES * 8)

    assert channel_to(server, kind).send(a_message()).outcome is Outcome.OK


def test_server_that_is_down_is_tried_later(kind: ChannelKind) -> None:
    (port,) = free_ports(1)
    delivery = a_channel(kind, url=f"http://{NAME}:{port}/hook/topic").send(a_message())

    assert (delivery.outcome, delivery.unreachable) == (Outcome.RETRY, True)
    assert not delivery.uncertain


def test_server_that_never_answers_may_have_got_it(server: WebServer, kind: ChannelKind) -> None:
    server.silent = True
    delivery = channel_to(server, kind, tools(timeout_s=0.2)).send(a_message())

    assert (delivery.outcome, delivery.unreachable) == (Outcome.RETRY, True)
    assert delivery.uncertain


def test_name_that_nobody_knows_is_tried_later(kind: ChannelKind) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError(f"no {host}:{port}")

    guard = Guard([], nobody)
    used = tools()
    poster = type(used.poster)(guard)
    channel = a_channel(
        kind,
        Tools(guard=guard, poster=poster, environ={}, clock=used.clock),
        url="https://gone.example/hook/topic",
    )

    assert channel.send(a_message()).outcome is Outcome.RETRY


def test_url_comes_from_a_file_or_the_environment_each_time(
    server: WebServer, kind: ChannelKind, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "url"
    channel = a_channel(kind, secret_url=Secret(file=str(file)))
    missing = channel.send(a_message())
    file.write_text(f"http://{NAME}:{server.port}/{CANARY}/topic\n")
    found = channel.send(a_message())
    by_name = a_channel(
        kind,
        tools(environ={"HOOK": f"http://{NAME}:{server.port}/{CANARY}/topic"}),
        secret_url=Secret(env="HOOK"),
    ).send(a_message())

    assert (missing.outcome, missing.unreachable) == (Outcome.RETRY, True)
    assert missing.reason.endswith("No such file or directory")
    assert (found.outcome, by_name.outcome) == (Outcome.OK, Outcome.OK)
    assert CANARY not in caplog.text


def test_tls_asks_for_the_host_not_for_its_address(kind: ChannelKind, tmp_path: Path) -> None:
    context, file = certificates(tmp_path, NAME)
    with web_server(context=context) as server:
        url = f"https://{NAME}:{server.port}/hook/topic"
        known = a_channel(kind, url=url, ca_file=file).send(a_message())
        stranger = a_channel(kind, url=url).send(a_message())

    assert known.outcome is Outcome.OK
    assert (stranger.outcome, stranger.unreachable) == (Outcome.RETRY, True)
    assert len(server.got) == 1


def test_text_of_a_ticket_stays_text(server: WebServer, kind: ChannelKind) -> None:
    """No header, mention or markup of its own, whatever somebody writes."""
    channel_to(server, kind).send(a_message())
    (got,) = server.got
    text = json.dumps(got.json, ensure_ascii=False)

    assert "Bcc" not in got.headers
    if kind is ChannelKind.SLACK:
        assert "<!channel>" not in text
    if kind is ChannelKind.MATTERMOST:
        assert "@all" not in text
    assert HOSTILE
