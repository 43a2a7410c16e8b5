"""What people may write into a ticket."""

from sickbay_collector.core.errors import InvalidError

TEXT_LIMIT = 4000
"""Characters of a note, a resolution, a reason or a problem report."""

LOGIN_LIMIT = 64
"""Characters of a login name."""


def checked_text(what: str, text: str) -> str:
    """Return the text without the space around it.

    Args:
        what: What it is, for the message: "resolution".
        text: Up to 4,000 characters, not all of them space.

    Raises:
        InvalidError: It is empty, too long, or has a character that no database keeps.
    """
    stripped = checked_optional(what, text)
    if not stripped:
        raise InvalidError(f"{what} is empty; write what happened")
    return stripped


def checked_optional(what: str, text: str) -> str:
    """Return the text without the space around it; it may be empty.

    Raises:
        InvalidError: It is too long, or has a character that no database keeps.
    """
    if len(text) > TEXT_LIMIT:
        raise InvalidError(f"{what} has {len(text)} characters; the limit is {TEXT_LIMIT}")
    stripped = text.strip()
    # PostgreSQL's text type refuses NUL; UTF-8 has no lone surrogates.
    if "\0" in stripped or any("\ud800" <= char <= "\udfff" for char in stripped):
        raise InvalidError(f"{what} has a NUL or half a surrogate pair; remove it")
    return stripped


def checked_login(what: str, login: str) -> str:
    """Return the login name as it is.

    Raises:
        InvalidError: It is empty, longer than 64 characters, or has space or control characters.
    """
    if not login or len(login) > LOGIN_LIMIT or not login.isprintable() or " " in login:
        raise InvalidError(
            f"{what} {login[:LOGIN_LIMIT]!r} is no login name;"
            f" use 1 to {LOGIN_LIMIT} printable characters without space"
        )
    return login
