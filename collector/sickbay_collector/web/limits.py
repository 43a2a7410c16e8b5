"""Keeps requests within their size, before anything reads them."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sickbay_collector.web.problems import problem_response


class BodyLimit:
    """Refuses longer bodies: at once where the length is declared, else while they arrive.

    Args:
        app: The app.
        max_bytes: Longest body.
        larger: Longest body where it is another, by path.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._max_bytes)
        sentence = f"body: at most {most} bytes"
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared[:12]) > most:
            response = problem_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
            await response(scope, receive, send)
            return
        left = most

        async def receive_within_limit() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
            return message

        await self._app(scope, receive_within_limit, send)
