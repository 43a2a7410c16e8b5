"""Short texts that people write into a field: a name, a department, a supplier."""

import unicodedata

from sickbay_collector.core.errors import InvalidError

LINE_LIMIT = 200
"""Characters of a field."""
# They shape letters in names of Persian and Indian languages; Python calls them unprintable.
_JOINERS = str.maketrans("", "", "\u200c\u200d")


def checked_line(what: str, text: str, *, limit: int = LINE_LIMIT) -> str:
    """Return the text in NFC, any run of space as one blank, none around it.

    Args:
        what: The field, for the message: "name".
        text: What somebody wrote.
        limit: Characters that it may have.

    Raises:
        InvalidError: It is too long or has a character that cannot be shown.
    """
    # Longer than any that could shrink to the limit is not looked at.
    if len(text) > 4 * limit:
        raise InvalidError(
            "%(what)s: %(text)s characters; the limit is %(limit)s",
            what=what,
            text=len(text),
            limit=limit,
        )
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(line) > limit:
        raise InvalidError(
            "%(what)s: %(line)s characters; the limit is %(limit)s",
            what=what,
            line=len(line),
            limit=limit,
        )
    plain = line.translate(_JOINERS)
    if not plain.isprintable():
        wrong = next(character for character in plain if not character.isprintable())
        raise InvalidError(
            "%(what)s: has the character U+%(wrong)s; remove it",
            what=what,
            wrong=f"{ord(wrong):04X}",
        )
    return line


def folded(text: str) -> str:
    """Return the text as it is searched: without case, accents and width."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(one for one in decomposed if not unicodedata.combining(one))
    return bare.casefold()
