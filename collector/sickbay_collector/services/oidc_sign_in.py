"""Signing in at another place: an OpenID Connect provider says who it is, its groups give the role.

An account is bound to the provider's subject, which never goes over to somebody else; a login name
that is taken here is never taken over by whoever is called so there. A requester who came by a link
before is found by the verified address, once; from then on it is the subject that counts.
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
    is_same_address,
)
from sickbay_collector.core.person import Person
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.accounts import checked_account_login
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.sign_in import Visitor, open_session

# 256 random bits; RFC 7636 wants 43 characters and more of a verifier.
_BYTES = 32
_HOW = "provider"
_DISABLED = "this account may sign in no more"
_NO_GROUP = "none of your groups may sign in here; ask an administrator"


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
    if known is not None:
        return _again(uow, known, identity, settings, now)
    if identity.role is not None:
        return _new(uow, identity, identity.role, None, now)
    person = _person(uow, identity, settings)
    if person is None:
        return _NO_GROUP
    held = uow.accounts.of_person(person.person_id)
    if held is None:
        return _new(uow, identity, Role.REQUESTER, person.person_id, now)
    return _attached(uow, held, identity, now)


def _again(
    uow: UnitOfWork,
    known: Account,
    identity: OidcIdentity,
    settings: OidcSettings,
    now: datetime,
) -> Account | str:
    """Return the subject's account with the role of today.

    A requester stays the person they were: an address that changed at the provider, or went over to
    somebody else there, makes nobody somebody else here.
    """
    if known.disabled_at is not None:
        return _DISABLED
    if identity.role is not None:
        return _changed(uow, known, replace(known, role=identity.role.value, person_id=None), now)
    person = _person(uow, identity, settings)
    if known.person_id is not None:
        person = _here(uow.people.get(known.person_id)) if settings.are_people_requesters else None
    if person is None:
        return _NO_GROUP
    held = uow.accounts.of_person(person.person_id)
    if held is not None and held.login != known.login:
        return f"{person.email} signs in here with another account; ask an administrator"
    requester = replace(known, role=Role.REQUESTER.value, person_id=person.person_id)
    return _changed(uow, known, requester, now)


def _changed(uow: UnitOfWork, known: Account, changed: Account, now: datetime) -> Account:
    if changed != known:
        uow.accounts.put(changed)
        before, after = _plain(known), _plain(changed)
        by = By(at=now)
        record(uow, by, "role changed", Kept.ACCOUNT, known.login, before=before, after=after)
    return changed


def _attached(
    uow: UnitOfWork, held: Account, identity: OidcIdentity, now: datetime
) -> Account | str:
    """Return the account that a person has by a link, bound to the provider's subject from now on.

    An address opens a requester's account only: whoever may more is let in by a group, or by a
    password, never by what a mailbox is called.
    """
    if held.disabled_at is not None:
        return _DISABLED
    if held.subject is not None:
        return (
            "this address belongs to another sign-in of your provider here; ask an administrator"
            " to detach that"
        )
    if held.role != Role.REQUESTER.value:
        return "an address alone opens no account of the desk; ask an administrator"
    bound = replace(held, subject=identity.subject)
    uow.accounts.put(bound)
    said = {"subject": identity.subject, "email": identity.email, "person": held.person_id or ""}
    record(uow, By(at=now), "provider attached", Kept.ACCOUNT, held.login, after=said)
    return bound


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


def _person(uow: UnitOfWork, identity: OidcIdentity, settings: OidcSettings) -> Person | None:
    """Return whose verified address it is; None for nobody's who is here."""
    if not settings.are_people_requesters or not identity.email:
        return None
    person = _here(uow.people.by_email(identity.email))
    return person if person and is_same_address(identity.email, person.email) else None


def _here(person: Person | None) -> Person | None:
    return None if person is None or person.deactivated_at is not None else person


def _plain(account: Account) -> Mapping[str, str]:
    return {"role": account.role, "person": account.person_id or ""}
