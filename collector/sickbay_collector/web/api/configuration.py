"""`/api/v1/config`: what is configured, and applying documents to it."""

from http import HTTPStatus
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.access import Principal
from sickbay_collector.services.book.apply import (
    Applying,
    StaleRevisionError,
    read_documents,
)
from sickbay_collector.services.book.layers import require_kind
from sickbay_collector.services.book.listing import Listed, list_entries
from sickbay_collector.services.book.plan import Key, Wanted
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.config_schema import (
    APPLY_BODY,
    NAME_LIMIT,
    ApplyContent,
    ApplyResult,
    ConfigItem,
    ConfigList,
    Name,
)
from sickbay_collector.web.api.matching import ETAG_LIMIT
from sickbay_collector.web.auth import DeskWrite
from sickbay_collector.web.configuring import applied, previewed
from sickbay_collector.web.context import Context, WebContext
from sickbay_collector.web.problems import ApiError

router = APIRouter(prefix="/config", tags=["configuration"])

IfMatch = Annotated[
    str | None,
    Header(max_length=ETAG_LIMIT, description="The ETag of the configuration that was read, or *."),
]
Part = Annotated[str, Path(max_length=NAME_LIMIT)]
_WRITE = problems(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.PRECONDITION_REQUIRED,
)


class ConfigQuery(Body):
    """Which entries to list."""

    kind: Name = ""
    limit: Limit = 200
    cursor: Cursor = None


@router.get("", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_config(
    context: Context,
    _principal: DeskWrite,
    request: Request,
    response: Response,
    query: Annotated[ConfigQuery, Query()],
) -> ConfigList:
    """List the configuration with where each entry comes from. Its ETag is what a write needs.

    An entry may hold secrets of channels, so only administrators see it.
    """
    if query.kind:
        require_kind(query.kind)
    now = context.shelf.now
    with context.open_reads() as uow:
        revision, stored = uow.config.revision(), uow.config.all()
    begin = position_of(query.cursor, revision)
    rows = list(islice(list_entries(now, stored, query.kind), begin, begin + query.limit + 1))
    following = None
    if len(rows) > query.limit:
        following = encode_cursor([revision, begin + query.limit])
    link_next(request, response, following)
    response.headers["ETag"] = _etag(revision)
    return ConfigList(
        revision=revision,
        problem=now.problem,
        items=tuple(item_of(one) for one in rows[: query.limit]),
        next_cursor=following,
    )


@router.post("", openapi_extra=APPLY_BODY, responses={**_WRITE})
def post_config(
    context: Context,
    principal: DeskWrite,
    response: Response,
    body: ApplyContent,
    if_match: IfMatch = None,
) -> ApplyResult:
    """Apply documents over the files and the defaults, all of them or none.

    With `dry_run` it only says what would change, and If-Match may be left out.
    """
    if not body.documents and not body.remove and not body.prune:
        raise InvalidError("body: nothing to apply; give documents, remove or prune")
    wanted = Wanted(
        layer=read_documents(body.said()),
        remove=frozenset(_key(name) for name in body.remove),
        prune=body.prune,
    )
    return _apply(context, principal, response, wanted, if_match, dry_run=body.dry_run)


@router.delete("/{kind}/{entry}", responses={**_WRITE})
def delete_config(
    context: Context,
    principal: DeskWrite,
    response: Response,
    kind: Part,
    entry: Part,
    if_match: IfMatch = None,
) -> ApplyResult:
    """Take away an entry that was applied: what the files or the defaults say counts again."""
    wanted = Wanted(remove=frozenset({(kind, entry)}))
    return _apply(context, principal, response, wanted, if_match, dry_run=False)


def _apply(
    context: WebContext,
    principal: Principal,
    response: Response,
    wanted: Wanted,
    if_match: str | None,
    *,
    dry_run: bool,
) -> ApplyResult:
    if if_match is None and not dry_run:
        raise ApiError(
            HTTPStatus.PRECONDITION_REQUIRED,
            "If-Match is needed: the ETag of the configuration as you read it, or *",
        )
    applying = Applying(
        wanted=wanted,
        revision=_revision(if_match),
        user=principal.user,
        now=context.clock(),
    )
    try:
        done = previewed(context, applying) if dry_run else applied(context, applying)
    except StaleRevisionError as error:
        raise ApiError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
    response.headers["ETag"] = _etag(done.revision)
    return ApplyResult.of(done, dry_run=dry_run)


def item_of(one: Listed) -> ConfigItem:
    """Return an entry as the API shows it."""
    own = one.applied
    return ConfigItem(
        kind=one.kind,
        id=one.id,
        source=one.source,
        content=one.content,
        revision=own.revision if own else None,
        applied_at=own.applied_at if own else None,
        applied_by=own.applied_by if own else None,
    )


def _key(name: str) -> Key:
    kind, slash, entry = name.partition("/")
    if not slash:
        raise InvalidError(f"remove: {name!r} must be a kind and an id like technicians/ann")
    return kind, entry


def _revision(if_match: str | None) -> int | None:
    """Return the revision that If-Match names; None for any."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().strip('"')
    if not tag.isdecimal() or len(tag) > 18:
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED, f"If-Match: {if_match!r} is no ETag of a configuration"
        )
    return int(tag)


def _etag(revision: int) -> str:
    return f'"{revision}"'


def position_of(cursor: str | None, revision: int) -> int:
    """Return how many entries a page of the list leaves out.

    Raises:
        InvalidError: The cursor is of another revision.
    """
    if cursor is None:
        return 0
    then, begin = decode_cursor(cursor, (int, int))
    if then != revision or int(begin) < 0:
        raise InvalidError("cursor: somebody applied something meanwhile; begin anew")
    return int(begin)
