"""Coverage: what must be there against who will be, who is there now, who is told, and staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from sickbay_collector.core.desk.calendar import Span
from sickbay_collector.core.desk.call_order import call_order
from sickbay_collector.core.desk.coverage import Gap
from sickbay_collector.core.desk.coverage_days import DayCover, cover_days, day_begin, day_spans
from sickbay_collector.core.desk.gap_closing import Bench
from sickbay_collector.core.desk.gap_repeats import repeated_gaps
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.staffing import Target
from sickbay_collector.core.desk.tiers_now import tiers_now
from sickbay_collector.services.coverage_lookups import (
    MAX_WEEKS,
    StaffingQuery,
    coverage_report,
    near,
    staffing_report,
)
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.allowed import DeskRead
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import N_, _
from sickbay_collector.web.console.wall_clock import Day, WallTime, ZoneName, day_in, moment_at
from sickbay_collector.web.console.wall_clock import zone_of as zone_for
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/coverage")

TABS = (
    ("", N_("Ahead")),
    ("/who", N_("Who is told")),
    ("/rotas", N_("Rotas")),
    ("/staff", N_("Staff")),
)
_WEEKS = (2, 4, 8)
_WEEK = 7
_CARDS = 24
"""Requirements of one page; those with gaps stand first."""
_GAPS = 50
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_Id = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]


class AheadQuery(Body):
    """Which weeks to show; it stands in the address."""

    since: Annotated[Day, Field(alias="from")] = None
    """A day of the first week; today's where it is left out."""
    weeks: Annotated[int, Field(ge=1, le=12)] = 4
    tier: _Id = ""
    zone: ZoneName = ""
    skip: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Gaps that were shown before."""


class WhoQuery(Body):
    """Who is told at which time."""

    who: _Id = ""
    """Id of a tier or a rota."""
    at: WallTime = None
    """Now where it is left out."""
    zone: ZoneName = ""


class StaffQuery(Body):
    """What staff is asked for."""

    tier: _Id = ""
    weeks: Annotated[int, Field(ge=1, le=MAX_WEEKS)] = 12
    zone: ZoneName = ""
    percent: Annotated[int, Field(ge=1, le=99)] = 80
    within_min: Annotated[float, Field(gt=0, le=10_080)] = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A requirement with its weeks."""

    requirement: Requirement
    weeks: tuple[tuple[DayCover, ...], ...]
    short_s: float
    """From today on."""


@router.get("")
def get_coverage(
    context: Context, pages: Render, viewer: DeskRead, query: Annotated[AheadQuery, Query()]
) -> Response:
    """Show the weeks ahead, their gaps, and who is there now."""
    now = context.clock()
    with context.open_reads() as uow:
        book = uow.book
    zone = zone_for(book, viewer.user, query.zone)
    today = now.astimezone(zone).date()
    day = day_in(query.since) if query.since else today
    monday = day - timedelta(days=day.weekday())
    since = near(day_begin(zone, monday), now)
    until = day_begin(zone, monday + timedelta(weeks=query.weeks))
    report = coverage_report(context.gaps_ahead, book, since, until)
    wanted = [one for one in book.requirements.values() if query.tier in {"", one.tier}]
    days = [monday + timedelta(days=number) for number in range(query.weeks * _WEEK)]
    own = _by_requirement(report.gaps)
    left = Span(begin=day_begin(zone, today), end=until)
    short = {one.id: _within(own.get(one.id, ()), left) for one in wanted}
    wanted.sort(key=lambda one: -short[one.id])
    stretches = day_spans(days, zone)
    ahead = [gap for gap in report.gaps if gap.end > now and query.tier in {"", gap.tier}]
    bench = Bench(book)
    repeated = repeated_gaps(ahead, zone)
    shown = repeated[query.skip : query.skip + _GAPS]
    return pages.page(
        "coverage.html",
        viewer,
        {
            "tabs": TABS,
            "now": now,
            "book": book,
            "zone": zone,
            "query": query,
            "today": today,
            "monday": monday,
            "week_choices": _WEEKS,
            "weekdays": WEEKDAYS,
            "tiers": tuple(dict.fromkeys(one.tier for one in book.requirements.values())),
            "there": tiers_now(book, now),
            "cards": [
                Card(
                    requirement=one,
                    weeks=_weeks(cover_days(one, own.get(one.id, ()), stretches)),
                    short_s=short[one.id].total_seconds(),
                )
                for one in wanted[:_CARDS]
            ],
            "card_count": len(wanted),
            "gaps": [(one, bench.closing(one.gap)) for one in shown],
            "gap_count": len(ahead),
            "words_of": _words_of,
            "link": _links(query, monday, len(repeated)),
        },
    )


@router.get("/who")
def get_who(
    context: Context, pages: Render, viewer: DeskRead, query: Annotated[WhoQuery, Query()]
) -> Response:
    """Show who is told at a time, in order, and why."""
    now = context.clock()
    with context.open_reads() as uow:
        book = uow.book
    zone = zone_for(book, viewer.user, query.zone)
    at = near(moment_at(query.at, zone), now) if query.at else now
    return pages.page(
        "coverage_who.html",
        viewer,
        {
            "tabs": TABS,
            "book": book,
            "zone": zone,
            "query": query,
            "at": at,
            "local": at.astimezone(zone),
            "order": call_order(book, query.who, at) if query.who else None,
        },
    )


@router.get("/staff")
def get_staff(
    context: Context, pages: Render, viewer: DeskRead, query: Annotated[StaffQuery, Query()]
) -> Response:
    """Show how many people each hour of the week and each shift need, by the past."""
    with context.open_reads() as uow:
        book = uow.book
        wanted = StaffingQuery(
            tier=query.tier,
            weeks=query.weeks,
            zone=zone_for(book, viewer.user, query.zone).key,
            target=Target(ratio=query.percent / 100, within_min=query.within_min),
        )
        report = staffing_report(uow, wanted, now=context.clock())
    most = max((one.needed for one in report.hours), default=0)
    return pages.page(
        "coverage_staff.html",
        viewer,
        {
            "tabs": TABS,
            "book": book,
            "query": query,
            "report": report,
            "weekdays": WEEKDAYS,
            "by_hour": [report.hours[hour::24] for hour in range(24)],
            "most": most,
        },
    )


def _by_requirement(gaps: Sequence[Gap]) -> Mapping[str, Sequence[Gap]]:
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(gap.requirement, []).append(gap)
    return found


def _within(gaps: Sequence[Gap], time: Span) -> timedelta:
    """Return how long gaps last within a stretch of time."""
    lengths = (min(one.end, time.end) - max(one.begin, time.begin) for one in gaps)
    return sum((one for one in lengths if one > timedelta(0)), timedelta(0))


def _words_of(gaps: Sequence[Gap], zone: ZoneInfo) -> str:
    """Return when who is missing on a day; the page has a thousand days."""
    return ". ".join(
        _(
            "%(begin)s to %(end)s: %(missing)s",
            begin=f"{one.begin.astimezone(zone):%H:%M}",
            end=f"{one.end.astimezone(zone):%H:%M}",
            missing=one.words,
        )
        for one in gaps
    )


def _weeks(days: Sequence[DayCover]) -> tuple[tuple[DayCover, ...], ...]:
    return tuple(tuple(days[at : at + _WEEK]) for at in range(0, len(days), _WEEK))


def _links(query: AheadQuery, monday: date, gaps: int) -> dict[str, str]:
    """Return where the page leads on: the weeks before and after, and further gaps."""

    def to(**other: object) -> str:
        said = {"from": monday.isoformat(), "weeks": query.weeks} | other
        kept = {"tier": query.tier, "zone": query.zone}
        return f"/coverage?{urlencode(said | {key: one for key, one in kept.items() if one})}"

    step = timedelta(weeks=query.weeks)
    links = {
        "before": to(**{"from": (monday - step).isoformat()}),
        "after": to(**{"from": (monday + step).isoformat()}),
        "further": "",
    }
    if query.skip + _GAPS < gaps:
        links["further"] = to(skip=query.skip + _GAPS)
    return links
