"""Networks are told apart from what only looks like one, and addresses are found in them."""

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.networks import NETWORKS_LIMIT, is_within, parse_networks


def test_networks_are_kept_once_in_the_usual_spelling() -> None:
    texts = [" 10.1.0.0/16", "10.1.0.0/255.255.0.0", "2001:DB8:0::/32", "192.0.2.7"]

    assert parse_networks(texts) == ("10.1.0.0/16", "2001:db8::/32", "192.0.2.7/32")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("office", "'office' is none; write one as", id="a word"),
        pytest.param("", "'' is none", id="nothing"),
        pytest.param("10.0.0.0/33", "is none", id="too long a prefix"),
        pytest.param("10.1.2.3/16", "is 10.1.0.0/16 meant", id="bits behind the prefix"),
        pytest.param("10.1.0.0/16\n10.2.0.0/16", "is none", id="two in one"),
        pytest.param("x" * 9000, "is none", id="much"),
    ],
)
def test_what_is_no_network_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(InvalidError, match="networks: ") as caught:
        parse_networks([text])
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


def test_networks_have_a_limit() -> None:
    texts = [f"10.{number}.0.0/16" for number in range(NETWORKS_LIMIT + 1)]

    assert len(parse_networks(texts[:-1])) == NETWORKS_LIMIT
    with pytest.raises(InvalidError, match="at most 32, not 33"):
        parse_networks(texts)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        pytest.param("10.1.0.0", True, id="first"),
        pytest.param("10.1.255.255", True, id="last"),
        pytest.param("10.2.0.0", False, id="one behind"),
        pytest.param("::ffff:10.1.2.3", True, id="mapped into IPv6"),
        pytest.param("2001:db8::1", True, id="IPv6"),
        pytest.param("2001:db9::1", False, id="another IPv6"),
        pytest.param("", False, id="none"),
        pytest.param("unix:/run/x", False, id="no address"),
    ],
)
def test_an_address_is_within_or_not(address: str, *, inside: bool) -> None:
    assert inside == is_within(address, ("10.1.0.0/16", "2001:db8::/32"))


def test_an_address_is_within_no_networks() -> None:
    assert not is_within("10.1.0.1", ())
