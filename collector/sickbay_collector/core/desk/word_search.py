"""Finding words and phrases in a text, whatever their case and what stands between them."""

import re
from collections.abc import Iterable
from functools import lru_cache

# Letters and digits of every script; an underscore joins, as in names of programs.
_WORD = re.compile(r"\w+")


class WordSearch:
    """A text, cut into words once, so that many rules can ask it."""

    __slots__ = ("_line", "_words")

    def __init__(self, text: str) -> None:
        words = words_of(text)
        self._words = frozenset(words)
        self._line = f" {' '.join(words)} "

    def has_any(self, phrases: Iterable[str]) -> bool:
        """Return whether a word, or the words of a phrase one after another, stand in the text.

        Whole words count: "sql" is not in "mysql".
        """
        words = self._words
        for phrase in phrases:
            wanted = _phrase(phrase)
            # Hundreds of rules ask, and nearly all for words that are not there.
            if not wanted or wanted[0] not in words:
                continue
            if len(wanted) == 1 or f" {' '.join(wanted)} " in self._line:
                return True
        return False


def words_of(text: str) -> list[str]:
    """Return the words of a text without regard to case."""
    return _WORD.findall(text.casefold())


# As many as all routing rules together may name; they are asked again with every ticket.
@lru_cache(maxsize=10_000)
def _phrase(phrase: str) -> tuple[str, ...]:
    return tuple(words_of(phrase))
