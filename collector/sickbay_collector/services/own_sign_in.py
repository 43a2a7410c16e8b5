"""Signing in by a link: requesters have no password.

A link is for one person and works once. It is mailed to who asks for it, or handed over by a
technician for the device's owner. Whoever asks gets the same answer, whether somebody has that
address or not.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.account import TRIES_WITHIN, Account, Session
from sickbay_collector.core.asset import AssetField, settle
from sickbay_collector.core.desk.text import LOGIN_LIMIT
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import ConflictError, DeniedError
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.person import EMAIL_LIMIT, Person
from sickbay_collector.core.sign_in_link import LINK_TRIES, MAILED_LIFE, SHOWN_LIFE, SignInLink
from sickbay_collector.services.access import SECRET_LIMIT
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.ack_links import is_logged
from sickbay_collector.services.enrollment_tokens import hash_secret
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.notice_routes import routes
from sickbay_collector.services.notices import Notice, notify
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.recipients import Recipient
from sickbay_collector.services.sign_in import Visitor

PATH = "/sign-in/link/"
"""Of the console's page; the secret follows."""
_SECRET_BYTES = 32
# A browser's name for itself is shown in a list.
_AGENT_LIMIT = 200
_OVER = "the link was used before, or is over; ask for another"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLink:
    """A link for a device's owner, whose secret is shown once."""

    person: Person
    path: str
    """Of the console."""
    url: str
    """The whole address; "" where the collector does not know its own."""
    expires_at: datetime


def ask_for_link(
    open_uow: OpenUnitOfWork,
    email: str,
    visitor: Visitor,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Mail a link to the person with this address; say nothing where there is none.

    Past five in a quarter of an hour, for an address or from one place, none is sent either.
    """
    address = email.strip()[:EMAIL_LIMIT]
    keys = (f"link:{address.lower()}", f"link-from:{visitor.address}")
    since = now - TRIES_WITHIN
    with open_uow() as uow:
        tries = max(uow.accounts.count_try(key, now=now, since=since) for key in keys)
        person = uow.people.by_email(address) if address else None
        if tries <= LINK_TRIES and person is not None and person.deactivated_at is None:
            _mail(uow, person, now, new_id)
        uow.commit()


def make_device_link(open_uow: OpenUnitOfWork, device: str, *, by: By) -> ShownLink:
    """Make a link that signs the owner of a device in.

    Raises:
        NotFoundError: There is no such device.
        ConflictError: Nobody is known to own it, or who does is gone; or several are called so.
    """
    with open_uow() as uow:
        found = find_device(uow, device)
        person = _owner(uow, found.device_id, by.at)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        link = _link(secret, person, by.at, SHOWN_LIFE, device_id=found.device_id, by=by.user)
        uow.sign_in_links.add(link)
        said = {"for": person.name, "person": person.person_id, "device": found.hostname}
        record(uow, by, "link made", Kept.ACCOUNT, person.person_id, after=said)
        base = uow.ack_links.public_url
        uow.commit()
    path = f"{PATH}{secret}"
    return ShownLink(
        person=person,
        path=path,
        url=f"{base}{path}" if base else "",
        expires_at=link.expires_at,
    )


def use_link(open_uow: OpenUnitOfWork, secret: str, visitor: Visitor, *, now: datetime) -> str:
    """Use a link up and return the secret of a new session.

    Raises:
        DeniedError: It was used before, is over, or its person may sign in no more.
    """
    if len(secret) > SECRET_LIMIT or not secret.isascii():
        raise DeniedError(_OVER)
    session_secret = secrets.token_urlsafe(_SECRET_BYTES)
    with open_uow() as uow:
        link = uow.sign_in_links.take(hash_secret(secret), now=now)
        person = None if link is None else uow.people.get(link.person_id)
        if person is None or person.deactivated_at is not None:
            raise DeniedError(_OVER)
        account = uow.accounts.of_person(person.person_id) or _new_account(uow, person, now)
        # A mailbox opens no more than a requester's account, whatever somebody made of it since.
        if account.disabled_at is not None or account.role != Role.REQUESTER.value:
            raise DeniedError(_OVER)
        uow.accounts.open_session(
            Session(
                secret_hash=hash_secret(session_secret),
                login=account.login,
                created_at=now,
                seen_at=now,
                address=visitor.address,
                agent=visitor.agent[:_AGENT_LIMIT],
            )
        )
        said = {"by": "link", "address": visitor.address}
        record(
            uow,
            By(at=now, user=account.login),
            "signed in",
            Kept.ACCOUNT,
            account.login,
            after=said,
        )
        uow.commit()
    return session_secret


def _mail(uow: UnitOfWork, person: Person, now: datetime, new_id: Callable[[], str]) -> None:
    base = uow.ack_links.public_url
    to = Recipient.person(person.person_id)
    people = {person.person_id: person}
    (route,) = routes(uow.book, people, to, channel="", priority=Priority.URGENT, at=now)
    if not base or is_logged(uow, route):
        return
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    uow.sign_in_links.add(_link(secret, person, now, MAILED_LIFE, device_id=None, by=""))
    minutes = MAILED_LIFE // timedelta(minutes=1)
    body = (
        f"Hello {person.name},\n\nthis link signs you in at the service desk. It works once,"
        f" for {minutes} minutes:\n\n{base}{PATH}{secret}\n\n"
        "If you did not ask for it, leave it alone: nothing happens.\n"
    )
    notify(
        uow,
        Notice(
            key=f"sign-in-link:{new_id()}",
            to=to,
            event="sign_in_link",
            priority=Priority.URGENT,
            subject="Your link to the service desk",
            body=body,
            at=now,
        ),
    )


def _link(
    secret: str,
    person: Person,
    now: datetime,
    life: timedelta,
    *,
    device_id: DeviceId | None,
    by: str,
) -> SignInLink:
    return SignInLink(
        secret_hash=hash_secret(secret),
        person_id=person.person_id,
        device_id=device_id,
        made_by=by,
        created_at=now,
        expires_at=now + life,
    )


def _owner(uow: UnitOfWork, device_id: DeviceId, now: datetime) -> Person:
    asset = uow.assets.load([device_id]).get(device_id)
    settled = None if asset is None else settle(AssetField.OWNER, asset.claims, now)
    person = None if settled is None else uow.people.get(PersonId(settled.value))
    if person is None or person.deactivated_at is not None:
        raise ConflictError("nobody is known to own this device; write its owner down first")
    return person


def _new_account(uow: UnitOfWork, person: Person, now: datetime) -> Account:
    """Make the account of who signs in for the first time; no password fits it."""
    login = person.email
    if not login or len(login) > LOGIN_LIMIT or uow.accounts.get(login) is not None:
        login = f"person:{person.person_id}"
    account = Account(
        login=login,
        name=person.name,
        role=Role.REQUESTER.value,
        password_hash="",
        created_at=now,
        person_id=person.person_id,
    )
    uow.accounts.put(account)
    return account
