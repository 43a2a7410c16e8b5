"""The admin port: metrics for Prometheus, liveness and readiness for whatever runs the collector.

It listens on loopback unless configured otherwise and asks for no token: nothing here names a
device.
"""

from collections.abc import Callable
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sickbay_collector.metrics import Metrics, render
from sickbay_collector.web.headers import SecurityHeaders

IsReady = Callable[[], bool]
"""Returns whether requests are served: not before all ports listen, not while it stops."""


def make_admin(metrics: Metrics, is_ready: IsReady) -> Starlette:
    """Return the admin application.

    Args:
        metrics: What `/metrics` shows.
        is_ready: What `/readyz` asks.
    """

    def show_metrics(request: Request) -> Response:
        body, content_type = render(metrics, request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type})

    def show_alive(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    def show_ready(_request: Request) -> Response:
        if is_ready():
            return PlainTextResponse("ready\n")
        return PlainTextResponse("not ready\n", HTTPStatus.SERVICE_UNAVAILABLE)

    app = Starlette(
        routes=[
            Route("/metrics", show_metrics),
            Route("/livez", show_alive),
            Route("/readyz", show_ready),
        ]
    )
    app.add_middleware(SecurityHeaders)
    return app
