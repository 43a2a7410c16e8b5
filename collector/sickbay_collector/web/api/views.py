"""`/api/v1/views`: lists of devices that people keep under a name."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Path
from pydantic import Field, ValidationError

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.saved_view import QUERY_LIMIT, SavedView
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.saved_views import drop_view, list_views, save_view
from sickbay_collector.web.api.base import Body, Schema, problems
from sickbay_collector.web.api.device_query import ViewQuery
from sickbay_collector.web.auth import DevicesRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/views", tags=["devices"])

_Id = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
_WRITE = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


class ViewSchema(Schema):
    """A list of devices that somebody keeps."""

    view_id: str
    name: str
    query: str
    """What the list's address says behind its question mark."""
    owner: str
    """Login name."""
    is_shared: bool
    saved_at: datetime


class ViewList(Schema):
    """One's own views by name, then what others share."""

    items: tuple[ViewSchema, ...]


class ViewBody(Body):
    """What to keep."""

    name: Annotated[str, Field(max_length=300)]
    query: Annotated[str, Field(max_length=QUERY_LIMIT)] = ""
    """As in the list's address: `presence=lost&order=seen`."""
    is_shared: bool = False
    """Whether others see it too."""


@router.get("", responses={**problems()})
def get_views(context: Context, principal: DevicesRead) -> ViewList:
    """List the views that one has, and what others share."""
    with context.open_reads() as uow:
        found = list_views(uow, principal.user)
    return ViewList(items=tuple(ViewSchema.model_validate(one) for one in found))


@router.post("", responses={**_WRITE})
def post_view(context: Context, principal: DevicesRead, body: ViewBody) -> ViewSchema:
    """Keep a list under a name; saved again under the same name it is changed."""
    by = By.somebody(principal, context.clock())
    draft = SavedView(
        view_id=context.new_id(),
        name=body.name,
        query=checked_query(body.query),
        owner=principal.user,
        is_shared=body.is_shared,
        saved_at=by.at,
    )
    return ViewSchema.model_validate(save_view(context.open_writes, draft, by=by))


@router.delete("/{view}", status_code=HTTPStatus.NO_CONTENT, responses={**_WRITE})
def delete_view(context: Context, principal: DevicesRead, view: _Id) -> None:
    """Take away one of one's own views."""
    drop_view(context.open_writes, view, by=By.somebody(principal, context.clock()))


def checked_query(text: str) -> str:
    """Return what an address says, from the list's beginning, as the list itself writes it.

    Raises:
        InvalidError: It is none of a list of devices.
    """
    try:
        said = parse_qs(text.removeprefix("?"), max_num_fields=200, errors="strict")
        return ViewQuery.of(said).said()
    except (ValueError, ValidationError) as error:
        if isinstance(error, ValidationError):
            wrong = error.errors()[0]
            said_of = ".".join(map(str, wrong["loc"]))
            raise InvalidError(f"query: {said_of}: {wrong['msg']}") from error
        raise InvalidError("query: is none of a list of devices") from error
