"""Signing in at another place: an OpenID Connect provider says who it is, its groups give the role.

An account is bound to the provider's subject, which never goes over to somebody else; a login name
that is taken here is never taken over by whoever is called so there.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.account import NAME_LIMIT, TRIES, TRIES_WITHIN, Account
from sickbay_collector.core.errors import DeniedError, InvalidError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.oidc import (
    Attempt,
    Claims,
    OidcIdentity,
    OidcSettings,
    check_return,
    identity_of,
)
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.accounts import checked_account_login
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.sign_in import Visitor, open_session

# 256 random bits; RFC 7636 wants 43 characters and more of a verifier.
_BYTES = 32
_HOW = "provider"


class Provider(Protocol):
    """Says who somebody is."""

    @property
    def settings(self) -> OidcSettings: ...  # noqa: D102 - named by type

    def address(self, attempt: Attempt) -> str:
        """Return where to send the browser to sign in.

        Raises:
            UnavailableError: The provider cannot be reached.
        """
        ...

    def claims(self, code: str, attempt: Attempt) -> Claims:
        """Return what the provider's ID token says, its signature checked.

        Raises:
            DeniedError: The provider does not take the code, or the token's signature is wrong.
            UnavailableError: The provider cannot be reached.
        """
        ...


class OidcSignIn:
    """Opens sessions for whoever the provider vouches for.

    Args:
        provider: Who vouches.
        open_uow: Opens where accounts and sessions are written.
        name: What the provider is called on the page that asks who it is.
    """

    def __init__(self, provider: Provider, open_uow: OpenUnitOfWork, name: str) -> None:
        self.name = name
        self._provider = provider
        self._open_uow = open_uow

    def begin(self, wanted: str, *, now: datetime) -> tuple[Attempt, str]:
        """Return an attempt, which the browser keeps, and where to send the browser.

        Args:
            wanted: Where to go when it is signed in.
            now: The present time.

        Raises:
            UnavailableError: The provider cannot be reached.
        """
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        attempt = Attempt(state=state, nonce=nonce, verifier=verifier, next=wanted, begun_at=now)
        return attempt, self._provider.address(attempt)

    def finish(
        self, attempt: Attempt | None, state: str, code: str, visitor: Visitor, *, now: datetime
    ) -> str:
        """Return the secret of a new session.

        Args:
            attempt: What the browser kept; None for nothing.
            state: What the provider sent back.
            code: What the provider gave for whoever signed in there.
            visitor: Where they come from.
            now: The present time.

        Raises:
            DeniedError: The return belongs to no attempt of this browser, the provider does not
                vouch for it, or whoever it is may not come in here.
            UnavailableError: The provider cannot be reached.
        """
        begun = check_return(attempt, state, now=now)
        key = f"address:{visitor.address}"
        self._count(key, now)
        claims = self._provider.claims(code, begun)
        settings = self._provider.settings
        identity = identity_of(claims, settings, nonce=begun.nonce, now=now)
        with self._open_uow() as uow:
            account = _placed(uow, identity, settings, now)
            if isinstance(account, str):
                said = {"why": account, "by": _HOW, "address": visitor.address}
                record(uow, By(at=now), "sign-in refused", Kept.ACCOUNT, "", after=said)
                uow.commit()
                raise DeniedError(account)
            uow.accounts.forget_tries(key)
            secret = open_session(uow, account, visitor, how=_HOW, now=now)
            uow.commit()
        return secret

    def _count(self, key: str, now: datetime) -> None:
        with self._open_uow() as uow:
            tries = uow.accounts.count_try(key, now=now, since=now - TRIES_WITHIN)
            uow.commit()
        if tries > TRIES:
            raise DeniedError("too many attempts from this address: wait 15 minutes")


def _placed(
    uow: UnitOfWork, identity: OidcIdentity, settings: OidcSettings, now: datetime
) -> Account | str:
    """Return the account of whoever it is, made or brought up to date; or why there is none."""
    known = uow.accounts.by_subject(identity.subject)
    if known is not None and known.disabled_at is not None:
        return "this account may sign in no more"
    person_id = None if identity.role else _person(uow, identity, settings)
    role = identity.role or (Role.REQUESTER if person_id else None)
    if role is None:
        return "none of your groups may sign in here; ask an administrator"
    if known is None:
        return _new(uow, identity, role, person_id, now)
    changed = replace(known, role=role.value, person_id=person_id)
    if changed != known:
        uow.accounts.put(changed)
        before, after = _plain(known), _plain(changed)
        by = By(at=now)
        record(uow, by, "role changed", Kept.ACCOUNT, known.login, before=before, after=after)
    return changed


def _new(
    uow: UnitOfWork,
    identity: OidcIdentity,
    role: Role,
    person_id: PersonId | None,
    now: datetime,
) -> Account | str:
    wanted = identity.login or identity.email
    try:
        login = checked_account_login(wanted)
    except InvalidError:
        return "the provider gives no login name that can be used here; ask an administrator"
    if uow.accounts.get(login) is not None:
        return f"the login {login} is somebody else's here; ask an administrator"
    if person_id and any(one.person_id == person_id for one in uow.accounts.all()):
        return "you have another account here already; ask an administrator"
    account = Account(
        login=login,
        name=(identity.name or login)[:NAME_LIMIT],
        role=role.value,
        password_hash="",
        created_at=now,
        person_id=person_id,
        subject=identity.subject,
    )
    uow.accounts.put(account)
    by = By(at=now)
    said = {**_plain(account), "name": account.name, "subject": identity.subject}
    record(uow, by, "added", Kept.ACCOUNT, login, after=said)
    return account


def _person(uow: UnitOfWork, identity: OidcIdentity, settings: OidcSettings) -> PersonId | None:
    """Return whose verified address it is; None for nobody's who is here."""
    if not settings.are_people_requesters or not identity.email:
        return None
    person = uow.people.by_email(identity.email)
    return None if person is None or person.deactivated_at is not None else person.person_id


def _plain(account: Account) -> Mapping[str, str]:
    return {"role": account.role, "person": account.person_id or ""}
