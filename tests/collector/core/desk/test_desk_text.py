import pytest

from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.errors import InvalidError


def test_text_at_the_limit_is_kept() -> None:
    text = "ü" * 4000

    assert text == checked_text("note", text)


def test_text_loses_the_space_around_it_but_not_its_lines() -> None:
    assert checked_text("note", "  one\n two \n") == "one\n two"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("x" * 4001, "note has 4001 characters; the limit is 4000", id="too-long"),
        pytest.param("", "note is empty; write what happened", id="empty"),
        pytest.param(" \n\t", "note is empty; write what happened", id="space"),
        pytest.param("a\0b", "note has a NUL or half a surrogate pair; remove it", id="nul"),
        pytest.param(
            "a\ud83d", "note has a NUL or half a surrogate pair; remove it", id="surrogate"
        ),
    ],
)
def test_wrong_text_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidError) as caught:
        checked_text("note", text)

    assert says == str(caught.value)


@pytest.mark.parametrize("login", ["a", "mia.muster@example.org", "m" * 64])
def test_login(login: str) -> None:
    assert login == checked_login("user", login)


@pytest.mark.parametrize(
    "login",
    [
        pytest.param("", id="empty"),
        pytest.param("m" * 65, id="too-long"),
        pytest.param("mia muster", id="space"),
        pytest.param("mia\n", id="newline"),
        pytest.param("mia\0", id="nul"),
    ],
)
def test_wrong_login_is_refused(login: str) -> None:
    with pytest.raises(InvalidError, match="is no login name"):
        checked_login("user", login)
