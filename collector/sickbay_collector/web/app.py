"""Builds the HTTP application: the API now, the console beside it later."""

from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from sickbay_collector.core.sheet import MAX_SHEET_BYTES
from sickbay_collector.web.api import (
    accounts,
    alertmanager,
    alerts,
    assets,
    audit,
    callers,
    config_entries,
    configuration,
    device_identity,
    device_pairs,
    device_story,
    devices,
    escalations,
    home,
    kpis,
    macros,
    majors,
    meta,
    notifications,
    overrides,
    own,
    people,
    problem_records,
    rotas,
    routing,
    rules,
    search,
    silences,
    sla,
    spreadsheets,
    tags,
    ticket_acts,
    ticket_bulk,
    ticket_history,
    ticket_parts,
    ticket_presence,
    ticket_queues,
    ticket_similar,
    tickets,
    tokens,
    views,
    windows,
)
from sickbay_collector.web.api.alertmanager import MAX_NOTIFICATION_BYTES
from sickbay_collector.web.auth import asking
from sickbay_collector.web.context import WebContext, install_asking, install_context
from sickbay_collector.web.headers import SecurityHeaders
from sickbay_collector.web.limits import BodyLimit
from sickbay_collector.web.problems import CONTENT_TYPE, install_problems

OPENAPI_PATH = "/api/openapi.json"
# The longest body is a contact that is solved at once: two texts of 4,000 characters, each escaped
# as two times six bytes.
MAX_BODY_BYTES = 128 * 1024
# Documents of 1 MiB, of which a site with ten thousand entries needs a few.
MAX_CONFIG_BYTES = 8 * 1024 * 1024
# Files: they are read once it is known who sends them.
FILE_PATHS = MappingProxyType(
    {
        "/api/v1/people/import": MAX_SHEET_BYTES,
        "/api/v1/assets/import": MAX_SHEET_BYTES,
        "/api/v1/config": MAX_CONFIG_BYTES,
        "/api/v1/alertmanager": MAX_NOTIFICATION_BYTES,
    }
)


ROUTERS = (
    devices.router,
    devices.files,
    views.router,
    # Before those that take what follows for a ticket's name.
    ticket_queues.router,
    ticket_bulk.router,
    callers.router,
    device_identity.router,
    device_pairs.router,
    device_story.router,
    tickets.router,
    ticket_history.router,
    ticket_presence.router,
    escalations.router,
    majors.router,
    macros.router,
    tags.router,
    assets.router,
    spreadsheets.assets,
    alerts.router,
    rules.router,
    alertmanager.router,
    silences.router,
    windows.router,
    problem_records.router,
    home.router,
    search.router,
    routing.router,
    ticket_acts.router,
    ticket_parts.router,
    ticket_similar.router,
    spreadsheets.people,
    people.router,
    rotas.router,
    overrides.router,
    kpis.router,
    sla.router,
    meta.router,
    configuration.router,
    config_entries.router,
    audit.router,
    accounts.router,
    tokens.router,
    notifications.router,
    own.router,
)
"""What the API consists of; where two fit a path, the first counts."""


def make_api(context: WebContext) -> FastAPI:
    """Return the HTTP application on what it reads and writes."""
    app = FastAPI(
        title="Sickbay",
        summary="Devices, their health and their tickets.",
        version=context.version,
        openapi_url=OPENAPI_PATH,
        # The pages that FastAPI would serve load their scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    install_context(app, context)
    install_asking(app, asking)
    install_problems(app)
    api = APIRouter(prefix="/api/v1")
    for router in ROUTERS:
        api.include_router(router)
    app.include_router(api)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES, larger=FILE_PATHS)
    app.add_middleware(SecurityHeaders)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign] # FastAPI's documented way
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with problems under their own media type."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        for path in document["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if status >= "400":
                        (schema,) = answer["content"].values()
                        answer["content"] = {CONTENT_TYPE: schema}
        app.openapi_schema = document
    return app.openapi_schema
