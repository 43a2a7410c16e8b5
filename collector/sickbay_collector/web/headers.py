"""Headers that every answer carries, so that no browser does more with it than show it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    # Only the console itself hears where its forms stood, to lead back to them.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
)
# An answer may say otherwise itself: a page needs its own style sheet, a picture may be kept.
_UNLESS_SAID = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
)


class SecurityHeaders:
    """Adds the headers to every answer of an app.

    Args:
        app: The app.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS:
                    headers[name] = value
                for name, value in _UNLESS_SAID:
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
