"""Reading macros."""

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.codes import (
    CauseCode,
    ResolutionCode,
    ResolutionCodes,
    ResolutionMode,
)
from sickbay_collector.core.desk.macro import ME, Macro, words
from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.services.book.kind import BookKind, Known, line

_TEXT = rf"(?s)[^\x00\x7f\ud800-\udfff]{{1,{TEXT_LIMIT}}}"
_TEXT_MEANS = f"a text of at most {TEXT_LIMIT:,} characters"
_LONGEST_SNOOZE_S = 7 * 86_400.0
_WAITS = {
    "user": TicketAction.WAIT_FOR_USER,
    "vendor": TicketAction.WAIT_FOR_VENDOR,
    "change": TicketAction.WAIT_FOR_CHANGE,
}


def _macro(fields: Fields, known: Known) -> Macro:
    name = str(fields.take("id").value)
    made = Macro(
        id=name,
        name=line(fields, "name", name),
        note=_text(fields, "note"),
        public=fields.has("public") and fields.flag("public"),
        category=known.one(fields, "category", "categories"),
        subcategory=_part(fields, known),
        impact=fields.integer("impact", 1, 3) if fields.has("impact") else None,
        urgency=fields.integer("urgency", 1, 3) if fields.has("urgency") else None,
        assign=_assignee(fields, known),
        wait=_WAITS[fields.one_of("wait", _WAITS)] if fields.has("wait") else None,
        snooze_s=fields.duration_s("snooze", _LONGEST_SNOOZE_S, low_s=60.0)
        if fields.has("snooze")
        else 0.0,
        resolve=_text(fields, "resolve"),
        codes=ResolutionCodes(
            mode=fields.choice("mode", ResolutionMode) if fields.has("mode") else None,
            cause=fields.choice("cause", CauseCode) if fields.has("cause") else None,
            code=fields.choice("code", ResolutionCode) if fields.has("code") else None,
        ),
    )
    _check(fields, made)
    return made


def _check(fields: Fields, made: Macro) -> None:
    ends = [key for key in ("wait", "snooze", "resolve") if fields.has(key)]
    if len(ends) > 1:
        raise fields.error(ends[1], f"goes not with {ends[0]}; name one of them")
    if made.wait is not None and not made.note:
        raise fields.error("wait", "needs a note that says why it waits")
    for key in ("mode", "cause", "code"):
        if fields.has(key) and not made.resolve:
            raise fields.error(key, "says how it was resolved: name resolve, too")
    if not words(made):
        raise fields.error("id", "does nothing: name note, category, assign, wait or another")


def _text(fields: Fields, key: str) -> str:
    return fields.text(key, pattern=_TEXT, means=_TEXT_MEANS).strip() if fields.has(key) else ""


def _assignee(fields: Fields, known: Known) -> str:
    if not fields.has("assign") or fields.take("assign").value == ME:
        return ME if fields.has("assign") else ""
    return known.one(fields, "assign", "technicians")


def _part(fields: Fields, known: Known) -> str:
    if not fields.has("subcategory"):
        return ""
    category = known.one(fields, "category", "categories")
    if not category:
        raise fields.error("subcategory", "is a part of a category: name that, too")
    parts = known.entry("categories", category).get("subcategories")
    found = parts.value if parts is not None and isinstance(parts.value, tuple) else ()
    return fields.one_of("subcategory", [str(one.value) for one in found])


MACROS = BookKind(
    name="macros",
    one="macro",
    keys=(
        "name",
        "note",
        "public",
        "category",
        "subcategory",
        "impact",
        "urgency",
        "assign",
        "wait",
        "snooze",
        "resolve",
        "mode",
        "cause",
        "code",
    ),
    parse=_macro,
    most=200,
)
