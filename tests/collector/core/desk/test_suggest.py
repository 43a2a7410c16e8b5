import pytest

from sickbay_collector.core.desk.category import DEFAULT_CATEGORIES, Category
from sickbay_collector.core.desk.suggest import _WORDS, MOST, Before, suggest, telling


@pytest.mark.parametrize(
    ("text", "category"),
    [
        pytest.param("Forgot my password", "access/password", id="a word"),
        pytest.param("Passwort vergessen, Konto gesperrt", "access/password", id="German"),
        pytest.param("Printer on floor 2 has a paper jam", "hardware/printer", id="a phrase too"),
        pytest.param("VPN drops every few minutes", "network/vpn", id="vpn"),
        pytest.param("Wi-Fi is slow in the meeting room", "network/wifi", id="before slowness"),
        pytest.param("Laptop is stolen", "security/loss", id="before the laptop"),
        pytest.param("Needs access to the finance folder", "access/rights", id="access"),
        pytest.param("Outlook does not open", "software/mail", id="outlook"),
        pytest.param("Disk full", "storage/space", id="disk"),
        pytest.param("everything is slow", "performance", id="a category alone"),
    ],
)
def test_words_say_what_it_is_about(text: str, category: str) -> None:
    found = [f"{one.category}/{one.subcategory}".rstrip("/") for one in suggest(text, _ALL)]

    assert category in found[:2]
    assert len(found) <= MOST


@pytest.mark.parametrize(
    "text", ["", "Hello", "It does not work", "<script>", "12345", "passwords2"]
)
def test_what_the_words_do_not_say_is_not_guessed(text: str) -> None:
    assert suggest(text, _ALL) == ()


def test_a_suggestion_names_the_word_that_decided() -> None:
    (found, *_) = suggest("There is a paper jam", _ALL)

    assert found.because == "paper jam"


def test_only_categories_of_the_desk_are_suggested() -> None:
    mine = {"access": Category(id="access", name="Access", subcategories=())}

    assert suggest("Forgot my password", mine) == ()


def test_tickets_before_count_where_two_words_are_the_same() -> None:
    """Two of them, unless a word is listed too."""
    one = Before(title="Kiosk terminal in the lobby is dark", category="hardware", subcategory="")

    assert suggest("Kiosk terminal again", _ALL, [one]) == ()
    (found,) = suggest("Kiosk terminal again", _ALL, [one, one])
    assert (found.category, found.because) == ("hardware", "2 tickets before")
    assert suggest("Kiosk again", _ALL, [one, one]) == ()


def test_every_listed_category_is_one_of_the_defaults() -> None:
    for name in _WORDS:
        category, _, part = name.partition("/")
        assert category in _ALL
        assert not part or part in _ALL[category].subcategories


def test_the_longest_word_tells_most() -> None:
    assert telling("my Bluetooth keyboard 123456789012") == "bluetooth"
    assert telling("it is so") == ""


_ALL = DEFAULT_CATEGORIES
