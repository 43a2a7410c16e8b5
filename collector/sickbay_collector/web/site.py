"""Everything that is served on the HTTP port: the API under /api, the console beside it."""

from starlette.types import ASGIApp, Receive, Scope, Send

from sickbay_collector.web.app import MAX_BODY_BYTES, make_api
from sickbay_collector.web.console.app import make_console
from sickbay_collector.web.context import WebContext
from sickbay_collector.web.headers import SecurityHeaders
from sickbay_collector.web.limits import BodyLimit

_API = "/api/"


def make_site(context: WebContext) -> ASGIApp:
    """Return what serves the HTTP port."""
    console = SecurityHeaders(BodyLimit(make_console(context), MAX_BODY_BYTES, larger={}))
    return Site(make_api(context), console)


class Site:
    """Passes requests on by their path.

    Args:
        api: Serves what begins with /api/.
        console: Serves the rest.
    """

    def __init__(self, api: ASGIApp, console: ASGIApp) -> None:
        self._api = api
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_api = scope["type"] == "http" and scope["path"].startswith(_API)
        await (self._api if is_api else self._console)(scope, receive, send)
