"""Accounts: who may sign in, as what, and where they are signed in."""

from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.services import accounts
from sickbay_collector.services.access_audit import By
from sickbay_collector.web.api.access_schema import NewAccountBody, PasswordBody, RoleBody
from sickbay_collector.web.api.accounts import Login, SessionId
from sickbay_collector.web.console.allowed import AccountsWrite
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/settings/accounts")

Switch = Annotated[str, Path(pattern="^(disable|enable|detach)$")]
_SWITCHES = MappingProxyType(
    {"disable": accounts.disable, "enable": accounts.enable, "detach": accounts.detach}
)


def area_fields(fields: FormData) -> dict[str, object]:
    """Return what a form says, its lists of sites and tags taken apart at commas."""
    said: dict[str, object] = dict(plain(fields))
    for name in ("sites", "tags"):
        words = [one.strip() for one in str(said.get(name, "")).split(",")]
        said[name] = tuple(one for one in words if one)
    return said


def grantable(viewer: Viewer) -> list[Role]:
    """Return the roles that somebody may give an account, those that may most first."""
    # Requesters get their account from a link that they are sent.
    given = [one for one in Role if one is not Role.REQUESTER]
    mine = [one for one in given if viewer.principal.may_grant(one)]
    return sorted(mine, key=lambda one: -len(RIGHTS[one]))


@router.get("")
def get_accounts(context: Context, pages: Render, viewer: AccountsWrite) -> Response:
    """List accounts, and add one."""
    with context.open_reads() as uow:
        rows = uow.accounts.all()
        counts = uow.accounts.count_sessions()
        sites = tuple(uow.book.sites)
    values = {
        "now": context.clock(),
        "rows": rows,
        "counts": counts,
        "roles": grantable(viewer),
        "sites": sites,
    }
    return pages.page("accounts.html", viewer, values)


@router.post("")
def post_account(context: Context, viewer: AccountsWrite, fields: Fields) -> Response:
    """Let somebody sign in."""
    said = area_fields(fields)
    # A password may begin or end with a blank.
    body = body_of(NewAccountBody, {**said, "password": str(fields.get("password", ""))})
    with context.open_writes() as uow:
        accounts.add_account(
            uow,
            context.sign_in.hasher,
            login=body.login,
            name=body.name or body.login,
            role=body.role,
            password=body.password,
            by=_by(context, viewer),
            area=body.area(),
        )
        uow.commit()
    return _to(body.login)


@router.get("/{login}")
def get_account(context: Context, pages: Render, viewer: AccountsWrite, login: Login) -> Response:
    """Show one account: its role, its sessions, what was done to it."""
    with context.open_reads() as uow:
        account = accounts.find_account(uow, login)
        sessions = uow.accounts.sessions(login)
        sites = tuple(uow.book.sites)
    now = context.clock()
    values = {
        "now": now,
        "account": account,
        "sessions": [one for one in sessions if one.is_live(now)],
        "roles": grantable(viewer),
        "sites": sites,
        "is_own": login == viewer.user,
        "may_change": viewer.principal.may_grant(Role(account.role)),
    }
    return pages.page("account.html", viewer, values)


@router.post("/{login}/role")
def post_role(context: Context, viewer: AccountsWrite, login: Login, fields: Fields) -> Response:
    """Let an account do something else."""
    body = body_of(RoleBody, area_fields(fields))
    with context.open_writes() as uow:
        by = _by(context, viewer)
        accounts.change_role(uow, login=login, role=body.role, by=by, area=body.area())
        uow.commit()
    return _to(login)


@router.post("/{login}/password")
def post_password(
    context: Context, viewer: AccountsWrite, login: Login, fields: Fields
) -> Response:
    """Set the password anew."""
    body = body_of(PasswordBody, {"password": str(fields.get("password", ""))})
    with context.open_writes() as uow:
        by = _by(context, viewer)
        accounts.set_password(
            uow, context.sign_in.hasher, login=login, password=body.password, by=by
        )
        uow.commit()
    return _to(login)


@router.post("/{login}/sessions/end")
def post_sessions(context: Context, viewer: AccountsWrite, login: Login) -> Response:
    """End all sessions."""
    with context.open_writes() as uow:
        accounts.end_sessions(uow, login=login, by=_by(context, viewer))
        uow.commit()
    return _to(login)


@router.post("/{login}/sessions/{session_id}/end")
def post_session(
    context: Context, viewer: AccountsWrite, login: Login, session_id: SessionId
) -> Response:
    """End one session."""
    with context.open_writes() as uow:
        by = _by(context, viewer)
        accounts.end_session(uow, login=login, session_id=session_id, by=by)
        uow.commit()
    return _to(login)


@router.post("/{login}/{switch}")
def post_switch(context: Context, viewer: AccountsWrite, login: Login, switch: Switch) -> Response:
    """Let an account sign in no more, or again, or as nobody of the provider."""
    with context.open_writes() as uow:
        _SWITCHES[switch](uow, login=login, by=_by(context, viewer))
        uow.commit()
    return _to(login)


def _by(context: WebContext, viewer: Viewer) -> By:
    return By.somebody(viewer.principal, context.clock())


def _to(login: str) -> RedirectResponse:
    return RedirectResponse(f"/settings/accounts/{login}", HTTPStatus.SEE_OTHER)
