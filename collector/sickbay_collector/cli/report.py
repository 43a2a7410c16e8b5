"""`sickbay report`: how the desk does, in figures."""

from collections.abc import Callable
from datetime import datetime

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Cell, Column, print_csv, print_json, print_table
from sickbay_collector.cli.params import Moments
from sickbay_collector.cli.words import NOTHING, number_of, record_of, records_of, text_of
from sickbay_collector.core.words import percent, span

_GROUPS = ("none", "tier", "category", "site", "technician", "priority", "source")


def _count(value: float) -> str:
    return f"{value:.0f}"


def _minutes(value: float) -> str:
    return span(60 * value)


# Title, field, how it is written. The CSV and JSON have the plain numbers.
_FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("Opened", "opened", _count),
    ("Resolved", "resolved", _count),
    ("By itself", "auto_resolved_ratio", percent),
    ("First contact", "first_contact_ratio", percent),
    ("Acknowledged in", "acknowledge_median_s", span),
    ("Resolved in", "resolve_median_s", span),
    ("In working time", "resolve_sla_median_s", span),
    ("Response kept", "response_kept_ratio", percent),
    ("Resolution kept", "resolution_kept_ratio", percent),
    ("Escalated", "escalation_ratio", percent),
    ("Reopened", "reopen_ratio", percent),
    ("Backlog", "backlog", _count),
    ("Its age", "backlog_age_median_s", span),
    ("Oldest", "backlog_oldest_s", span),
    ("Work", "work_minutes", _minutes),
)
_ALL = (
    "group",
    "opened",
    "acknowledged",
    "resolved",
    "auto_resolved",
    "auto_resolved_ratio",
    "reopened",
    "reopen_ratio",
    "escalated",
    "closed",
    "escalation_ratio",
    "acknowledge_mean_s",
    "acknowledge_median_s",
    "resolve_mean_s",
    "resolve_median_s",
    "resolve_sla_mean_s",
    "resolve_sla_median_s",
    "response_kept_ratio",
    "resolution_kept_ratio",
    "first_contact_ratio",
    "backlog",
    "backlog_age_median_s",
    "backlog_oldest_s",
    "work_minutes",
    "cost_cents",
    "cost_per_ticket_cents",
)
_MONEY = ("cost_cents", "cost_per_ticket_cents")
_CSV = tuple(Column(title=name, field=name) for name in _ALL)


@click.group()
@naming_collector
def report() -> None:
    """Look at the desk's figures."""


@report.command(
    epilog="""\b
Examples:
  sickbay report kpi
  sickbay report kpi --since 90d --by technician
  sickbay report kpi --since 2026-10-01 --until 2026-11-01 --by category -o csv
"""
)
@click.option("--since", type=Moments(), default="28d", show_default=True, help="Age or moment.")
@click.option("--until", type=Moments(), default="0s", help="Age or moment.  [default: now]")
@click.option("--by", type=click.Choice(_GROUPS), default="none", show_default=True)
@output_option
@asking_collector
def kpi(client: ApiClient, *, since: datetime, until: datetime, by: str, output: str) -> None:
    """Show key figures of a period. Times are medians; a dash is nothing to divide by."""
    query = {"since": since.isoformat(), "until": until.isoformat(), "by": by}
    found = client.get("/api/v1/kpis", query)
    items = records_of(found, "items")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_CSV, [_with_money(item) for item in items])
    elif by == "none":
        _print_one(items[0])
    else:
        _print_groups(items, by)


def _with_money(item: Record) -> Record:
    return {**item, **{field: money(item, field) for field in _MONEY}}


def _print_one(item: Record) -> None:
    """Print a line for each figure."""
    rows = [(title, _words(item, field, write)) for title, field, write in _FIGURES]
    rows += [
        (title, money(item, field))
        for title, field in (("Cost", "cost_cents"), ("Cost a ticket", "cost_per_ticket_cents"))
    ]
    columns = (Column(title="Figure", field="figure"), Column(title="", field="value", right=True))
    print_table(columns, rows, nothing="")


def _print_groups(items: list[Record], by: str) -> None:
    columns = (
        Column(title=by.capitalize(), field="group", wide=True),
        *(
            Column(title=title, field=field, right=True, extra=place >= _SHOWN)
            for place, (title, field, _) in enumerate(_FIGURES)
        ),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            text_of(item, "group") or NOTHING,
            *(_words(item, field, write) for _, field, write in _FIGURES),
        )
        for item in items
    ]
    print_table(columns, rows, nothing="nothing happened in that time")


# These fit a narrow terminal.
_SHOWN = 4


def money(item: Record, field: str) -> str:
    """Return amounts by currency as people write them: "1,250.00 EUR"."""
    amounts = record_of(item, field)
    found = [
        f"{value / 100:,.2f} {currency}"
        for currency in amounts
        if (value := number_of(amounts, currency)) is not None
    ]
    return ", ".join(found) or NOTHING


def _words(item: Record, field: str, write: Callable[[float], str]) -> str:
    value = number_of(item, field)
    return NOTHING if value is None else write(value)
