"""`/api/v1/rules`: alert rules, what they did, their versions, and changing them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import Field

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.alerts.parse import parse_rule, rule_id
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.book.apply import Applied, StaleEntryError
from sickbay_collector.services.book.kind import marked
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.rule_lookups import (
    RuleRow,
    find_rule,
    find_version,
    list_rules,
    rule_history,
    version_changes,
)
from sickbay_collector.services.rule_text import stored_rule
from sickbay_collector.services.rule_trial import TrialGround, try_rule
from sickbay_collector.services.rule_writes import (
    RuleAct,
    preview_rule,
    put_rule,
    switched,
    take_back_rule,
)
from sickbay_collector.web.api.base import Body, problems
from sickbay_collector.web.api.matching import ETAG_LIMIT, require_match
from sickbay_collector.web.api.rule_schema import (
    RestoreBody,
    RuleBody,
    RuleDetail,
    RuleDiff,
    RuleHistorySchema,
    RuleList,
    RuleResult,
    RuleSchema,
    RuleVersionSchema,
    SwitchBody,
    TrialBody,
    TrialSchema,
)
from sickbay_collector.web.auth import AlertsRead, RulesWrite
from sickbay_collector.web.context import Context, WebContext
from sickbay_collector.web.problems import ApiError

router = APIRouter(prefix="/rules", tags=["rules"])

ID_LIMIT = 256
"""Characters of a rule's id in a request."""
_VERSION_LIMIT = 64
Id = Annotated[str, Path(max_length=ID_LIMIT)]
IfMatch = Annotated[
    str | None,
    Header(max_length=ETAG_LIMIT, description="The ETag of the rule as it was read, or *."),
]
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_WRITE = problems(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.PRECONDITION_REQUIRED,
)
_ADD = problems(
    HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY
)
_TRY = problems(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


class DiffQuery(Body):
    """Which versions to compare."""

    before: Annotated[str, Field(min_length=1, max_length=_VERSION_LIMIT)]
    after: Annotated[str, Field(max_length=_VERSION_LIMIT)] = ""
    """Empty for the one in force."""


@router.get("")
def get_rules(context: Context, _principal: AlertsRead) -> RuleList:
    """List all alert rules with what they did in the last 30 days."""
    with context.open_reads() as uow:
        rows = list_rules(uow, context.shelf.now, now=context.clock())
    return RuleList(items=tuple(RuleSchema.of(one) for one in rows))


@router.post("", status_code=HTTPStatus.CREATED, responses={**_ADD})
def post_rule(context: Context, principal: RulesWrite, body: RuleBody) -> RuleResult:
    """Add a rule, in force at every collector within two seconds."""
    entry = body.entry()
    try:
        return _put(context, principal, entry, "", body)
    except StaleEntryError:
        raise ConflictError(f"rule {rule_id(entry)} is there already; change it with PUT") from None


@router.post("/try", responses={**_TRY})
def post_rule_try(context: Context, _principal: RulesWrite, body: TrialBody) -> TrialSchema:
    """Show where a rule's condition is true, and what the rule would have come to there."""
    with context.open_reads() as uow:
        rule = rule_in_book(context, body.entry())
        device = find_device(uow, body.device).device_id if body.device else None
        return TrialSchema.of(try_rule(uow, rule, ground_of(context, device)))


@router.get("/{rule}", responses={**_READ})
def get_rule(context: Context, _principal: AlertsRead, response: Response, rule: Id) -> RuleDetail:
    """Show one rule. Its ETag is what a write needs."""
    row = row_of(context, rule)
    response.headers["ETag"] = f'"{row.tag}"'
    return RuleDetail.of_detail(row)


@router.put("/{rule}", responses={**_WRITE})
def put_rule_(
    context: Context,
    principal: RulesWrite,
    rule: Id,
    body: RuleBody,
    if_match: IfMatch = None,
) -> RuleResult:
    """Change a rule: it is as the body says, over what files and defaults say."""
    tag = _matched(row_of(context, rule), if_match)
    return _stale_is_412(lambda: _put(context, principal, body.entry(rule), tag, body))


@router.post("/{rule}/restore", responses={**_WRITE})
def post_rule_restore(
    context: Context,
    principal: RulesWrite,
    rule: Id,
    body: RestoreBody,
    if_match: IfMatch = None,
) -> RuleResult:
    """Put a version in force again, switched on."""
    row = row_of(context, rule)
    tag = _matched(row, if_match)
    with context.open_reads() as uow:
        text = find_version(uow, row, body.version, now=context.clock()).text
    act = _act(context, principal, body.note, tag)
    return _stale_is_412(lambda: _done(context, stored_rule(text), act))


@router.post("/{rule}/enable", responses={**_WRITE})
def post_rule_enable(
    context: Context,
    principal: RulesWrite,
    rule: Id,
    body: SwitchBody,
    if_match: IfMatch = None,
) -> RuleResult:
    """Switch a rule on."""
    return _switch(context, principal, rule, body, if_match, on=True)


@router.post("/{rule}/disable", responses={**_WRITE})
def post_rule_disable(
    context: Context,
    principal: RulesWrite,
    rule: Id,
    body: SwitchBody,
    if_match: IfMatch = None,
) -> RuleResult:
    """Switch a rule off; its open alerts close with the next report of their device."""
    return _switch(context, principal, rule, body, if_match, on=False)


@router.delete("/{rule}", responses={**_WRITE})
def delete_rule(
    context: Context, principal: RulesWrite, rule: Id, if_match: IfMatch = None
) -> RuleResult:
    """Take away what was applied of a rule: files and defaults count again, else it is gone."""
    tag = _matched(row_of(context, rule), if_match)
    act = _act(context, principal, "", tag)

    def taken() -> RuleResult:
        base = context.shelf.now.base
        return _followed(context, take_back_rule(context.open_writes, base, rule, act))

    return _stale_is_412(taken)


@router.get("/{rule}/versions", responses={**_READ})
def get_rule_versions(context: Context, _principal: AlertsRead, rule: Id) -> RuleHistorySchema:
    """Show who changed a rule, and the versions that are kept."""
    with context.open_reads() as uow:
        find_rule(uow, context.shelf.now, rule, now=context.clock())
        return RuleHistorySchema.of(rule_history(uow, rule))


@router.get("/{rule}/versions/{version}", responses={**_READ})
def get_rule_version(
    context: Context,
    _principal: AlertsRead,
    rule: Id,
    version: Annotated[str, Path(max_length=_VERSION_LIMIT)],
) -> RuleVersionSchema:
    """Show a rule as it was."""
    now = context.clock()
    with context.open_reads() as uow:
        row = find_rule(uow, context.shelf.now, rule, now=now)
        return RuleVersionSchema.of(find_version(uow, row, version, now=now))


@router.get("/{rule}/diff", responses={**_READ})
def get_rule_diff(
    context: Context, _principal: AlertsRead, rule: Id, query: Annotated[DiffQuery, Query()]
) -> RuleDiff:
    """Show how a version of a rule differs from another."""
    now = context.clock()
    with context.open_reads() as uow:
        row = find_rule(uow, context.shelf.now, rule, now=now)
        before = find_version(uow, row, query.before, now=now)
        after = find_version(uow, row, query.after or row.version, now=now)
    return RuleDiff.of(tuple(version_changes(before, after)))


def row_of(context: WebContext, name: str) -> RuleRow:
    """Return a rule as it is in force.

    Raises:
        NotFoundError: There is none of this id.
    """
    with context.open_reads() as uow:
        return find_rule(uow, context.shelf.now, name, now=context.clock())


def ground_of(context: WebContext, device_id: DeviceId | None = None) -> TrialGround:
    """Return what a rule is tried on here; None for the fleet."""
    return TrialGround(
        in_force=tuple(context.shelf.rules().rules.values()),
        sample_interval_s=context.sample_interval_s,
        now=context.clock(),
        device_id=device_id,
    )


def rule_in_book(context: WebContext, entry: Marked) -> Rule:
    """Return a rule as the engine would use it here.

    Raises:
        InvalidError: It is wrong; the message names the key.
    """
    book = context.shelf.now.configuration.book
    return parse_rule(entry, book.categories, tuple(book.tiers))


def _put(
    context: WebContext, principal: Principal, entry: Marked, tag: str | None, body: RuleBody
) -> RuleResult:
    rule_in_book(context, entry)
    act = _act(context, principal, body.note, tag)
    if body.dry_run:
        base = context.shelf.now.base
        return RuleResult.of(preview_rule(context.open_reads, base, entry, act), dry_run=True)
    return _done(context, entry, act)


def _switch(
    context: WebContext,
    principal: Principal,
    name: str,
    body: SwitchBody,
    if_match: str | None,
    *,
    on: bool,
) -> RuleResult:
    row = row_of(context, name)
    act = _act(context, principal, body.note, _matched(row, if_match))
    entry = switched(marked(dict(row.content), name), on=on)
    return _stale_is_412(lambda: _done(context, entry, act))


def _act(context: WebContext, principal: Principal, note: str, tag: str | None) -> RuleAct:
    return RuleAct(user=principal.user, now=context.clock(), note=note, expected=tag)


def _done(context: WebContext, entry: Marked, act: RuleAct) -> RuleResult:
    base = context.shelf.now.base
    return _followed(context, put_rule(context.open_writes, base, entry, act))


def _followed(context: WebContext, done: Applied) -> RuleResult:
    # The other collectors look for themselves within a second or two.
    context.shelf.follow()
    return RuleResult.of(done)


def _matched(row: RuleRow, if_match: str | None) -> str | None:
    """Return the tag that a write relies on; None for any."""
    require_match(if_match, f'"{row.tag}"', kind="the rule", name=f"rule {row.id}")
    return None if if_match == "*" else row.tag


def _stale_is_412(write: Callable[[], RuleResult]) -> RuleResult:
    try:
        return write()
    except StaleEntryError as error:
        raise ApiError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
