"""Builds the console: pages, forms and the files that they load."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.errors import (
    BusyError,
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    SickbayError,
    StoreError,
)
from sickbay_collector.web.console import (
    access_tokens,
    accounts,
    acknowledge,
    alerts,
    audit,
    contacts,
    coverage,
    device_asset,
    device_list,
    device_pairs,
    devices,
    events,
    home,
    kpis,
    messages,
    oidc,
    own,
    problems,
    rotas,
    rules,
    search,
    settings,
    settings_edit,
    settings_ways,
    sign_in,
    sign_in_link,
    silences,
    ticket_acts,
    ticket_here,
    ticket_macro,
    ticket_move,
    ticket_page,
    ticket_part_forms,
    ticket_split,
    tickets,
    windows,
)
from sickbay_collector.web.console.assets import PREFIX, Assets
from sickbay_collector.web.console.given_back import Obstacle, came_from, give_back
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import install_parts, pages_of
from sickbay_collector.web.console.sign_in import provider_of, sign_in_page
from sickbay_collector.web.console.texts import N_, _, sentence
from sickbay_collector.web.console.typed import seal, typed_of
from sickbay_collector.web.console.viewer import (
    SignInNeededError,
    refuse_other_sites,
    session_secret,
    sign_in_path,
    signed_in,
)
from sickbay_collector.web.context import (
    WebContext,
    install_asking,
    install_context,
    principal_in,
    whole_context,
)
from sickbay_collector.web.problems import ApiError, status_of

_SAID = {
    HTTPStatus.NOT_FOUND: N_("There is nothing here"),
    HTTPStatus.FORBIDDEN: N_("This is not yours to do"),
    HTTPStatus.GONE: N_("This link is over"),
    HTTPStatus.CONFLICT: N_("Somebody was faster"),
    HTTPStatus.PRECONDITION_FAILED: N_("Somebody was faster"),
    HTTPStatus.UNPROCESSABLE_ENTITY: N_("This cannot be"),
    HTTPStatus.SERVICE_UNAVAILABLE: N_("The database cannot be used now"),
}

_ROUTERS = (
    sign_in.router,
    oidc.router,
    sign_in_link.router,
    own.router,
    acknowledge.router,
    home.router,
    events.router,
    device_list.router,
    device_asset.router,
    devices.router,
    tickets.router,
    ticket_page.router,
    ticket_acts.router,
    ticket_here.router,
    ticket_macro.router,
    ticket_move.router,
    ticket_split.router,
    ticket_part_forms.router,
    contacts.router,
    alerts.router,
    rules.router,
    silences.router,
    windows.router,
    problems.router,
    search.router,
    coverage.router,
    rotas.router,
    audit.router,
    accounts.router,
    access_tokens.router,
    device_pairs.router,
    settings_edit.router,
    settings_ways.router,
    settings.router,
    messages.router,
    kpis.router,
)


def make_console(context: WebContext) -> FastAPI:
    """Return the console on what it reads and writes."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    assets = Assets()
    install_context(app, context)
    install_asking(app, signed_in)
    pages = Pages(assets, context.version)
    pages.warm()
    install_parts(app, pages)

    # First: routes are built as they are looked through, and a page waits for its style.
    @app.get(PREFIX + "{name}")
    def get_asset(request: Request) -> Response:
        found = assets.answer(request)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return found

    for router in _ROUTERS:
        app.include_router(router)

    app.add_exception_handler(SignInNeededError, _to_sign_in)
    for kind in (SickbayError, ApiError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _error_page)
    return app


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    """Send to the sign-in page; a part of a page makes the whole page go there."""
    if request.headers.get("hx-request"):
        return Response(
            status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/sign-in?next=%2F"}
        )
    if request.method == "GET":
        return RedirectResponse(sign_in_path(request), HTTPStatus.SEE_OTHER)
    try:
        refuse_other_sites(request)
    except ApiError as refusal:
        return await _error_page(request, refusal)
    said = (await request.form()).multi_items()
    typed = typed_of(request.url.path, request.headers.get("referer", ""), said)
    now = whole_context(request).clock()
    draft = seal(typed, session_secret(request), now=now) if typed is not None else ""
    return sign_in_page(
        pages_of(request),
        next_path=came_from(request),
        draft=draft,
        is_kept=True,
        provider=provider_of(whole_context(request)),
    )


def _sees_own(request: Request) -> bool:
    """Return whether a requester came to the desk's home page."""
    try:
        return principal_in(request).may(Right.OWN_READ)
    except SignInNeededError:
        return False


async def _error_page(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if status == HTTPStatus.FORBIDDEN and request.url.path == "/" and _sees_own(request):
        return RedirectResponse("/own", HTTPStatus.SEE_OTHER)
    obstacle = Obstacle(
        title=_(_SAID.get(status, N_("This did not work"))),
        detail=_detail(error, status),
        status=status,
    )
    # Of what the collector failed at, the body may be read or not.
    if request.method == "POST" and status != HTTPStatus.INTERNAL_SERVER_ERROR:
        said = await request.form()
        answer = await run_in_threadpool(give_back, request, said, obstacle)
        if answer is not None:
            return answer
    return pages_of(request).page(
        "error.html",
        None,
        {"title": obstacle.title, "detail": obstacle.detail, "status": int(status)},
        status=status,
    )


def _detail(error: Exception, status: HTTPStatus) -> str:
    if isinstance(error, StoreError | BusyError):
        return _("Nothing was changed. Try again in a moment; the collector's log says more.")
    if isinstance(error, ApiError):
        return error.detail
    if isinstance(error, NotFoundError | ConflictError | InvalidError | DeniedError):
        return sentence(error)
    if isinstance(error, RequestValidationError):
        return "; ".join(str(one["msg"]) for one in error.errors()[:3])
    if status == HTTPStatus.NOT_FOUND:
        return _("The address may be mistyped, or what it named is gone.")
    return _("The collector failed; its log says why. Nothing that you typed was kept.")
