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

    def has_any(self, phrases: tuple[str, ...]) -> bool:
        """Return whether a word, or the words of a phrase one after another, stand in the text.

        Whole words count: "sql" is not in "mysql".
        """
        # Hundreds of rules ask, and nearly all for words that are not there.
        if self._words.isdisjoint(_first_words(phrases)):
            return False
        found = (_phrase(phrase) for phrase in phrases)
        return any(f" {' '.join(wanted)} " in self._line for wanted in found if wanted)


def words_of(text: str) -> list[str]:
    """Return the words of a text without regard to case."""
    return _WORD.findall(text.casefold())


# As many as routing rules may be or name; they are asked again with every ticket.
@lru_cache(maxsize=1_000)
def _first_words(phrases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(wanted[0] for wanted in map(_phrase, phrases) if wanted)


@lru_cache(maxsize=10_000)
def _phrase(phrase: str) -> tuple[str, ...]:
    return tuple(words_of(phrase))
