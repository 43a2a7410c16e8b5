"""Somebody stands in: overrides that people add and take away, as entries of the configuration.

So they are audited, in force in every collector within two seconds, and part of an export.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.rota_plan import Override
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.kind import Layer
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.book.rotas import OVERRIDES
from sickbay_collector.services.ports import OpenUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOverride:
    """Who stands in for whom, and when."""

    rota: str
    login: str
    since: datetime
    until: datetime
    instead_of: str
    """A login, or "everybody"."""
    reason: str
    """"" where it is not said."""


def add_override(
    open_uow: OpenUnitOfWork,
    base: Layer,
    said: NewOverride,
    *,
    user: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Override:
    """Add an override to what is applied.

    Args:
        open_uow: Opens where it is kept.
        base: The defaults with the files over them.
        said: What is wanted.
        user: Login of who adds it.
        now: The present time.
        new_id: Makes ids.

    Raises:
        InvalidError: It is over already, reversed or too long, or names somebody unknown.
    """
    if said.until <= now:
        raise InvalidError(
            "until: %(until)s is over already", until=f"{said.until:%Y-%m-%dT%H:%MZ}"
        )
    # An id of the configuration begins with a letter and has 32 characters at most.
    name = f"o{new_id().replace('-', '')[1:]}"
    entry = {
        "id": name,
        "rota": said.rota,
        "from": said.since.isoformat(),
        "until": said.until.isoformat(),
        "login": said.login,
        "instead_of": said.instead_of,
    } | ({"reason": said.reason} if said.reason else {})
    document = Document(name="override", text=json.dumps({OVERRIDES.name: [entry]}))
    wanted = Wanted(layer=read_documents([document]))
    apply(open_uow, base, Applying(wanted=wanted, revision=None, user=user, now=now))
    return Override(
        id=name,
        rota=said.rota,
        since=said.since,
        until=said.until,
        login=said.login,
        instead_of=said.instead_of,
        reason=said.reason,
    )


def override_of(book: DeskBook, rota: str, name: str) -> Override:
    """Return an override of a rota.

    Raises:
        NotFoundError: The rota has none with that id.
    """
    found = book.overrides.get(name)
    if found is None or found.rota != rota:
        raise NotFoundError("rota %(rota)s has no override %(name)r", rota=rota, name=name)
    return found


def remove_override(
    open_uow: OpenUnitOfWork, base: Layer, name: str, *, user: str, now: datetime
) -> None:
    """Take away an override that was added.

    Raises:
        NotFoundError: There is none with that id among those that were added.
    """
    wanted = Wanted(remove=frozenset({(OVERRIDES.name, name)}))
    apply(open_uow, base, Applying(wanted=wanted, revision=None, user=user, now=now))
