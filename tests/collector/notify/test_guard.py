from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.guard import Guard, RefusedError, Target, place_of
from sickbay_collector.notify.post import Poster
from tests.collector.notify.servers import web_server

NAMES = {
    "metadata.example": ["169.254.169.254"],
    "localhost": ["127.0.0.1", "::1"],
    "mixed.example": ["93.184.216.34", "10.0.0.7"],
    "six.example": ["::ffff:10.0.0.7"],
    "public.example": ["93.184.216.34"],
}
REFUSED = [
    "http://127.0.0.1/",
    "http://127.0.0.1:22/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://10.0.0.7/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://metadata.example/",
    "http://mixed.example/",
    "http://six.example/",
    "http://user@93.184.216.34/",
    "http://93.184.216.34\\@127.0.0.1/",
    "ftp://93.184.216.34/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "//127.0.0.1/",
    "http:///",
    "http://[::1",
    "http://93.184.216.34:99999/",
    "http://93.184.216.34/\r\nHost: x",
]


def resolve(host: str, port: int) -> Sequence[str]:
    del port
    return NAMES.get(host.rstrip(".").lower(), [])


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_not_public_is_refused_without_a_connection(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects: list[object] = []
    monkeypatch.setattr("socket.create_connection", lambda *_, **__: connects.append(url))
    delivery = Poster(Guard([], resolve)).post(url, b"{}", {})

    assert delivery.outcome is Outcome.GIVE_UP
    assert connects == []


def test_the_table_is_long_enough() -> None:
    assert len(set(REFUSED)) >= 40


def test_name_is_resolved_once_and_the_judged_address_is_connected_to() -> None:
    """A name that turns to this machine the second time gains nothing."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    guard = Guard([], lambda _host, _port: answers.pop(0))

    assert guard.target("rebinding.example", 443) == Target(
        host="rebinding.example", port=443, address="93.184.216.34"
    )
    with pytest.raises(RefusedError, match=r"rebinding\.example is at 127\.0\.0\.1"):
        guard.target("rebinding.example", 443)


def test_refusal_says_what_to_do() -> None:
    with pytest.raises(RefusedError, match=r"10\.0\.0\.7.*notify_allow in collector\.toml"):
        Guard([], resolve).target("10.0.0.7", 80)


@pytest.mark.parametrize(
    ("network", "host"),
    [
        ("10.0.0.7/32", "10.0.0.7"),
        ("10.0.0.0/8", "mixed.example"),
        ("10.0.0.0/8", "six.example"),
        ("fd00::/8", "fd00::1"),
        ("127.0.0.0/8", "127.0.0.1"),
    ],
)
def test_allowed_network_passes(network: str, host: str) -> None:
    assert Guard([ip_network(network)], resolve).target(host, 80).host == host


def test_redirect_is_not_followed() -> None:
    with web_server() as server:
        server.status = 302
        server.headers = {"Location": "http://169.254.169.254/"}
        guard = Guard([ip_network("127.0.0.1/32")], resolve)
        delivery = Poster(guard).post(f"http://127.0.0.1:{server.port}/hook", b"{}", {})

    assert delivery.outcome is Outcome.GIVE_UP
    assert "redirects are not followed" in delivery.reason
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("https://a.example", "a.example", 443, "/", "a.example"),
        ("http://a.example:81/x?y=1#z", "a.example", 81, "/x?y=1", "a.example:81"),
        ("https://[2606:4700::1]/x", "2606:4700::1", 443, "/x", "[2606:4700::1]"),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
    ],
)
def test_parts_of_a_url(url: str, host: str, port: int, path: str, authority: str) -> None:
    place = place_of(url)

    assert (place.host, place.port, place.path, place.authority) == (host, port, path, authority)
