"""The desk's key figures as the console writes them: their names, what they mean, and as a file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

from sickbay_collector.core.desk.kpi import Kpi
from sickbay_collector.core.sheet import write_sheet
from sickbay_collector.core.words import percent, span
from sickbay_collector.web.console.texts import N_

NONE = "\N{EN DASH}"
"""Stands where there is nothing to divide by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure."""

    name: str
    means: str
    write: Callable[[Kpi], str]


def _count(field: str) -> Callable[[Kpi], str]:
    return lambda one: f"{getattr(one, field):,d}"


def _share(field: str) -> Callable[[Kpi], str]:
    def written(one: Kpi) -> str:
        value = getattr(one, field)
        return NONE if value is None else percent(value)

    return written


def _time(field: str, unit_s: float = 1.0) -> Callable[[Kpi], str]:
    def written(one: Kpi) -> str:
        value = getattr(one, field)
        return NONE if value is None else span(value * unit_s)

    return written


def _money(field: str) -> Callable[[Kpi], str]:
    return lambda one: amounts(getattr(one, field))


def amounts(cents: Mapping[str, int]) -> str:
    """Return amounts by currency as people write them: "1,250.00 EUR"."""
    found = [f"{value / 100:,.2f} {currency}" for currency, value in cents.items()]
    return ", ".join(found) or NONE


FIGURES = (
    Figure(name=N_("Opened"), means=N_("Tickets that were opened."), write=_count("opened")),
    Figure(
        name=N_("Resolved"),
        means=N_("Resolutions; a ticket that came back and was resolved again counts twice."),
        write=_count("resolved"),
    ),
    Figure(
        name=N_("First contact"),
        means=N_(
            "Contacts that who took them resolved, without handing over or coming back within"
            " seven days, of all contacts that were resolved."
        ),
        write=_share("first_contact_ratio"),
    ),
    Figure(
        name=N_("By itself"),
        means=N_("Resolutions by measurement alone, of all."),
        write=_share("auto_resolved_ratio"),
    ),
    Figure(
        name=N_("Acknowledged in"),
        means=N_("Median from opening to the first acknowledgement."),
        write=_time("acknowledge_median_s"),
    ),
    Figure(
        name=N_("Resolved in"),
        means=N_("Median from opening to resolution, on the calendar."),
        write=_time("resolve_median_s"),
    ),
    Figure(
        name=N_("In working time"),
        means=N_("The same in the working time of its target."),
        write=_time("resolve_sla_median_s"),
    ),
    Figure(
        name=N_("Response kept"),
        means=N_("Response targets that were met, of those that ended."),
        write=_share("response_kept_ratio"),
    ),
    Figure(
        name=N_("Resolution kept"),
        means=N_("Resolution targets that were met, of those that ended."),
        write=_share("resolution_kept_ratio"),
    ),
    Figure(
        name=N_("Escalated"),
        means=N_("Tickets that a higher tier got, to those that were closed."),
        write=_share("escalation_ratio"),
    ),
    Figure(
        name=N_("Reopened"), means=N_("Reopenings to resolutions."), write=_share("reopen_ratio")
    ),
    Figure(
        name=N_("Backlog"),
        means=N_("Tickets that waited for somebody at the end of the period."),
        write=_count("backlog"),
    ),
    Figure(
        name=N_("Its age"),
        means=N_("Median age of the backlog."),
        write=_time("backlog_age_median_s"),
    ),
    Figure(name=N_("Oldest"), means=N_("Of the backlog."), write=_time("backlog_oldest_s")),
    Figure(name=N_("Work"), means=N_("Time that was booked."), write=_time("work_minutes", 60.0)),
    Figure(name=N_("Cost"), means=N_("Of that work and of parts."), write=_money("cost_cents")),
    Figure(
        name=N_("Cost a ticket"),
        means=N_("The same to each resolution."),
        write=_money("cost_per_ticket_cents"),
    ),
)


def as_sheet(rows: Iterable[Kpi]) -> str:
    """Return all figures, plain, as CSV."""
    names = [one.name for one in fields(Kpi)]
    return write_sheet(names, ([_plain(getattr(row, name)) for name in names] for row in rows))


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return "" if not value else amounts(value)
    return "" if value is None else str(value)
