"""What a person's fields may hold, and by what a person is found."""

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.line import checked_line, folded
from sickbay_collector.core.person import (
    CHECKS,
    Person,
    checked_person,
    digits_of,
    searched_digits,
)


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        pytest.param("name", "  Ann\u00a0\t Mu\u0308ller ", "Ann Müller", id="space and NFC"),
        pytest.param("name", "\u0645\u200c\u0646", "\u0645\u200c\u0646", id="a joiner inside"),
        pytest.param("name", "n" * 200, "n" * 200, id="longest name"),
        pytest.param("email", " Ann.O'Hara+x@Example.co.uk", "Ann.O'Hara+x@Example.co.uk", id="+"),
        pytest.param("email", "jörg@müller.example", "jörg@müller.example", id="not ASCII"),
        pytest.param("email", "a" * 64 + "@example.com", "a" * 64 + "@example.com", id="local"),
        pytest.param("email", "", "", id="no address"),
        pytest.param("phone", "+49 (30) 12-34 ext. 5", "+49 (30) 12-34 ext. 5", id="as typed"),
        pytest.param("phone", "1" * 40, "1" * 40, id="longest number"),
        pytest.param("site", "s" * 64, "s" * 64, id="longest site"),
        pytest.param("language", "DE", "de", id="language"),
        pytest.param("language", "ZH-hant-tw", "zh-Hant-TW", id="script and region"),
        pytest.param("language", "es-419", "es-419", id="region by number"),
        pytest.param("language", "de-CH-1901", "de-CH-1901", id="variant"),
        pytest.param("language", " ", "", id="no language"),
        pytest.param("login", "ann.m", "ann.m", id="login"),
    ],
)
def test_field_is_kept_as(field: str, text: str, kept: str) -> None:
    assert CHECKS[field](text) == kept


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("name", " ", id="no name"),
        pytest.param("name", "n" * 201, id="too long a name"),
        pytest.param("name", "n\0", id="NUL"),
        pytest.param("name", "n\u202ee", id="turns the text around"),
        pytest.param("name", "\ud800", id="half a pair"),
        pytest.param("name", " " * 801, id="space without end"),
        pytest.param("email", "ann", id="no at"),
        pytest.param("email", "ann@localhost", id="no dot"),
        pytest.param("email", "a@b@example.com", id="two at"),
        pytest.param("email", "a b@example.com", id="space inside"),
        pytest.param("email", "a..b@example.com", id="two dots"),
        pytest.param("email", ".a@example.com", id="dot first"),
        pytest.param("email", "a@-x.com", id="hyphen first"),
        pytest.param("email", "a@" + "l" * 64 + ".com", id="too long a label"),
        pytest.param("email", "a" * 65 + "@example.com", id="too long a local part"),
        pytest.param("email", "a@" + "l.l" * 90, id="too long an address"),
        pytest.param("email", "a@example.com\r\nBcc: b@example.com", id="another header"),
        pytest.param("phone", "12", id="too few digits"),
        pytest.param("phone", "1" * 41, id="too long a number"),
        pytest.param("site", "s" * 65, id="too long a site"),
        pytest.param("language", "german!", id="no tag"),
        pytest.param("language", "x-klingon", id="private"),
        pytest.param("language", "de_DE", id="underscore"),
        pytest.param("language", "de" + "-aaaaaaaa" * 4, id="too long a tag"),
        pytest.param("login", "ann m", id="space in a login"),
        pytest.param("login", "l" * 65, id="too long a login"),
    ],
)
def test_wrong_field_is_named(field: str, text: str) -> None:
    with pytest.raises(InvalidError, match=f"^{field}:"):
        CHECKS[field](text)


def test_whole_person_is_checked() -> None:
    draft = Person(person_id=PersonId("p"), name=" Ann ", language="EN-gb", vip=True)

    kept = checked_person(draft)

    assert (kept.name, kept.language, kept.vip) == ("Ann", "en-GB", True)
    with pytest.raises(InvalidError, match=r"^phone"):
        checked_person(Person(person_id=PersonId("p"), name="Ann", phone="x"))


def test_limit_of_a_line_is_its_own() -> None:
    assert checked_line("tag", "abc", limit=3) == "abc"
    with pytest.raises(InvalidError, match="tag: 4 characters; the limit is 3"):
        checked_line("tag", "abcd", limit=3)


def test_search_knows_neither_case_nor_accent() -> None:
    assert folded("ÅNGSTRÖM Straße") == "angstrom strasse"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        pytest.param("+49 (0)30", "49030", id="signs"),
        pytest.param("0049 30", "4930", id="zeros before the country"),
        pytest.param("٣٠١", "301", id="another script"),
    ],
)
def test_digits_of_a_number(text: str, digits: str) -> None:
    assert digits_of(text) == digits


@pytest.mark.parametrize("text", ["ab 123", "1@23", "12", "²³¹"])
def test_text_that_searches_no_number(text: str) -> None:
    assert searched_digits(text) == ""
