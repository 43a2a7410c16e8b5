"""`/api/v1/sla`: what is promised: policies and the calendars that they count by."""

from datetime import date
from typing import Self

from fastapi import APIRouter

from sickbay_collector.core.desk.calendar import Calendar, Interval
from sickbay_collector.core.desk.sla import SlaTarget
from sickbay_collector.core.desk.sla_policy import PENDING, SlaPolicy
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.web.api.base import Schema, problems
from sickbay_collector.web.auth import TicketsRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/sla", tags=["sla"])


class SlaTermSchema(Schema):
    """What is promised for one target."""

    target: SlaTarget
    within_s: float
    calendar: str


class SlaPolicySchema(Schema):
    """A policy. What is empty fits every ticket."""

    policy_id: str
    priorities: tuple[Priority, ...]
    categories: tuple[str, ...]
    services: tuple[str, ...]
    terms: tuple[SlaTermSchema, ...]
    """A target that is not there is left to the policies that follow."""
    pauses: tuple[str, ...]
    """What its clocks stand still for: `user`, `vendor`, `change`."""

    @classmethod
    def of(cls, policy: SlaPolicy) -> Self:
        """Return a policy as the API shows it."""
        return cls(
            policy_id=policy.policy_id,
            priorities=tuple(one for one in Priority if one in policy.priorities),
            categories=tuple(sorted(policy.categories)),
            services=tuple(sorted(policy.services)),
            terms=tuple(
                SlaTermSchema(target=target, within_s=term.within_s, calendar=term.calendar)
                for target in SlaTarget
                if (term := policy.terms.get(target)) is not None
            ),
            pauses=tuple(word for word, status in PENDING.items() if status in policy.pauses),
        )


class SlaHoliday(Schema):
    """A day on which nobody works."""

    on: date
    name: str


class SlaCalendarSchema(Schema):
    """Working time."""

    calendar_id: str
    zone: str
    week: tuple[tuple[str, ...], ...]
    """Monday to Sunday: hours by the wall clock, such as `08:00-17:00`."""
    holidays: tuple[SlaHoliday, ...]
    """In order."""

    @classmethod
    def of(cls, calendar: Calendar) -> Self:
        """Return a calendar as the API shows it."""
        return cls(
            calendar_id=calendar.calendar_id,
            zone=calendar.zone_name,
            week=tuple(tuple(_hours(one) for one in day) for day in calendar.week),
            holidays=tuple(
                SlaHoliday(on=day, name=name) for day, name in sorted(calendar.holidays.items())
            ),
        )


class SlaBookSchema(Schema):
    """What is in force."""

    policies: tuple[SlaPolicySchema, ...]
    """In order: the first that fits a ticket and has the target decides."""
    calendars: tuple[SlaCalendarSchema, ...]
    """By id."""


@router.get("", responses={**problems()})
def get_sla(context: Context, _principal: TicketsRead) -> SlaBookSchema:
    """Show the SLA policies in force, in order, and the calendars that they count by."""
    with context.open_reads() as uow:
        book = uow.sla.book
    return SlaBookSchema(
        policies=tuple(SlaPolicySchema.of(one) for one in book.policies),
        calendars=tuple(
            SlaCalendarSchema.of(book.calendars[name]) for name in sorted(book.calendars)
        ),
    )


def _hours(one: Interval) -> str:
    return f"{_clock(one.begin_min)}-{_clock(one.end_min)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
