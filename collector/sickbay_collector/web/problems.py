"""What the API answers when it cannot do what was asked: problem details, one shape for all.

Source: RFC 9457.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from sickbay_collector.core.errors import (
    BusyError,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    SickbayError,
    StoreError,
    UnavailableError,
)

_LOG = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
# A hostile request may break every rule at once; the first few say enough.
_MAX_PARTS = 10
_STATUSES: Mapping[type[SickbayError], HTTPStatus] = MappingProxyType(
    {
        NotFoundError: HTTPStatus.NOT_FOUND,
        InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
        ConflictError: HTTPStatus.CONFLICT,
        DeniedError: HTTPStatus.FORBIDDEN,
        BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
        StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
        UnavailableError: HTTPStatus.BAD_GATEWAY,
    }
)


class ProblemPart(BaseModel):
    """One part of a request that is wrong."""

    where: str = Field(description="Place in the request: `query/limit`.")
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why a request was not done."""

    type: str = Field(description="Kind of problem: `urn:sickbay:problem:not-found`.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What is wrong, where, and what to do.")
    errors: list[ProblemPart] = Field(default=[], description="The wrong parts of the request.")


class ApiError(Exception):
    """A problem that only HTTP knows: a missing precondition, a missing token."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def problem_response(
    status: HTTPStatus,
    detail: str,
    *,
    errors: Sequence[ProblemPart] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem as an answer."""
    problem = Problem(
        type=f"urn:sickbay:problem:{status.phrase.lower().replace(' ', '-')}",
        title=status.phrase,
        status=status,
        detail=detail,
        errors=list(errors),
    )
    return JSONResponse(
        problem.model_dump(), status, headers=dict(headers or {}), media_type=CONTENT_TYPE
    )


def install_problems(app: FastAPI) -> None:
    """Make every failure of the app a problem, and none of them tell about its inside."""
    app.add_exception_handler(SickbayError, _on_sickbay)
    app.add_exception_handler(ApiError, _on_api)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


def status_of(error: Exception) -> HTTPStatus:
    """Return the HTTP status of a failure."""
    if isinstance(error, ApiError):
        return error.status
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    if isinstance(error, RequestValidationError):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return next(
        (status for kind, status in _STATUSES.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


async def _on_sickbay(_request: Request, error: Exception) -> JSONResponse:
    status = status_of(error)
    headers = {}
    if isinstance(error, BusyError):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    detail = str(error)
    if isinstance(error, StoreError):
        _LOG.error("event=store_unavailable error=%r", detail)
        detail = "the database cannot be used now; the collector's log says why"
    return problem_response(status, detail, headers=headers)


async def _on_api(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - Starlette picks the handler by this type
    return problem_response(error.status, error.detail, headers=error.headers)


async def _on_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    parts = [
        ProblemPart(
            where="/".join(str(step) for step in found["loc"])[:200], detail=found["msg"][:200]
        )
        for found in error.errors()[:_MAX_PARTS]
    ]
    said = "; ".join(f"{part.where}: {part.detail}" for part in parts)
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, said, errors=parts)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    status = HTTPStatus(error.status_code)
    detail = error.detail
    if status == HTTPStatus.NOT_FOUND:
        detail = f"there is nothing at {request.url.path[:200]}"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not possible here"
    return problem_response(status, detail, headers=error.headers)


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    # Starlette raises the error again after this answer, so uvicorn logs the traceback.
    _LOG.error("event=request_failed path=%s error=%s", request.url.path, type(error).__name__)
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "the collector failed; its log says why"
    )
