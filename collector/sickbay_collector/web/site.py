"""Everything that is served on the HTTP port: the API under /api, the console beside it."""

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from sickbay_collector.web.app import MAX_BODY_BYTES, make_api
from sickbay_collector.web.console.app import make_console
from sickbay_collector.web.console.languages import Catalogs, Translated
from sickbay_collector.web.context import WebContext
from sickbay_collector.web.headers import SecurityHeaders
from sickbay_collector.web.limits import BodyLimit

_API = "/api/"


def make_site(context: WebContext) -> "Site":
    """Return what serves the HTTP port."""
    return Site(make_api(context), make_console(context), Catalogs())


class Site:
    """Passes requests on by their path.

    Args:
        api: Serves what begins with /api/.
        console: Serves the rest.
        catalogs: The languages of the console.
    """

    def __init__(self, api: FastAPI, console: FastAPI, catalogs: Catalogs) -> None:
        self.api = api
        self.console = console
        pages = BodyLimit(console, MAX_BODY_BYTES, larger={})
        self._pages = SecurityHeaders(Translated(pages, catalogs))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_api = scope["type"] == "http" and scope["path"].startswith(_API)
        await (self.api if is_api else self._pages)(scope, receive, send)
