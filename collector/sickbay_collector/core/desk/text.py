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
        raise InvalidError("%(what)s is empty; write what happened", what=what)
    return stripped


def checked_optional(what: str, text: str) -> str:
    """Return the text without the space around it; it may be empty.

    Raises:
        InvalidError: It is too long, or has a character that no database keeps.
    """
    if len(text) > TEXT_LIMIT:
        raise InvalidError(
            "%(what)s has %(text)s characters; the limit is %(limit)s",
            what=what,
            text=len(text),
            limit=TEXT_LIMIT,
        )
    stripped = text.strip()
    # PostgreSQL's text type refuses NUL; UTF-8 has no lone surrogates.
    if "\0" in stripped or any("\ud800" <= char <= "\udfff" for char in stripped):
        raise InvalidError("%(what)s has a NUL or half a surrogate pair; remove it", what=what)
    return stripped


def checked_login(what: str, login: str) -> str:
    """Return the login name as it is.

    Raises:
        InvalidError: It is empty, longer than 64 characters, or has space or control characters.
    """
    if not login or len(login) > LOGIN_LIMIT or not login.isprintable() or " " in login:
        raise InvalidError(
            "%(what)s %(login)r is no login name; use 1 to %(limit)s printable "
            "characters without space",
            what=what,
            login=login[:LOGIN_LIMIT],
            limit=LOGIN_LIMIT,
        )
    return login
