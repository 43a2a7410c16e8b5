"""`/api/v1/search`: anything by one line of text."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from sickbay_collector.core.search import SEARCH_LIMIT, HitKind
from sickbay_collector.services.search import search
from sickbay_collector.web.api.base import Body, Schema, problems
from sickbay_collector.web.auth import DevicesRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/search", tags=["search"])

MOST = 50
"""Hits of one kind."""


class SearchQuery(Body):
    """What is searched for."""

    q: Annotated[str, Field(max_length=SEARCH_LIMIT)]
    """A part of a host name, title or name; the begin of a serial number, an address or a
    telephone number; a ticket's or problem's number; an id. Nothing finds nothing."""
    limit: Annotated[int, Field(ge=1, le=MOST)] = 20
    """Hits of one kind."""


class HitSchema(Schema):
    """One thing that was found."""

    kind: HitKind
    key: str
    """Id of a device, a person or a site; number of a ticket or a problem."""
    title: str
    detail: str
    """What tells it from others that are called alike; empty for nothing."""


class HitsSchema(Schema):
    """What was found: kinds behind each other, what fits best first."""

    items: list[HitSchema]


@router.get(
    "",
    name="search",
    summary="Find devices, tickets, problems, people and sites",
    responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def get_hits(
    context: Context, principal: DevicesRead, query: Annotated[SearchQuery, Query()]
) -> HitsSchema:
    """Return what is called so, of each kind that the token may read.

    Titles of tickets that are over are searched among the newest 20,000; older ones are found by
    their number.
    """
    with context.open_reads() as uow:
        hits = search(uow, query.q, principal, limit=query.limit, now=context.clock())
    return HitsSchema(items=[HitSchema.model_validate(one) for one in hits])
