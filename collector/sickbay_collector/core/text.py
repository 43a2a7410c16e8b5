"""Text from devices, made fit to store, log and show. Applied once, at the edge."""

import unicodedata

# Bidirectional controls reorder what stands around them on a page or a terminal.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FIELD_LIMIT = 512
"""Characters that one field of a device may hold."""


def clean_text(text: str, *, limit: int = FIELD_LIMIT) -> str:
    """Return the text in NFC, control characters replaced by spaces, cut at `limit` code points.

    Lone surrogates, which no database takes, become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text[:limit]
    kept = "".join(_clean(character) for character in text[: 4 * limit])
    return unicodedata.normalize("NFC", kept)[:limit]


def _clean(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in {"Cc", "Zl", "Zp"} or character in _BIDI:
        return " "
    return character
