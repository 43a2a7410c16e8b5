import sys

import pytest

from sickbay_collector.core.desk.channel_spec import ChannelKind
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.apprise import MISSING
from tests.collector.notify.servers import a_channel, a_message, web_server


def test_apprise_posts_to_a_real_server() -> None:
    with web_server() as server:
        channel = a_channel(ChannelKind.APPRISE, url=f"json://127.0.0.1:{server.port}/hook")
        delivery = channel.send(a_message())

    assert delivery.outcome is Outcome.OK
    assert "Fan" in str(server.got[0].json["message"])
    assert not channel.confirms


def test_failure_is_tried_again() -> None:
    with web_server() as server:
        server.status = 500
        channel = a_channel(ChannelKind.APPRISE, url=f"json://127.0.0.1:{server.port}/hook")

        assert channel.send(a_message()).outcome is Outcome.RETRY


def test_unknown_scheme_is_given_up() -> None:
    delivery = a_channel(ChannelKind.APPRISE, url="pigeon://token").send(a_message())

    assert delivery.outcome is Outcome.GIVE_UP
    assert delivery.reason == "Apprise knows no 'pigeon://token'"


@pytest.mark.parametrize("url", ["json://169.254.169.254/x", "json://2852039166/x"])
def test_host_that_is_not_allowed_is_refused(url: str) -> None:
    assert a_channel(ChannelKind.APPRISE, url=url).send(a_message()).outcome is Outcome.GIVE_UP


def test_missing_library_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    delivery = a_channel(ChannelKind.APPRISE, url="json://example.org").send(a_message())

    assert (delivery.outcome, delivery.reason) == (Outcome.GIVE_UP, MISSING)
