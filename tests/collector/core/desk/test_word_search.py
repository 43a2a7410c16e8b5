import pytest

from sickbay_collector.core.desk.word_search import WordSearch


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        pytest.param("SQL is slow", "sql", True, id="any-case"),
        pytest.param("mysql is slow", "sql", False, id="whole-words-only"),
        pytest.param("(sql)", "sql", True, id="between-marks"),
        pytest.param("connection\nrefused!", "connection refused", True, id="phrase-over-lines"),
        pytest.param("refused connection", "connection refused", False, id="phrase-in-order"),
        pytest.param("connection was refused", "connection refused", False, id="phrase-unbroken"),
        pytest.param("ORA-00060", "ora-00060", True, id="phrase-with-marks"),
        pytest.param("Zurücksetzen", "ZURÜCKSETZEN", True, id="beyond-ascii"),
        pytest.param("anything", "!", False, id="no-word-at-all"),
        pytest.param("", "sql", False, id="empty-text"),
    ],
)
def test_finding(text: str, phrase: str, *, found: bool) -> None:
    assert found is WordSearch(text).has_any(("absent", phrase))
