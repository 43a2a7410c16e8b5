"""Text of strangers, made fit for databases, logs, pages and terminals."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.text import FIELD_LIMIT, clean_text
from tests.kit.examples import FEW

_ANY = st.text(st.characters(codec=None), max_size=80)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ThinkPad X1", "ThinkPad X1", id="plain"),
        pytest.param("", "", id="empty"),
        pytest.param("a\0b", "a b", id="NUL"),
        pytest.param("a\r\nb\x1b[2J", "a  b [2J", id="line ends and escape"),
        pytest.param("a\x9bb\x85c\x7f", "a b c ", id="C1 controls and DEL"),
        pytest.param("a\u2028b\u2029c", "a b c", id="line and paragraph separators"),
        pytest.param("a\u202eb\u2066c", "a b c", id="bidirectional controls"),
        pytest.param("a\ud800b\udfff", "a\ufffdb\ufffd", id="lone surrogates"),
        pytest.param("e\u0301", "\u00e9", id="composed"),
        pytest.param("Łódź 漢字 🙂", "Łódź 漢字 🙂", id="other scripts"),
    ],
)
def test_clean_text(text: str, expected: str) -> None:
    """Controls become spaces, surrogates U+FFFD, the rest is composed."""
    assert expected == clean_text(text)


@pytest.mark.parametrize("character", ["x", "ü", "🙂"])
@pytest.mark.parametrize("excess", [0, 1, 10_000])
def test_text_is_cut_at_its_limit(character: str, excess: int) -> None:
    """At the limit nothing is cut, past it everything is."""
    assert character * FIELD_LIMIT == clean_text(character * (FIELD_LIMIT + excess))


@FEW
@given(_ANY, st.integers(0, 40))
def test_cleaned_text_is_fit(text: str, limit: int) -> None:
    """Never longer than the limit, encodable, composed, without controls, and stable."""
    cleaned = clean_text(text, limit=limit)

    assert len(cleaned) <= limit
    assert cleaned.encode().decode() == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {unicodedata.category(one) for one in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert cleaned == clean_text(cleaned, limit=limit)
