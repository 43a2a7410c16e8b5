"""The home page: what needs somebody now, and how the fleet is."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from sickbay_collector.core.desk.problem import NOT_CLOSED, ProblemState
from sickbay_collector.core.device import Presence
from sickbay_collector.core.health.assess import grade
from sickbay_collector.core.health.days import Span
from sickbay_collector.services.counts import NO_SCORE, SCORE_BUCKETS, DeviceCounts
from sickbay_collector.services.glances import Glance
from sickbay_collector.services.home import piles_of
from sickbay_collector.services.pile_ports import Pile
from sickbay_collector.web.console.allowed import TicketsRead
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.words import tone
from sickbay_collector.web.context import Context
from sickbay_collector.web.glancing import ROWS, glance_soon

router = APIRouter()

# What is resolved waits only for its time.
_AT_WORK = NOT_CLOSED - {ProblemState.RESOLVED}


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of the distribution of scores."""

    label: str
    count: int
    height: float
    """0 to 1, of the highest."""
    tone: str


@router.get("/")
def get_home(
    context: Context, pages: Render, viewer: TicketsRead, movers: Span = Span.DAY
) -> Response:
    """Show what needs somebody now."""
    now, mark = context.clock(), context.live.mark()
    with context.open_reads() as uow:
        piles = piles_of(uow, viewer.user, limit=ROWS, now=now)
        problems = uow.problems.list(states=_AT_WORK, limit=ROWS)
        sites = uow.book.sites
    glance = glance_soon(context, viewer.principal)
    return pages.page(
        "home.html",
        viewer,
        {
            "now": now,
            "mark": mark,
            "piles": [(pile, piles[pile]) for pile in Pile],
            "problems": problems,
            "span": movers,
            "sites": sites,
            "glance": glance,
            **({} if glance is None else _of_fleet(glance, movers)),
        },
    )


def _of_fleet(glance: Glance, span: Span) -> Mapping[str, object]:
    """Return what a page shows of a look at the fleet."""
    counts = glance.counts
    return {
        "movers": (("fell", glance.fell[span]), ("rose", glance.rose[span])),
        "presences": [(one, counts.by_presence.get(one, 0)) for one in Presence],
        "devices": sum(counts.by_presence.values()),
        "open_alerts": counts.open_alerts,
        "bars": _bars(counts),
    }


def _bars(counts: DeviceCounts) -> tuple[Bar, ...]:
    found = [counts.by_score.get(bucket, 0) for bucket in SCORE_BUCKETS]
    highest = max(found, default=0) or 1
    return tuple(
        Bar(label=bucket, count=count, height=count / highest, tone=_bucket_tone(bucket))
        for bucket, count in zip(SCORE_BUCKETS, found, strict=True)
    )


def _bucket_tone(bucket: str) -> str:
    """Return the tone of a score at the bucket's beginning."""
    if bucket == NO_SCORE:
        return ""
    low = int(bucket.partition("-")[0])
    return tone(grade(low).value)
