"""Text from devices, made fit to store, log and show. Applied once, at the edge."""

import unicodedata

# Bidirectional controls reorder what stands around them on a page or a terminal.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FIELD_LIMIT = 512
"""Characters that one field of a device may hold."""

NAME_BYTES = 192
"""What may name an instance: a volume by its path, a drive by its serial number. Each name is kept
in many places of a device's state, which is bounded."""


def clean_text(text: str, *, limit: int = FIELD_LIMIT) -> str:
    """Return the text in NFC, control characters replaced by spaces, cut at `limit` code points.

    Lone surrogates, which no database takes, become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text[:limit]
    kept = "".join(_clean(character) for character in text[: 4 * limit])
    return unicodedata.normalize("NFC", kept)[:limit]


def clean_name(text: str) -> str:
    """Return cleaned text that is at most `NAME_BYTES` long in UTF-8."""
    cleaned = clean_text(text, limit=NAME_BYTES)
    if cleaned.isascii():
        return cleaned
    return cleaned.encode()[:NAME_BYTES].decode(errors="ignore")


def _clean(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in {"Cc", "Zl", "Zp"} or character in _BIDI:
        return " "
    return character
