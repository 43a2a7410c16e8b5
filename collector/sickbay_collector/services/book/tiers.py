"""Reading tiers and services."""

from collections.abc import Mapping

from sickbay_collector.core.alerts.fields import Fields, wrong
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.service import Service
from sickbay_collector.core.desk.ticket import TicketKind
from sickbay_collector.core.desk.tier_spec import AssignMode, TierSpec
from sickbay_collector.services.book.kind import (
    ID,
    ID_MEANS,
    BookKind,
    Entries,
    Known,
    line,
    lines,
)

MIN_LIMIT_S = 60.0
MAX_LIMIT_S = 30 * 86_400.0
MAX_REASSIGNMENTS = 100
NO_LIMIT = "none"
"""How a tier says that a ticket may stay, over a default that has a limit."""


def _tier(fields: Fields, known: Known) -> TierSpec:
    name = str(fields.take("id").value)
    return TierSpec(
        id=name,
        name=line(fields, "name", name),
        responsibilities=lines(fields, "responsibilities"),
        allowed_actions=lines(fields, "allowed_actions"),
        time_limit_s=_limit_s(fields),
        next=known.one(fields, "next", "tiers"),
        queue=fields.text("queue", pattern=ID, means=ID_MEANS),
        triggers=lines(fields, "triggers"),
        assign=fields.choice("assign", AssignMode) if fields.has("assign") else AssignMode.AUTO,
        calendar=fields.text("calendar", pattern=ID, means=ID_MEANS)
        if fields.has("calendar")
        else "",
        reassign_limit=_reassign_limit(fields),
    )


def _limit_s(fields: Fields) -> float | None:
    if not fields.has("time_limit") or fields.take("time_limit").value == NO_LIMIT:
        return None
    return fields.duration_s("time_limit", MAX_LIMIT_S, low_s=MIN_LIMIT_S)


def _reassign_limit(fields: Fields) -> int | None:
    if not fields.has("reassign_limit") or fields.take("reassign_limit").value == NO_LIMIT:
        return None
    return fields.integer("reassign_limit", 1, MAX_REASSIGNMENTS)


def _check(book: DeskBook, entries: Entries) -> None:
    _no_circle(book, entries)
    for name, spec in book.tiers.items():
        # Without any calendars there are no promises either, and time is counted as it passes.
        known = book.sla.calendars
        if spec.calendar and known and spec.calendar not in known:
            raise wrong(
                _place(entries[name], "calendar"),
                f"tier {name}",
                f"calendar: there is no {spec.calendar!r}; there are: {', '.join(known)}",
            )


def _no_circle(book: DeskBook, entries: Entries) -> None:
    """Refuse tiers that hand a ticket round in a circle."""
    for first, spec in book.tiers.items():
        way, at = [first], spec.next
        while at and at not in way:
            way.append(at)
            at = book.tiers[at].next
        if at == first:
            # Any of them may be the one that is wrong.
            circle = " -> ".join(f"{name} ({_place(entries[name], 'next')})" for name in way)
            raise wrong(
                _place(entries[first], "next"),
                f"tier {first}",
                f"next: goes round in a circle: {circle} -> {first}",
            )


def _place(entry: Marked, key: str) -> str:
    value = entry.value
    return value[key].where if isinstance(value, Mapping) else entry.where


def _service(fields: Fields, known: Known) -> Service:
    name = str(fields.take("id").value)
    return Service(
        id=name,
        name=line(fields, "name", name),
        kind=fields.choice("kind", TicketKind),
        category=known.check(fields, "category", fields.take("category"), "categories"),
        tier=known.check(fields, "tier", fields.take("tier"), "tiers"),
        queue=fields.text("queue", pattern=ID, means=ID_MEANS) if fields.has("queue") else "",
        owner=known.one(fields, "owner", "technicians"),
        approval=fields.flag("approval") if fields.has("approval") else False,
    )


TIERS = BookKind(
    name="tiers",
    one="tier",
    keys=(
        "name",
        "responsibilities",
        "allowed_actions",
        "time_limit",
        "next",
        "queue",
        "triggers",
        "assign",
        "calendar",
        "reassign_limit",
    ),
    parse=_tier,
    id_pattern=r"[A-Z][A-Z0-9]{0,7}",
    id_means="1 to 8 of A-Z and 0-9, beginning with a letter",
    most=20,
    check=_check,
)
SERVICES = BookKind(
    name="services",
    one="service",
    keys=("name", "kind", "category", "tier", "queue", "owner", "approval"),
    parse=_service,
)
