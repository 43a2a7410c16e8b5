"""Finding words and phrases in a text, whatever their case and what stands between them."""

import re
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

    def has(self, phrase: str) -> bool:
        """Return whether a word, or the words of a phrase one after another, stand in the text.

        Whole words count: "sql" is not in "mysql".
        """
        wanted = _phrase(phrase)
        if not self._words.issuperset(wanted):
            return False
        return len(wanted) == 1 or (bool(wanted) and f" {' '.join(wanted)} " in self._line)


def words_of(text: str) -> list[str]:
    """Return the words of a text without regard to case."""
    return _WORD.findall(text.casefold())


# As many as all routing rules together may name; they are asked again with every ticket.
@lru_cache(maxsize=10_000)
def _phrase(phrase: str) -> tuple[str, ...]:
    return tuple(words_of(phrase))
