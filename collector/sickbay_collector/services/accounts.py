"""Accounts: who may sign in, as what, and ending their sessions. Every act is in the audit.

Who manages access without being an administrator changes nobody who may do the same: a new password
for an administrator would make an administrator of them.
"""

from collections.abc import Mapping
from dataclasses import replace

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import NOT_NARROWED, Area, checked_sites, checked_tags
from sickbay_collector.core.account import Account, checked_name, checked_password
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.errors import ConflictError, DeniedError, InvalidError, NotFoundError
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.sign_in import PasswordHasher

_NOT_IN_ADDRESSES = frozenset("/\\?#%")


def add_account(
    uow: UnitOfWork,
    hasher: PasswordHasher,
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    by: By,
    area: Area = NOT_NARROWED,
) -> Account:
    """Make an account.

    Raises:
        ConflictError: There is one of that login.
        DeniedError: Who makes it may not give this role.
        InvalidError: Login, name, password, sites or tags are out of range.
    """
    _check_grant(by, role)
    if uow.accounts.get(login) is not None:
        raise ConflictError(
            "there is an account %(login)r; set its password with `user password`", login=login
        )
    account = Account(
        login=checked_account_login(login),
        name=checked_name(name),
        role=role.value,
        password_hash=_hashed(hasher, login, password),
        created_at=by.at,
        sites=checked_sites(area.sites, uow.book.sites),
        tags=checked_tags(area.tags),
    )
    uow.accounts.put(account)
    record(uow, by, "added", Kept.ACCOUNT, login, after=_plain(account))
    return account


def set_password(
    uow: UnitOfWork, hasher: PasswordHasher, *, login: str, password: str, by: By
) -> None:
    """Give an account another password; its sessions end, and it may be tried again.

    Raises:
        NotFoundError: There is no such account.
        DeniedError: It may more than who does this may give.
        InvalidError: The password is out of range.
    """
    account = _changeable(uow, login, by)
    uow.accounts.put(replace(account, password_hash=_hashed(hasher, login, password)))
    uow.accounts.end_sessions(login)
    uow.accounts.forget_tries(f"login:{login}")
    record(uow, by, "password set", Kept.ACCOUNT, login)


def change_role(
    uow: UnitOfWork, *, login: str, role: Role, by: By, area: Area = NOT_NARROWED
) -> Account:
    """Let an account do something else, or elsewhere, from its next request on.

    Raises:
        NotFoundError: There is no such account.
        DeniedError: Either role may more than who does this may give, or it is one's own.
        ConflictError: It is a person's own: links that are mailed to them open it.
        InvalidError: Sites or tags are out of range.
    """
    account = _other(uow, login, by)
    _check_grant(by, role)
    if account.person_id is not None:
        raise ConflictError(
            "%(login)s is a requester's account, which a mailed link opens; add "
            "another account for work at the desk",
            login=login,
        )
    changed = replace(
        account,
        role=role.value,
        sites=checked_sites(area.sites, uow.book.sites),
        tags=checked_tags(area.tags),
    )
    if changed != account:
        uow.accounts.put(changed)
        before, after = _plain(account), _plain(changed)
        differ = [name for name in after if before[name] != after[name]]
        record(
            uow,
            by,
            "role changed",
            Kept.ACCOUNT,
            login,
            before={name: before[name] for name in differ},
            after={name: after[name] for name in differ},
        )
    return changed


def disable(uow: UnitOfWork, *, login: str, by: By) -> None:
    """Let an account sign in no more; its sessions and tokens end.

    Raises:
        NotFoundError: There is no such account.
        DeniedError: It may more than who does this may give, or it is one's own.
    """
    account = _other(uow, login, by)
    uow.accounts.end_sessions(login)
    if account.disabled_at is None:
        uow.accounts.put(replace(account, disabled_at=by.at))
        record(uow, by, "disabled", Kept.ACCOUNT, login)


def enable(uow: UnitOfWork, *, login: str, by: By) -> None:
    """Let an account sign in again.

    Raises:
        NotFoundError: There is no such account.
        DeniedError: It may more than who does this may give.
    """
    account = _changeable(uow, login, by)
    if account.disabled_at is not None:
        uow.accounts.put(replace(account, disabled_at=None))
        record(uow, by, "enabled", Kept.ACCOUNT, login)


def detach(uow: UnitOfWork, *, login: str, by: By) -> None:
    """Let whoever the provider vouched for as this account come in as it no more; sessions end.

    A requester is attached anew at the next sign-in with the person's verified address.

    Raises:
        NotFoundError: There is no such account.
        DeniedError: It may more than who does this may give, or it is one's own.
        ConflictError: It is bound to no provider.
    """
    account = _other(uow, login, by)
    if account.subject is None:
        raise ConflictError("the account %(login)s is bound to nobody at a provider", login=login)
    uow.accounts.put(replace(account, subject=None))
    uow.accounts.end_sessions(login)
    said = {"subject": account.subject}
    record(uow, by, "provider detached", Kept.ACCOUNT, login, before=said)


def end_sessions(uow: UnitOfWork, *, login: str, by: By) -> int:
    """End all sessions of an account; return how many there were.

    Raises:
        NotFoundError: There is no such account.
    """
    find_account(uow, login)
    ended = uow.accounts.end_sessions(login)
    if ended:
        record(uow, by, "sessions ended", Kept.ACCOUNT, login, after={"sessions": str(ended)})
    return ended


def end_session(uow: UnitOfWork, *, login: str, session_id: str, by: By) -> None:
    """End one session of an account.

    Args:
        uow: Where it is; the caller commits.
        login: Whose.
        session_id: `Session.session_id`.
        by: Who ends it.

    Raises:
        NotFoundError: There is no such account, or it has no such session.
    """
    find_account(uow, login)
    found = (one for one in uow.accounts.sessions(login) if one.session_id == session_id)
    session = next(found, None)
    if session is None:
        raise NotFoundError("this session is over already")
    uow.accounts.end_session(session.secret_hash)
    said = {"address": session.address, "agent": session.agent}
    record(uow, by, "session ended", Kept.ACCOUNT, login, before=said)


def find_account(uow: UnitOfWork, login: str) -> Account:
    """Return an account.

    Raises:
        NotFoundError: There is none of that login.
    """
    found = uow.accounts.get(login)
    if found is None:
        raise NotFoundError(
            "there is no account %(login)r; `sickbay user ls` lists them", login=login[:64]
        )
    return found


def checked_account_login(login: str) -> str:
    """Return a login name as it is.

    Raises:
        InvalidError: It is none, or cannot stand in an address.
    """
    checked_login("login", login)
    if set(login) & _NOT_IN_ADDRESSES or not login.strip("."):
        raise InvalidError(
            "login %(login)r: it stands in addresses; leave / \\ ? # %% out", login=login
        )
    return login


def _changeable(uow: UnitOfWork, login: str, by: By) -> Account:
    account = find_account(uow, login)
    _check_grant(by, Role(account.role))
    return account


def _other(uow: UnitOfWork, login: str, by: By) -> Account:
    """Return an account that is not one's own: nobody locks the last door behind themselves."""
    if by.principal is not None and by.principal.user == login:
        raise DeniedError("this is your own account; somebody else has to do it")
    return _changeable(uow, login, by)


def _check_grant(by: By, role: Role) -> None:
    if by.principal is not None and not by.principal.may_grant(role):
        raise DeniedError(
            "you may not give, change or take the role %(role)s; an administrator may", role=role
        )


def _plain(account: Account) -> Mapping[str, str]:
    return {
        "name": account.name,
        "role": account.role,
        "sites": ", ".join(account.sites),
        "tags": ", ".join(account.tags),
    }


def _hashed(hasher: PasswordHasher, login: str, password: str) -> str:
    checked = checked_password(password)
    if login.casefold() in checked.casefold():
        raise InvalidError("password: it must not contain the login")
    return hasher.hash(checked)
