"""The words of pages: marked in English where they stand, said in the language of who reads.

`_` says a text now, `N_` marks one that is said later (`|translated` in a template), so that
nothing is translated when a module is imported. Templates have `_` and `{% trans %}` by Jinja's
extension. `tests/kit/texts.py` finds all of them and writes `texts/console.pot`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from gettext import NullTranslations

from sickbay_collector.core.errors import SickbayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language of the pages: its tag, as `lang` says it, and its texts."""

    tag: str
    catalog: NullTranslations


ENGLISH = Language(tag="en", catalog=NullTranslations())
"""What the texts are written in; it needs no catalog."""

_SPOKEN: ContextVar[Language] = ContextVar("spoken", default=ENGLISH)


def spoken() -> Language:
    """Return the language of the request that is being answered."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say every text in a language meanwhile."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def gettext(text: str, /, **values: object) -> str:
    """Return a text as it is said now.

    Args:
        text: In English, with %(name)s for each value.
        values: What stands there. Without any, the text is taken as it is.
    """
    # The text "" of a catalog is its header.
    said = _SPOKEN.get().catalog.gettext(text) if text else ""
    return said % values if values else said


def ngettext(one: str, several: str, count: int, /, **values: object) -> str:
    """Return a text as it is said of so many; %(num)s is the number."""
    said = _SPOKEN.get().catalog.ngettext(one, several, count)
    return said % {"num": count, **values}


def pgettext(context: str, text: str) -> str:
    """Return a word as it is said in one sense of several."""
    language = _SPOKEN.get()
    # Lists say hundreds of words.
    return text if language is ENGLISH else language.catalog.pgettext(context, text)


def sentence(error: SickbayError) -> str:
    """Return what an error says, in the language that is spoken now."""
    values = {
        name: sentence(value) if isinstance(value, SickbayError) else value
        for name, value in error.values.items()
    }
    return gettext(error.text, **values)


def mark(text: str) -> str:
    """Return a text unchanged: it is said later, and found by what collects texts."""
    return text


_ = gettext
N_ = mark
