"""What the schemas and handlers of the API share: model settings, moments, cursors, problems."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.web.problems import Problem

CURSOR_LIMIT = 1024
"""Characters of a cursor: a position in a list with a host name of full length fits."""
PAGE_LIMIT = 500
"""Items of one page."""
# Outside of these, time zones and databases overflow.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Schema(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True, frozen=True)


class Body(BaseModel):
    """Base of what requests say, in body or query: a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)


def _in_range(moment: datetime) -> datetime:
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError("between the years 1970 and 2200")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
"""A moment in a request: RFC 3339 with a time zone."""

Limit = Annotated[int, Field(ge=1, le=PAGE_LIMIT)]
"""Items of one page."""
Cursor = Annotated[str | None, Field(max_length=CURSOR_LIMIT)]
"""Where to go on: `next_cursor` of the page before."""


def encode_cursor(position: Sequence[str | float]) -> str:
    """Return a position in a list as text for a URL."""
    plain = json.dumps(position, separators=(",", ":"), allow_nan=False)
    return base64.urlsafe_b64encode(plain.encode()).decode("ascii").rstrip("=")


def decode_cursor(cursor: str, shape: Sequence[type]) -> list[str | float]:
    """Return the position that `encode_cursor` wrote.

    Args:
        cursor: The text.
        shape: The types of its parts; `float` takes whole numbers too.

    Raises:
        InvalidError: It is none of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidError("cursor: take it from the page before, unchanged") from error
    if not isinstance(position, list) or len(position) != len(shape):
        raise InvalidError("cursor: it belongs to another list")
    for part, wanted in zip(position, shape, strict=True):
        if isinstance(part, bool) or not isinstance(
            part, (int, float) if wanted is float else wanted
        ):
            raise InvalidError("cursor: it belongs to another list")
        if isinstance(part, str) and not _is_storable(part):
            raise InvalidError("cursor: take it from the page before, unchanged")
    return position


def _is_storable(text: str) -> bool:
    """Return whether a database takes the text: no lone surrogates, and no NUL for PostgreSQL."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Name the next page in the Link header, if there is one.

    Source: RFC 8288.
    """
    if cursor is not None:
        following = request.url.include_query_params(cursor=cursor)
        target = f"{following.path}?{following.query}"
        response.headers["Link"] = f'<{target}>; rel="next"'


def problems(*statuses: HTTPStatus) -> Mapping[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the problems that an operation answers with."""
    return {
        int(status): {"model": Problem, "description": status.phrase}
        for status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, *statuses)
    }
