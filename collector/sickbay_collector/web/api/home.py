"""`/api/v1/home`: what needs somebody now, and how the fleet is; the home page in figures."""

from datetime import datetime

from fastapi import APIRouter

from sickbay_collector.core.device import Presence
from sickbay_collector.core.health.days import Span
from sickbay_collector.core.health.model import Grade
from sickbay_collector.services.counts import SCORE_BUCKETS
from sickbay_collector.services.glances import Glance, MovedDevice
from sickbay_collector.services.home import piles_of
from sickbay_collector.services.pile_ports import Pile
from sickbay_collector.web.api.base import Schema, problems
from sickbay_collector.web.api.score_schema import MoveSchema
from sickbay_collector.web.api.ticket_schema import TicketItem
from sickbay_collector.web.auth import TicketsRead
from sickbay_collector.web.context import Context
from sickbay_collector.web.glancing import ROWS, glance_for

router = APIRouter(prefix="/home", tags=["home"])


class PileSchema(Schema):
    """Tickets that wait for the token's user for one reason."""

    count: int
    items: tuple[TicketItem, ...]
    """The first eight, what is due soonest first."""


class WorstSchema(Schema):
    """A device with one of the lowest scores."""

    device_id: str
    hostname: str
    score: float
    grade: Grade
    reason: str
    """What costs it most."""
    remedy: str


class SilentSchema(Schema):
    """A site of which half the devices or more are silent."""

    site: str
    expected: int
    silent: int
    heard_at: datetime


class MovedSchema(MoveSchema):
    """A device whose score moved by five points or more."""

    device_id: str
    hostname: str
    score: float
    grade: Grade


class MoversSchema(Schema):
    """The devices whose scores moved most, the furthest first."""

    fell: tuple[MovedSchema, ...]
    rose: tuple[MovedSchema, ...]


class FleetSchema(Schema):
    """The fleet at a moment; kept for some seconds."""

    at: datetime
    presence: dict[Presence, int]
    scores: dict[str, int]
    """Devices by tens of score; "none" for those without one."""
    open_alerts: int
    worst: tuple[WorstSchema, ...]
    silent_sites: tuple[SilentSchema, ...]
    movers: dict[Span, MoversSchema]
    """Against a day and a week ago; of devices that reported within four days."""


class Home(Schema):
    """What needs somebody now, and how the fleet is."""

    tickets: dict[Pile, PileSchema]
    fleet: FleetSchema


@router.get("", responses={**problems()})
def get_home(context: Context, principal: TicketsRead) -> Home:
    """Return the tickets that need the token's user, and the fleet at a glance."""
    with context.open_reads() as uow:
        piles = piles_of(uow, principal.user, limit=ROWS, now=context.clock())
    tickets = {
        pile: PileSchema(count=view.count, items=tuple(map(TicketItem.of, view.rows)))
        for pile, view in piles.items()
    }
    return Home(tickets=tickets, fleet=_fleet(glance_for(context, principal)))


def _fleet(glance: Glance) -> FleetSchema:
    counts = glance.counts
    return FleetSchema(
        at=glance.at,
        presence={one: counts.by_presence.get(one, 0) for one in Presence},
        scores={one: counts.by_score.get(one, 0) for one in SCORE_BUCKETS},
        open_alerts=counts.open_alerts,
        worst=tuple(
            WorstSchema(
                device_id=one.low.device_id,
                hostname=one.low.hostname,
                score=one.low.score,
                grade=one.grade,
                reason=one.reason,
                remedy=one.remedy,
            )
            for one in glance.worst
        ),
        silent_sites=tuple(SilentSchema.model_validate(one) for one in glance.silent),
        movers={
            span: MoversSchema(
                fell=tuple(map(_moved, glance.fell[span])),
                rose=tuple(map(_moved, glance.rose[span])),
            )
            for span in Span
        },
    )


def _moved(one: MovedDevice) -> MovedSchema:
    return MovedSchema(
        device_id=one.device_id,
        hostname=one.hostname,
        score=one.score,
        grade=one.grade,
        **MoveSchema.of(one.move).model_dump(),
    )
