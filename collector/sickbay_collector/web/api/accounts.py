"""`/api/v1/accounts`: who may sign in, as what, and who is signed in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from sickbay_collector.core.account import Account
from sickbay_collector.services import accounts
from sickbay_collector.services.access import USER_LIMIT
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.web.api.access_schema import (
    AccountItem,
    AccountList,
    EndedAnswer,
    NewAccountBody,
    PasswordBody,
    RoleBody,
    SessionItem,
    SessionList,
)
from sickbay_collector.web.api.base import problems
from sickbay_collector.web.auth import AccountsWrite
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/accounts", tags=["access"])

Login = Annotated[str, Path(max_length=USER_LIMIT, pattern=r"^[^\x00]*$")]
SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,64}$")]
_FIND = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_CHANGE = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_MADE = problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


@router.get("", responses={**problems()})
def get_accounts(context: Context, _principal: AccountsWrite) -> AccountList:
    """List all accounts."""
    with context.open_reads() as uow:
        counts = uow.accounts.count_sessions()
        found = uow.accounts.all()
    return AccountList(items=tuple(AccountItem.of(one, counts.get(one.login, 0)) for one in found))


@router.post("", status_code=HTTPStatus.CREATED, responses={**_MADE})
def post_account(context: Context, principal: AccountsWrite, body: NewAccountBody) -> AccountItem:
    """Let somebody sign in; never as more than the one who does this may give."""
    with context.open_writes() as uow:
        made = accounts.add_account(
            uow,
            context.sign_in.hasher,
            login=body.login,
            name=body.name or body.login,
            role=body.role,
            password=body.password,
            by=By.somebody(principal, context.clock()),
            area=body.area(),
        )
        uow.commit()
    return AccountItem.of(made, 0)


@router.get("/{login}", responses={**_FIND})
def get_account(context: Context, _principal: AccountsWrite, login: Login) -> AccountItem:
    """Show an account."""
    with context.open_reads() as uow:
        return _item(uow, accounts.find_account(uow, login))


@router.post("/{login}/role", responses={**_CHANGE})
def post_role(
    context: Context, principal: AccountsWrite, login: Login, body: RoleBody
) -> AccountItem:
    """Let an account do something else, or elsewhere, from its next request on."""
    by = By.somebody(principal, context.clock())
    with context.open_writes() as uow:
        changed = accounts.change_role(uow, login=login, role=body.role, by=by, area=body.area())
        uow.commit()
        return _item(uow, changed)


@router.post("/{login}/password", responses={**_FIND})
def post_password(
    context: Context, principal: AccountsWrite, login: Login, body: PasswordBody
) -> AccountItem:
    """Set the password anew; all sessions end."""
    by = By.somebody(principal, context.clock())
    with context.open_writes() as uow:
        accounts.set_password(
            uow, context.sign_in.hasher, login=login, password=body.password, by=by
        )
        found = accounts.find_account(uow, login)
        uow.commit()
    return AccountItem.of(found, 0)


@router.post("/{login}/disable", responses={**_FIND})
def post_disable(context: Context, principal: AccountsWrite, login: Login) -> AccountItem:
    """Let an account sign in no more; its sessions and tokens end."""
    with context.open_writes() as uow:
        accounts.disable(uow, login=login, by=By.somebody(principal, context.clock()))
        found = accounts.find_account(uow, login)
        uow.commit()
    return AccountItem.of(found, 0)


@router.post("/{login}/enable", responses={**_FIND})
def post_enable(context: Context, principal: AccountsWrite, login: Login) -> AccountItem:
    """Let a disabled account sign in again."""
    with context.open_writes() as uow:
        accounts.enable(uow, login=login, by=By.somebody(principal, context.clock()))
        found = accounts.find_account(uow, login)
        uow.commit()
    return AccountItem.of(found, 0)


@router.post("/{login}/detach", responses={**_CHANGE})
def post_detach(context: Context, principal: AccountsWrite, login: Login) -> AccountItem:
    """Forget who this is at the provider of sign-ins; all sessions end."""
    with context.open_writes() as uow:
        accounts.detach(uow, login=login, by=By.somebody(principal, context.clock()))
        found = accounts.find_account(uow, login)
        uow.commit()
    return AccountItem.of(found, 0)


@router.get("/{login}/sessions", responses={**_FIND})
def get_sessions(context: Context, _principal: AccountsWrite, login: Login) -> SessionList:
    """List where somebody is signed in."""
    with context.open_reads() as uow:
        accounts.find_account(uow, login)
        found = uow.accounts.sessions(login)
    return SessionList(items=tuple(SessionItem.of(one) for one in found))


@router.delete("/{login}/sessions", responses={**_FIND})
def delete_sessions(context: Context, principal: AccountsWrite, login: Login) -> EndedAnswer:
    """End all sessions of an account."""
    with context.open_writes() as uow:
        by = By.somebody(principal, context.clock())
        ended = accounts.end_sessions(uow, login=login, by=by)
        uow.commit()
    return EndedAnswer(sessions=ended)


@router.delete("/{login}/sessions/{session_id}", responses={**_FIND})
def delete_session(
    context: Context, principal: AccountsWrite, login: Login, session_id: SessionId
) -> EndedAnswer:
    """End one session of an account."""
    with context.open_writes() as uow:
        by = By.somebody(principal, context.clock())
        accounts.end_session(uow, login=login, session_id=session_id, by=by)
        uow.commit()
    return EndedAnswer(sessions=1)


def _item(uow: UnitOfWork, account: Account) -> AccountItem:
    return AccountItem.of(account, len(uow.accounts.sessions(account.login)))
