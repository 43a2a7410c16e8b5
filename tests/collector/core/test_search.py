import pytest

from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.search import SEARCH_LIMIT, WORD_LIMIT, search_text, word_of, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  ws-1\n\t x ", "ws-1 x", id="one line"),
        pytest.param("a\x00b", "a b", id="what no database holds"),
        pytest.param("x" * SEARCH_LIMIT, "x" * SEARCH_LIMIT, id="at the limit"),
        pytest.param("x" * (SEARCH_LIMIT + 1), "x" * SEARCH_LIMIT, id="past it"),
        pytest.param(" ", "", id="nothing"),
    ],
)
def test_what_is_searched_for_is_a_short_line(text: str, expected: str) -> None:
    assert search_text(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("02:00:5E:10:00:01", "02005e100001", id="colons"),
        pytest.param("02-00-5e", "02005e", id="the begin of one"),
        pytest.param("0200.5e10.0001", "02005e100001", id="dots"),
        pytest.param("192.0.2.7", "192.0.2.7", id="an address"),
        pytest.param("2001:db8::7", "2001:db8::7", id="a long address"),
        pytest.param(" PF-42X ", "pf-42x", id="a serial number"),
        pytest.param("X" * (WORD_LIMIT + 1), "x" * WORD_LIMIT, id="too long"),
    ],
)
def test_words_are_compared_without_case_and_signs(text: str, expected: str) -> None:
    assert word_of(text) == expected


def test_a_device_is_found_by_serial_numbers_and_addresses() -> None:
    system = SectionContent(
        kind="system", facts={"serial": "PF-42X", "model": "Book", "asset_tag": ""}, rows={}
    )
    rows = {
        "lo": {"addresses": "127.0.0.1/8, ::1/128"},
        "eth0": {"mac": "02:00:5e:10:00:01", "addresses": "192.0.2.7/24, fe80::1/64"},
    }
    network = SectionContent(kind="network", facts={}, rows=rows)

    assert words_of(system) == {"pf-42x"}
    assert words_of(network) == {"02005e100001", "192.0.2.7"}
    assert words_of(SectionContent(kind="os", facts={"serial": "PF-42X"}, rows={})) == set()
