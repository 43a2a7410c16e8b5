"""Accounts and sessions: who signs in, for how long, and how often somebody may try.

A password is looked at only after the attempt was counted and committed, so that attempts made at
the same time count as well. An account that does not exist takes as long as one that does.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Protocol

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import NOT_NARROWED, Area, checked_sites, checked_tags
from sickbay_collector.core.account import (
    SESSION_IDLE,
    SESSION_LIFETIME,
    TRIES,
    TRIES_WITHIN,
    Account,
    Session,
    checked_name,
    checked_password,
)
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.errors import ConflictError, DeniedError, InvalidError, NotFoundError
from sickbay_collector.services.access import SECRET_LIMIT
from sickbay_collector.services.enrollment import hash_secret
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

_DENIED = "login or password are wrong, or the account may not be used"
_TOO_MANY = (
    f"too many attempts: wait {TRIES_WITHIN // timedelta(minutes=1)} minutes, or ask an"
    " administrator to set the password anew"
)
_SECRET_BYTES = 32
# Sessions are noted as used at most once in this time, so that reading a page seldom writes.
_TOUCH_EVERY = timedelta(minutes=1)
# A browser's name for itself is shown in a list.
_AGENT_LIMIT = 200
# Each check of a password takes 64 MiB.
_AT_ONCE = 4


class PasswordHasher(Protocol):
    """Hashes passwords slowly; argon2 is one."""

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        ...

    def matches(self, password_hash: str, password: str) -> bool:
        """Return whether it is the password of that hash."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where an attempt to sign in comes from."""

    address: str
    agent: str


class SignIn:
    """Checks passwords and keeps sessions.

    Args:
        open_reads: Opens where they are read.
        open_uow: Opens where they are written.
        hasher: Hashes passwords.
    """

    def __init__(
        self, open_reads: OpenUnitOfWork, open_uow: OpenUnitOfWork, hasher: PasswordHasher
    ) -> None:
        self._open_reads = open_reads
        self._open_uow = open_uow
        self._hasher = hasher
        self._room = BoundedSemaphore(_AT_ONCE)
        self._nobody = hasher.hash(secrets.token_urlsafe(_SECRET_BYTES))

    def sign_in(self, login: str, password: str, visitor: Visitor, *, now: datetime) -> str:
        """Return the secret of a new session.

        Raises:
            DeniedError: Login or password are wrong, the account is disabled, or there were too
                many attempts for the account or from the address; the message says only the last.
        """
        keys = (f"login:{login[:SECRET_LIMIT]}", f"address:{visitor.address}")
        account = self._counted(login, keys, now)
        known = self._nobody if account is None else account.password_hash
        with self._room:
            matches = self._hasher.matches(known, password)
        if account is None or not matches or account.disabled_at is not None:
            raise DeniedError(_DENIED)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        session = Session(
            secret_hash=hash_secret(secret),
            login=account.login,
            created_at=now,
            seen_at=now,
            address=visitor.address,
            agent=visitor.agent[:_AGENT_LIMIT],
        )
        with self._open_uow() as uow:
            uow.accounts.open_session(session)
            for key in keys:
                uow.accounts.forget_tries(key)
            uow.accounts.drop_sessions(
                created_before=now - SESSION_LIFETIME, seen_before=now - SESSION_IDLE
            )
            uow.commit()
        return secret

    def sign_out(self, secret: str) -> None:
        """End a session; nothing where there is none."""
        with self._open_uow() as uow:
            uow.accounts.end_session(hash_secret(secret))
            uow.commit()

    def still_in(self, secrets: Collection[str], now: datetime) -> Collection[str]:
        """Return those of these secrets whose sessions go on; they do not count as used."""
        by_hash = {hash_secret(one): one for one in secrets}
        with self._open_reads() as uow:
            found = uow.accounts.signed_in_of(by_hash)
        return [by_hash[one.secret_hash] for one, account in found if _goes_on(one, account, now)]

    def whose(self, secret: str, *, now: datetime, is_use: bool = True) -> Principal | None:
        """Return who holds a session's secret; None where it is over or unknown.

        Args:
            secret: Of the session.
            now: The present time.
            is_use: Whether somebody does something; a page that refreshes itself does not.
        """
        if len(secret) > SECRET_LIMIT or not secret.isascii():
            return None
        with self._open_reads() as uow:
            found = uow.accounts.signed_in(hash_secret(secret))
        if found is None:
            return None
        session, account = found
        if not _goes_on(session, account, now):
            return None
        if is_use and now - session.seen_at >= _TOUCH_EVERY:
            with self._open_uow() as uow:
                uow.accounts.touch(session.secret_hash, at=now)
                uow.commit()
        return account.principal

    def _counted(self, login: str, keys: tuple[str, ...], now: datetime) -> Account | None:
        since = now - TRIES_WITHIN
        with self._open_uow() as uow:
            tries = max(uow.accounts.count_try(key, now=now, since=since) for key in keys)
            account = uow.accounts.get(login[:SECRET_LIMIT])
            uow.commit()
        if tries > TRIES:
            raise DeniedError(_TOO_MANY)
        return account


def _goes_on(session: Session, account: Account, now: datetime) -> bool:
    return session.is_live(now) and account.disabled_at is None


def add_account(
    uow: UnitOfWork,
    hasher: PasswordHasher,
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    now: datetime,
    area: Area = NOT_NARROWED,
) -> Account:
    """Make an account.

    Raises:
        ConflictError: There is one of that login.
        InvalidError: Login, name, password, sites or tags are out of range.
    """
    if uow.accounts.get(login) is not None:
        raise ConflictError(f"there is an account {login!r}; set its password with `user password`")
    account = Account(
        login=checked_login("login", login),
        name=checked_name(name),
        role=role.value,
        password_hash=_hashed(hasher, login, password),
        created_at=now,
        sites=checked_sites(area.sites, uow.book.sites),
        tags=checked_tags(area.tags),
    )
    uow.accounts.put(account)
    return account


def set_password(uow: UnitOfWork, hasher: PasswordHasher, *, login: str, password: str) -> None:
    """Give an account another password; its sessions end, and it may be tried again.

    Raises:
        NotFoundError: There is no such account.
        InvalidError: The password is out of range.
    """
    account = _account(uow, login)
    uow.accounts.put(replace(account, password_hash=_hashed(hasher, login, password)))
    uow.accounts.end_sessions(login)
    uow.accounts.forget_tries(f"login:{login}")


def disable(uow: UnitOfWork, *, login: str, now: datetime) -> None:
    """Let an account sign in no more; its sessions end.

    Raises:
        NotFoundError: There is no such account.
    """
    uow.accounts.put(replace(_account(uow, login), disabled_at=now))
    uow.accounts.end_sessions(login)


def enable(uow: UnitOfWork, *, login: str) -> None:
    """Let an account sign in again.

    Raises:
        NotFoundError: There is no such account.
    """
    uow.accounts.put(replace(_account(uow, login), disabled_at=None))


def _account(uow: UnitOfWork, login: str) -> Account:
    found = uow.accounts.get(login)
    if found is None:
        raise NotFoundError(f"there is no account {login[:64]!r}; `sickbay user ls` lists them")
    return found


def _hashed(hasher: PasswordHasher, login: str, password: str) -> str:
    checked = checked_password(password)
    if login.casefold() in checked.casefold():
        raise InvalidError("password: it must not contain the login")
    return hasher.hash(checked)
