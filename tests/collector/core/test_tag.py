import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.tag import TAG_LIMIT, checked_tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(" Lab ", "lab", id="case and space around"),
        pytest.param("floor:3/room-4.b_1", "floor:3/room-4.b_1", id="joined"),
        pytest.param("e\u0301a", "\u00e9a", id="one letter of two characters"),
        pytest.param("x" * TAG_LIMIT, "x" * TAG_LIMIT, id="the longest"),
        pytest.param("7", "7", id="a digit"),
    ],
)
def test_a_tag_is_kept_in_one_form(text: str, expected: str) -> None:
    assert expected == checked_tag(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "1 to 40", id="empty"),
        pytest.param("x" * (TAG_LIMIT + 1), "1 to 40", id="too long"),
        pytest.param("two words", "' '", id="a blank"),
        pytest.param("<b>", "'<'", id="markup"),
        pytest.param("=1+1", "'='", id="a formula"),
        pytest.param("-lab", "begins and ends", id="begins with a joiner"),
        pytest.param("a\u202eb", "u202e", id="turns the direction"),
        pytest.param("a\x00b", "x00", id="NUL"),
        pytest.param("a\ud800b", "ud800", id="a lone surrogate"),
    ],
)
def test_what_is_no_tag_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        checked_tag(text)
