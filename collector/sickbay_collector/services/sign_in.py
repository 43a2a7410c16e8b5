"""Accounts and sessions: who signs in, for how long, and how often somebody may try.

A password is looked at only after the attempt was counted and committed, so that attempts made at
the same time count as well. An account that does not exist takes as long as one that does.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Protocol

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.account import (
    SESSION_IDLE,
    SESSION_LIFETIME,
    TRIES,
    TRIES_WITHIN,
    Account,
    Session,
)
from sickbay_collector.core.errors import DeniedError
from sickbay_collector.services.access import SECRET_LIMIT
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.enrollment_tokens import hash_secret
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

_DENIED = "login or password are wrong, or the account may not be used"
_TOO_MANY = (
    "too many attempts: wait %(minutes)s minutes, or ask an administrator to set the password anew"
)
_SECRET_BYTES = 32
# Sessions are noted as used at most once in this time, so that reading a page seldom writes.
_TOUCH_EVERY = timedelta(minutes=1)
# A browser's name for itself is shown in a list.
_AGENT_LIMIT = 200
# Each check of a password takes 64 MiB.
_AT_ONCE = 4
# Attempts past the limit are counted; the audit gets a line at the first and at each tenfold.
_WRITTEN = frozenset(10**power for power in range(10))


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
        self.hasher = hasher
        self._room = BoundedSemaphore(_AT_ONCE)
        self._nobody = hasher.hash(secrets.token_urlsafe(_SECRET_BYTES))

    def sign_in(self, login: str, password: str, visitor: Visitor, *, now: datetime) -> str:
        """Return the secret of a new session.

        Raises:
            DeniedError: Login or password are wrong, the account is disabled, or there were too
                many attempts for the account or from the address; the message says only the last.
        """
        keys = (f"login:{login[:SECRET_LIMIT]}", f"address:{visitor.address}")
        account = self._counted(login, keys, visitor, now)
        known = self._nobody if account is None else account.password_hash or self._nobody
        with self._room:
            matches = self.hasher.matches(known, password)
        if account is None or not matches or account.disabled_at is not None:
            self._refused(account, visitor, now, matches=matches)
            raise DeniedError(_DENIED)
        with self._open_uow() as uow:
            secret = open_session(uow, account, visitor, how="password", now=now)
            for key in keys:
                uow.accounts.forget_tries(key)
            uow.commit()
        return secret

    def sign_out(self, secret: str, *, now: datetime) -> None:
        """End a session; nothing where there is none."""
        ended = hash_secret(secret)
        with self._open_uow() as uow:
            found = uow.accounts.signed_in(ended)
            if found is None:
                return
            uow.accounts.end_session(ended)
            login = found[1].login
            record(uow, By(at=now, user=login), "signed out", Kept.ACCOUNT, login)
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

    def _counted(
        self, login: str, keys: tuple[str, ...], visitor: Visitor, now: datetime
    ) -> Account | None:
        since = now - TRIES_WITHIN
        with self._open_uow() as uow:
            tries = max(uow.accounts.count_try(key, now=now, since=since) for key in keys)
            account = uow.accounts.get(login[:SECRET_LIMIT])
            if tries - TRIES in _WRITTEN:
                _refusal(uow, account, visitor, now, {"why": "too many", "attempts": str(tries)})
            uow.commit()
        if tries > TRIES:
            raise DeniedError(_TOO_MANY, minutes=TRIES_WITHIN // timedelta(minutes=1))
        return account

    def _refused(
        self, account: Account | None, visitor: Visitor, now: datetime, *, matches: bool
    ) -> None:
        why = "disabled" if matches else "no such account" if account is None else "password"
        with self._open_uow() as uow:
            _refusal(uow, account, visitor, now, {"why": why})
            uow.commit()


def _goes_on(session: Session, account: Account, now: datetime) -> bool:
    return session.is_live(now) and account.disabled_at is None


def open_session(
    uow: UnitOfWork, account: Account, visitor: Visitor, *, how: str, now: datetime
) -> str:
    """Open a session for somebody who has proven who they are; return its secret.

    Args:
        uow: Where it is stored; the caller commits.
        account: Whose it is.
        visitor: Where they come from.
        how: How they have proven it, for the audit.
        now: The present time.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    session = Session(
        secret_hash=hash_secret(secret),
        login=account.login,
        created_at=now,
        seen_at=now,
        address=visitor.address,
        agent=visitor.agent[:_AGENT_LIMIT],
    )
    uow.accounts.open_session(session)
    uow.accounts.drop_sessions(
        created_before=now - SESSION_LIFETIME, seen_before=now - SESSION_IDLE
    )
    said = {"by": how, "address": visitor.address, "agent": session.agent}
    record(
        uow, By(at=now, user=account.login), "signed in", Kept.ACCOUNT, account.login, after=said
    )
    return secret


def _refusal(
    uow: UnitOfWork,
    account: Account | None,
    visitor: Visitor,
    now: datetime,
    said: Mapping[str, str],
) -> None:
    """Write down that somebody was not let in.

    What was typed as a login that there is not stays out: it is a password now and then.
    """
    login = "" if account is None else account.login
    after = {**said, "address": visitor.address, "agent": visitor.agent[:_AGENT_LIMIT]}
    record(uow, By(at=now, user=login), "sign-in refused", Kept.ACCOUNT, login, after=after)
