"""`/api/v1/config/{kind}`: what is configured, for those who may read it but not write it.

Values of secret keys are left out; which of them have one is said.
"""

from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from sickbay_collector.services.book.all_kinds import ALL_KINDS
from sickbay_collector.services.book.edit import EntryNow, entry_now
from sickbay_collector.services.book.kind import EntryKind
from sickbay_collector.services.book.layers import laid_over, require_kind
from sickbay_collector.services.book.listing import Listed, list_entries
from sickbay_collector.services.book.plan import applied_layer
from sickbay_collector.services.book.references import named_by
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    Schema,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.config_schema import ConfigItem
from sickbay_collector.web.api.configuration import Part, item_of, position_of
from sickbay_collector.web.auth import DeskRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/config", tags=["configuration"])

_FIND = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


class EntriesQuery(Body):
    """Which part of the list."""

    limit: Limit = 200
    cursor: Cursor = None


class EntryItem(ConfigItem):
    """An entry of the configuration without its secrets."""

    secrets: tuple[str, ...]
    """Secret keys that have a value."""


class EntryList(Schema):
    """A part of the entries of a kind."""

    revision: int
    """Counts what was applied."""
    problem: str
    """Why the newest revision is not in force at this collector; "" where it is."""
    items: tuple[EntryItem, ...]
    next_cursor: str | None


class EntryDetail(EntryItem):
    """An entry with what depends on it."""

    is_on: bool
    """Whether it counts."""
    beneath: str
    """Place of what a file or the defaults say of it: "site.yaml:3"; empty for nothing."""
    named_by: tuple[str, ...]
    """Entries that name it, each as `kind/id`: they keep it from being removed."""


@router.get("/{kind}", responses={**_FIND})
def get_config_kind(
    context: Context,
    _principal: DeskRead,
    request: Request,
    response: Response,
    kind: Part,
    query: Annotated[EntriesQuery, Query()],
) -> EntryList:
    """List the entries of a kind, each with where it comes from."""
    require_kind(kind)
    now = context.shelf.now
    with context.open_reads() as uow:
        revision, stored = uow.config.revision(), uow.config.all()
    begin = position_of(query.cursor, revision)
    rows = list(islice(list_entries(now, stored, kind), begin, begin + query.limit + 1))
    following = None
    if len(rows) > query.limit:
        following = encode_cursor([revision, begin + query.limit])
    link_next(request, response, following)
    return EntryList(
        revision=revision,
        problem=now.problem,
        items=tuple(_item(one, ALL_KINDS[kind]) for one in rows[: query.limit]),
        next_cursor=following,
    )


@router.get("/{kind}/{entry}", responses={**_FIND})
def get_config_entry(
    context: Context, _principal: DeskRead, kind: Part, entry: Part
) -> EntryDetail:
    """Show an entry, and which others name it."""
    require_kind(kind)
    now = context.shelf.now
    with context.open_reads() as uow:
        stored = uow.config.all()
    found = entry_now(now, stored, ALL_KINDS[kind], entry)
    layer = laid_over(now.base, applied_layer(stored))
    users = named_by(layer, (kind, entry), today=context.clock().date())
    return EntryDetail(
        **_fields(_listed(found)),
        secrets=found.secrets,
        is_on=found.is_on,
        beneath=found.beneath,
        named_by=tuple("/".join(one) for one in users),
    )


def _item(one: Listed, kind: EntryKind) -> EntryItem:
    shown = {key: value for key, value in one.content.items() if key not in kind.secrets}
    secrets = tuple(key for key in kind.secrets if key in one.content)
    return EntryItem(**_fields(replace(one, content=shown)), secrets=secrets)


def _fields(one: Listed) -> dict[str, Any]:
    return dict(item_of(one))


def _listed(found: EntryNow) -> Listed:
    return Listed(
        kind=found.kind.name,
        id=found.id,
        source=found.source,
        content=found.content,
        applied=found.applied,
    )
