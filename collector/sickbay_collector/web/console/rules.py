"""Alert rules: the list, one rule as a form beside its YAML, its versions, and trying it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.alerts.parse import SUPPORTED
from sickbay_collector.core.alerts.rule import Effect, Minutes
from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.alerts.source import plain as as_plain
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.book.apply import StaleEntryError
from sickbay_collector.services.book.kind import marked
from sickbay_collector.services.rule_lookups import (
    RuleRow,
    find_rule,
    find_version,
    list_rules,
    plain_rule,
    rule_history,
    version_changes,
)
from sickbay_collector.services.rule_text import (
    field_errors,
    read_rule,
    rule_fields,
    rule_of_fields,
    rule_yaml,
    stored_rule,
)
from sickbay_collector.services.rule_trial import Trial, try_rule
from sickbay_collector.services.rule_writes import RuleAct, put_rule, switched, take_back_rule
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.api.rules import Id, ground_of, row_of, rule_in_book
from sickbay_collector.web.console.allowed import AlertsRead, RulesWrite
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Fields, Render, plain
from sickbay_collector.web.console.rule_form import GROUPS, NEW_RULE
from sickbay_collector.web.console.texts import N_, _, sentence
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/rules")

# No id of a rule has a hyphen.
_NEW = "/new-rule"
_ORDERS = {
    "id": N_("id"),
    "alerts": N_("alerts"),
    "tickets": N_("tickets"),
    "noise": N_("noise"),
}


class ListQuery(Body):
    """How the list stands in the address."""

    show: Annotated[str, Field(pattern="^(all|on|off|applied)$")] = "all"
    sort: Annotated[str, Field(pattern=f"^({'|'.join(_ORDERS)})$")] = "id"


class DiffQuery(Body):
    """Which versions are compared."""

    before: Annotated[str, Field(max_length=64)] = ""
    after: Annotated[str, Field(max_length=64)] = ""


class NewQuery(Body):
    """Which rule a new one begins as."""

    copy_of: Annotated[str, Field(max_length=256)] = ""


@router.get("")
def get_rules(
    context: Context, pages: Render, viewer: AlertsRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List all rules with what they did in the last 30 days."""
    with context.open_reads() as uow:
        rows = list_rules(uow, context.shelf.now, now=context.clock())
    shown = [one for one in rows if _is_shown(one, query.show)]
    if query.sort != "id":
        shown.sort(key=lambda one: _rank(one, query.sort), reverse=True)
    values = {
        "rows": shown,
        "count": len(rows),
        "query": query,
        "orders": _ORDERS,
        "problem": context.shelf.now.problem,
    }
    return pages.page("rules.html", viewer, values)


@router.get(_NEW)
def get_new(
    context: Context, pages: Render, viewer: RulesWrite, query: Annotated[NewQuery, Query()]
) -> Response:
    """Show the form of a rule that is not there yet."""
    content = NEW_RULE
    if query.copy_of:
        content = {**row_of(context, query.copy_of).content, "id": ""}
    fields = rule_fields(content)
    return _form(context, pages, viewer, {"row": None, "fields": fields, "tag": ""})


@router.post(_NEW)
def post_new(context: Context, pages: Render, viewer: RulesWrite, fields: Fields) -> Response:
    """Add a rule."""
    return _save(context, pages, viewer, plain(fields), None)


@router.get("/{rule}")
def get_rule(context: Context, pages: Render, viewer: AlertsRead, rule: Id) -> Response:
    """Show one rule as a form, its YAML beside it."""
    row = row_of(context, rule)
    values = {"row": row, "fields": rule_fields(row.content), "tag": row.tag}
    return _form(context, pages, viewer, values)


@router.post("/{rule}")
def post_rule(
    context: Context, pages: Render, viewer: RulesWrite, rule: Id, fields: Fields
) -> Response:
    """Try a rule as it stands in the form, or put it in force."""
    return _save(context, pages, viewer, plain(fields), row_of(context, rule))


@router.post("/{rule}/switch")
def post_switch(context: Context, viewer: RulesWrite, rule: Id, fields: Fields) -> Response:
    """Switch a rule on or off."""
    row, said = row_of(context, rule), plain(fields)
    entry = switched(marked(dict(row.content), rule), on=not row.enabled)
    _put(context, viewer, entry, said)
    return _to(rule)


@router.post("/{rule}/restore")
def post_restore(context: Context, viewer: RulesWrite, rule: Id, fields: Fields) -> Response:
    """Put a version in force again."""
    row, said = row_of(context, rule), plain(fields)
    with context.open_reads() as uow:
        found = find_version(uow, row, said.get("version", "")[:64], now=context.clock())
    _put(context, viewer, stored_rule(found.text), said)
    return _to(rule)


@router.post("/{rule}/reset")
def post_reset(context: Context, viewer: RulesWrite, rule: Id, fields: Fields) -> Response:
    """Take away what was applied."""
    base = context.shelf.now.base
    is_left = rule in base["rules"]
    take_back_rule(context.open_writes, base, rule, _act(context, viewer, plain(fields)))
    context.shelf.follow()
    return _to(rule) if is_left else RedirectResponse("/rules", HTTPStatus.SEE_OTHER)


@router.get("/{rule}/versions")
def get_versions(
    context: Context,
    pages: Render,
    viewer: AlertsRead,
    rule: Id,
    query: Annotated[DiffQuery, Query()],
) -> Response:
    """Show who changed a rule, its versions, and how two of them differ."""
    now = context.clock()
    with context.open_reads() as uow:
        row = find_rule(uow, context.shelf.now, rule, now=now)
        history = rule_history(uow, rule)
        before = find_version(uow, row, query.before, now=now) if query.before else None
        after = find_version(uow, row, query.after or row.version, now=now) if before else None
    values = {
        "now": now,
        "row": row,
        "history": history,
        "before": before,
        "after": after,
        "differences": version_changes(before, after) if before and after else (),
        "text": rule_yaml(plain_rule(before.text)) if before else "",
    }
    return pages.page("rule_versions.html", viewer, values)


def _save(
    context: WebContext,
    pages: Pages,
    viewer: Viewer,
    said: Mapping[str, str],
    row: RuleRow | None,
) -> Response:
    """Put a rule in force, or try it; what is wrong comes back beside its field."""
    entry, errors = _entry(context, said, row)
    trial: Trial | None = None
    if not errors and said.get("act") == "try":
        trial, errors = _tried(context, entry)
    elif not errors:
        try:
            _put(context, viewer, entry, said)
        except StaleEntryError as error:
            there = _("there is one of this id already") if row is None else sentence(error)
            errors = {"": _("%(error)s. What you typed stands below", error=there)}
        except InvalidError as error:
            errors = {"": sentence(error)}
        else:
            return _to(_id_of(entry))
    values = {
        "row": row,
        "fields": {key: value for key, value in said.items() if key not in _OWN_FIELDS},
        "tag": said.get("tag", ""),
        "text": said.get("text", ""),
        "note": said.get("note", ""),
        "errors": errors,
        "trial": trial,
    }
    if "text" in said and not errors:
        values["fields"] = rule_fields(_content(entry))
    elif "text" in said and row is not None:
        values["fields"] = rule_fields(row.content)
    return _form(context, pages, viewer, values)


_OWN_FIELDS = frozenset({"csrf", "tag", "act", "note", "text"})


def _entry(
    context: WebContext, said: Mapping[str, str], row: RuleRow | None
) -> tuple[Marked, dict[str, str]]:
    """Return the rule that a form says, and what is wrong with it by its fields."""
    known = marked(dict(row.content), "rule").value if row is not None else {}
    keys = known if isinstance(known, Mapping) else {}
    book = context.shelf.now.configuration.book
    if "text" in said:
        try:
            entry = read_rule(said["text"])
        except InvalidError as error:
            return Marked(value={}, where="rule"), {"text": sentence(error)}
        errors = field_errors(entry, {}, book.categories, tuple(book.tiers))
        errors = {"text": "; ".join(errors.values())} if errors else {}
    else:
        entry, errors = rule_of_fields(said)
        unread = {key: keys[key] for key in errors if key in keys}
        value = entry.value if isinstance(entry.value, Mapping) else {}
        whole = Marked(value={**value, **unread}, where="rule")
        errors = {**field_errors(whole, keys, book.categories, tuple(book.tiers)), **errors}
    if row is not None and not errors and _id_of(entry) != row.id:
        errors = {
            "text" if "text" in said else "id": _("must be %(id)s: it cannot be renamed", id=row.id)
        }
    if row is not None and not row.enabled and "text" not in said:
        entry = switched(entry, on=False)
    return entry, errors


def _tried(context: WebContext, entry: Marked) -> tuple[Trial | None, dict[str, str]]:
    try:
        rule = rule_in_book(context, entry)
    except InvalidError as error:
        return None, {"": sentence(error)}
    with context.open_reads() as uow:
        return try_rule(uow, rule, ground_of(context)), {}


def _form(
    context: WebContext, pages: Pages, viewer: Viewer, values: Mapping[str, object]
) -> Response:
    book = context.shelf.now.configuration.book
    row, errors = values["row"], values.get("errors", {})
    kept = values.get("text", "")
    content = row.content if isinstance(row, RuleRow) else NEW_RULE
    defaults: dict[str, object] = {
        "now": context.clock(),
        "note": "",
        "errors": {},
        "trial": None,
        "groups": GROUPS,
        "base": context.shelf.now.base["rules"],
        "options": {
            "kind": SUPPORTED,
            "minutes": tuple(Minutes),
            "minimum_priority": tuple(Priority),
            "effect": tuple(Effect),
            "category": tuple(book.categories),
            "tier": tuple(book.tiers),
        },
        "metrics": METRICS,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    found = {**defaults, **values, "text": kept or rule_yaml(content)}
    return pages.page("rule.html", viewer, found, status=status)


def _put(context: WebContext, viewer: Viewer, entry: Marked, said: Mapping[str, str]) -> None:
    base = context.shelf.now.base
    put_rule(context.open_writes, base, entry, _act(context, viewer, said))
    # The other collectors look for themselves within a second or two.
    context.shelf.follow()


def _act(context: WebContext, viewer: Viewer, said: Mapping[str, str]) -> RuleAct:
    return RuleAct(
        user=viewer.user,
        now=context.clock(),
        note=said.get("note", ""),
        expected=said.get("tag", ""),
    )


def _id_of(entry: Marked) -> str:
    value = entry.value
    found = value.get("id") if isinstance(value, Mapping) else None
    return str(found.value) if found is not None else ""


def _content(entry: Marked) -> Mapping[str, Plain]:
    found = as_plain(entry)
    return found if isinstance(found, dict) else {}


def _to(rule: str) -> Response:
    return RedirectResponse(f"/rules/{quote(rule, safe='')}", HTTPStatus.SEE_OTHER)


def _is_shown(row: RuleRow, show: str) -> bool:
    shown = {"on": row.enabled, "off": not row.enabled, "applied": row.source == "applied"}
    return shown.get(show, True)


def _rank(row: RuleRow, sort: str) -> float:
    tally = row.tally
    ranks = {"alerts": tally.alerts, "tickets": tally.tickets, "noise": tally.noise_ratio or 0.0}
    return ranks[sort]
