"""Keeps requests within their size, before anything reads them."""

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
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared[:12]) > self._max_bytes:
            response = problem_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._sentence)
            await response(scope, receive, send)
            return
        left = self._max_bytes

        async def receive_within_limit() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._sentence)
            return message

        await self._app(scope, receive_within_limit, send)

    @property
    def _sentence(self) -> str:
        return f"body: at most {self._max_bytes} bytes"
