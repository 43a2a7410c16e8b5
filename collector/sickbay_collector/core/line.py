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
        raise InvalidError(f"{what}: {len(text)} characters; the limit is {limit}")
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(line) > limit:
        raise InvalidError(f"{what}: {len(line)} characters; the limit is {limit}")
    plain = line.translate(_JOINERS)
    if not plain.isprintable():
        wrong = next(character for character in plain if not character.isprintable())
        raise InvalidError(f"{what}: has the character U+{ord(wrong):04X}; remove it")
    return line


def folded(text: str) -> str:
    """Return the text as it is searched: without case, accents and width."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(one for one in decomposed if not unicodedata.combining(one))
    return bare.casefold()
