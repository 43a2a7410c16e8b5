"""Writes that name the version that was read: If-Match and ETags, one meaning for all of them.

Source: RFC 9110 section 13.1.1, RFC 6585 section 3.
"""

from http import HTTPStatus

from sickbay_collector.web.problems import ApiError

ETAG_LIMIT = 256
"""Characters of an If-Match header."""


def require_match(if_match: str | None, current: str, *, kind: str, name: str) -> None:
    """Let a write pass that names the version that is there.

    Args:
        if_match: The request's header; None where there is none.
        current: The ETag of what is there.
        kind: What is written, for the message: "the ticket".
        name: Which it is, for the message: "ticket 7".

    Raises:
        ApiError: There is no header, or it names another version.
    """
    if if_match is None:
        raise ApiError(
            HTTPStatus.PRECONDITION_REQUIRED,
            f"If-Match is needed: the ETag of {kind} as you read it",
        )
    if not {tag.strip() for tag in if_match.split(",")} & {"*", current}:
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED,
            f"{name} is now {current}, not {if_match}; read it again",
        )
