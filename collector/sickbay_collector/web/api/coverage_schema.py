"""Rotas, gaps, staff and feeds as the API shows them."""

from datetime import datetime
from typing import Self

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.call_order import CallOrder, CallStage
from sickbay_collector.core.desk.coverage import Gap, Missing, Need
from sickbay_collector.core.desk.gap_closing import Bench, Closing
from sickbay_collector.core.desk.rota import Duty, on_call
from sickbay_collector.core.desk.rota_plan import Layer, Override, Rota
from sickbay_collector.core.desk.staffing import HourStaff, ShiftStaff
from sickbay_collector.core.desk.tiers_now import TierNow
from sickbay_collector.services.coverage_lookups import CoverageReport, StaffingReport
from sickbay_collector.services.coverage_ports import FeedToken
from sickbay_collector.web.api.base import Schema


class OnCallSchema(Schema):
    """Somebody who is on call."""

    login: str
    until: datetime
    """When this ends, or a month ahead where it goes on for longer."""
    reason: str
    rota: str
    layer: str


class RotaBrief(Schema):
    """A rota and who is on call."""

    id: str
    name: str
    tier: str
    participants: tuple[str, ...]
    """Logins of all layers."""
    on_call: tuple[OnCallSchema, ...]

    @classmethod
    def of(cls, book: DeskBook, rota: Rota, at: datetime) -> Self:
        """Return a rota as it stands at a moment."""
        names = dict.fromkeys(login for layer in rota.layers for login in layer.participants)
        found = on_call(book, rota.id, at)
        return cls(
            id=rota.id,
            name=rota.name,
            tier=rota.tier,
            participants=tuple(names),
            on_call=tuple(OnCallSchema.model_validate(one) for one in found),
        )


class RotaList(Schema):
    """All rotas."""

    items: tuple[RotaBrief, ...]
    advice: str
    """What to configure where there are none; "" where there are some."""


class LayerSchema(Schema):
    """People who take turns."""

    name: str
    participants: tuple[str, ...]
    zone: str
    handover: str
    """A rule of iCalendar."""
    handover_from: str
    """Its begin on the wall clock."""
    around_the_clock: bool

    @classmethod
    def of(cls, layer: Layer) -> Self:
        """Return a layer."""
        return cls(
            name=layer.name,
            participants=layer.participants,
            zone=layer.handover.zone_name,
            handover=layer.handover.rule,
            handover_from=layer.handover.start.isoformat(timespec="minutes"),
            around_the_clock=layer.hours is None,
        )


class OverrideSchema(Schema):
    """Somebody who stands in."""

    id: str
    rota: str
    since: datetime
    until: datetime
    login: str
    instead_of: str
    """A login, or "everybody"."""
    reason: str


class DutySchema(Schema):
    """A stretch of time in which one person is on call."""

    layer: str
    login: str
    begin: datetime
    end: datetime
    reason: str


class RotaDetail(RotaBrief):
    """A rota with its layers, overrides and duties to come."""

    layers: tuple[LayerSchema, ...]
    overrides: tuple[OverrideSchema, ...]
    """Those that are not over."""
    duties: tuple[DutySchema, ...]

    @classmethod
    def whole(cls, book: DeskBook, rota: Rota, at: datetime, duties: list[Duty]) -> Self:
        """Return a rota with these duties."""
        brief = RotaBrief.of(book, rota, at)
        overrides: list[Override] = [
            one for one in book.overrides.values() if one.rota == rota.id and one.until > at
        ]
        return cls(
            **dict(brief),
            layers=tuple(LayerSchema.of(layer) for layer in rota.layers),
            overrides=tuple(OverrideSchema.model_validate(one) for one in overrides),
            duties=tuple(DutySchema.model_validate(one) for one in duties),
        )


class CallSchema(Schema):
    """Somebody who is told."""

    stage: CallStage
    """now, next (whose turn comes next), or next_tier."""
    login: str
    name: str
    reason: str
    rota: str
    until: datetime | None
    """When their duty ends; null for those who are not on duty."""


class CallOrderSchema(Schema):
    """Who is told at a moment, in order."""

    asked: str
    at: datetime
    calls: tuple[CallSchema, ...]
    advice: str
    """What to configure where nobody is told now; "" where somebody is."""

    @classmethod
    def of(cls, order: CallOrder) -> Self:
        """Return who is told."""
        return cls.model_validate(order)


class MissingSchema(Schema):
    """One thing that is not there."""

    need: Need
    what: str
    """The tier, site or language; of staff how many more."""
    words: str


class ClosingSchema(Schema):
    """Who could close a gap, and how."""

    people: tuple[str, ...]
    """Logins of who is not there then and could be, those who bring most first; at most 5."""
    whole: bool
    """Whether the first of them alone closes all of it."""
    rota: str
    """Id of a rota on which they could stand in; "" where a shift is the way."""
    words: str


class GapSchema(Schema):
    """A requirement that is not met."""

    requirement: str
    users: str
    tier: str
    begin: datetime
    end: datetime
    missing: tuple[MissingSchema, ...]
    present: tuple[str, ...]
    """Logins of who is there of that tier."""
    closing: ClosingSchema


class CoverageSchema(Schema):
    """Requirements less shifts and rotas, in a stretch of time."""

    since: datetime
    until: datetime
    requirements: int
    gaps: tuple[GapSchema, ...]
    """By time, at most 5,000."""
    more: int
    """Gaps that are left out."""
    gap_minutes: dict[str, float]
    """By tier that has a requirement, overlaps counted once."""
    advice: str

    @classmethod
    def of(cls, book: DeskBook, report: CoverageReport, *, limit: int) -> Self:
        """Return the gaps."""
        shown = _Shown(book)
        # One look at all of them takes half of what one at each takes.
        return cls.model_validate(
            {
                "since": report.since,
                "until": report.until,
                "requirements": report.requirements,
                "gaps": [shown.gap(gap) for gap in report.gaps[:limit]],
                "more": max(0, len(report.gaps) - limit),
                "gap_minutes": report.minutes,
                "advice": report.advice,
            }
        )


class _Shown:
    """Gaps as the API shows them; of thousands most miss, and want, one of few things."""

    def __init__(self, book: DeskBook) -> None:
        self._book = book
        self._bench = Bench(book)
        self._missing: dict[tuple[Missing, ...], tuple[MissingSchema, ...]] = {}
        self._closings: dict[Closing, ClosingSchema] = {}

    def gap(self, gap: Gap) -> dict[str, object]:
        missing = self._missing.get(gap.missing)
        if missing is None:
            missing = tuple(map(MissingSchema.model_validate, gap.missing))
            self._missing[gap.missing] = missing
        closing = self._bench.closing(gap)
        closes = self._closings.get(closing)
        if closes is None:
            closes = self._closings[closing] = ClosingSchema.model_validate(closing)
        return {
            "requirement": gap.requirement,
            "users": self._book.requirements[gap.requirement].users,
            "tier": gap.tier,
            "begin": gap.begin,
            "end": gap.end,
            "missing": missing,
            "present": gap.present,
            "closing": closes,
        }


class TierNowSchema(Schema):
    """Who is there of a tier."""

    tier: str
    on_call: tuple[OnCallSchema, ...]
    """In the order in which they are told."""
    on_shift: tuple[str, ...]
    """Logins; somebody without any shift counts for routing only."""


class TiersNowSchema(Schema):
    """Who is there of each tier at a moment."""

    at: datetime
    items: tuple[TierNowSchema, ...]

    @classmethod
    def of(cls, at: datetime, tiers: tuple[TierNow, ...]) -> Self:
        """Return who is there."""
        return cls(at=at, items=tuple(TierNowSchema.model_validate(one) for one in tiers))


class HourSchema(Schema):
    """What an hour of the week needs."""

    weekday: int
    """0 for Monday."""
    hour: int
    arrivals: float
    """Tickets on average."""
    handling_min: float
    needed: int
    answered_ratio: float
    """Share that is answered in time by that many."""

    @classmethod
    def of(cls, one: HourStaff) -> Self:
        """Return an hour."""
        return cls(
            weekday=one.load.weekday,
            hour=one.load.hour,
            arrivals=one.load.arrivals,
            handling_min=one.load.handling_min,
            needed=one.needed,
            answered_ratio=one.answered_ratio,
        )


class ShiftStaffSchema(Schema):
    """What a shift needs by its busiest hour, if it worked alone."""

    shift: str
    assigned: int
    needed: int
    busiest_weekday: int | None
    """0 for Monday; null where nothing ever came in its hours."""
    busiest_hour: int | None

    @classmethod
    def of(cls, one: ShiftStaff) -> Self:
        """Return a shift."""
        return cls(
            shift=one.shift,
            assigned=one.assigned,
            needed=one.needed,
            busiest_weekday=None if one.busiest is None else one.busiest.weekday,
            busiest_hour=None if one.busiest is None else one.busiest.hour,
        )


class StaffingSchema(Schema):
    """Suggested staff, by the past of tickets."""

    since: datetime
    until: datetime
    tier: str
    zone: str
    ratio: float
    within_min: float
    tickets: int
    timed: int
    """Tickets with time that was spent; without any, 20 minutes are assumed."""
    hours: tuple[HourSchema, ...]
    """168, Monday midnight first."""
    shifts: tuple[ShiftStaffSchema, ...]

    @classmethod
    def of(cls, report: StaffingReport) -> Self:
        """Return what is suggested."""
        query = report.query
        return cls(
            since=report.since,
            until=report.until,
            tier=query.tier,
            zone=query.zone,
            ratio=query.target.ratio,
            within_min=query.target.within_min,
            tickets=report.tickets,
            timed=report.timed,
            hours=tuple(HourSchema.of(one) for one in report.hours),
            shifts=tuple(ShiftStaffSchema.of(one) for one in report.shifts),
        )


class FeedSchema(Schema):
    """A feed token; its secret is not kept."""

    feed_id: str
    login: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


class FeedList(Schema):
    """Feed tokens, oldest first."""

    items: tuple[FeedSchema, ...]


class NewFeedSchema(FeedSchema):
    """A new feed token with its secret, which is shown once."""

    secret: str
    path: str
    """Of the technician's own calendar; `/api/v1/rotas/{id}.ics` takes the token too."""

    @classmethod
    def made(cls, token: FeedToken, secret: str) -> Self:
        """Return a new feed."""
        return cls(
            **dict(FeedSchema.model_validate(token)),
            secret=secret,
            path=f"/api/v1/technicians/{token.login}.ics?token={secret}",
        )
