"""`sickbay sla`: what is promised, and the arithmetic of a ticket's clocks."""

import click
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, make_console, print_csv, print_json, print_table
from sickbay_collector.cli.ticket_page import path_of
from sickbay_collector.cli.ticket_sla import print_sla
from sickbay_collector.cli.words import NOTHING, number_of, records_of, text_of
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.words import span

_COLUMNS = (
    Column(title="Policy", field="policy_id"),
    Column(title="For", field="fits", wide=True),
    Column(title="Response", field="response"),
    Column(title="Resolution", field="resolution"),
    Column(title="Pauses for", field="pauses"),
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@click.group(epilog="\b\nExamples:\n  sickbay sla ls\n  sickbay sla explain 12")
@naming_collector
def sla() -> None:
    """Look at what is promised, and at how a ticket's clocks stand."""


@sla.command(name="ls", epilog="\b\nExamples:\n  sickbay sla ls\n  sickbay sla ls -o csv")
@output_option
@asking_collector
def ls(client: ApiClient, output: str) -> None:
    """List the policies in force; the first that fits a ticket and has the target decides."""
    found = client.get("/api/v1/sla")
    rows = [_row(one) for one in records_of(found, "policies")]
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_COLUMNS, rows)
    else:
        cells = [[text_of(row, one.field) or NOTHING for one in _COLUMNS] for row in rows]
        print_table(_COLUMNS, cells, nothing="nothing is promised")


@sla.command(name="show", epilog="\b\nExample:\n  sickbay sla show network-outage")
@click.argument("policy")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table")
@asking_collector
def show(client: ApiClient, policy: str, output: str) -> None:
    """Show a policy, with the hours and holidays that its targets count by."""
    found = client.get("/api/v1/sla")
    known = {text_of(one, "policy_id"): one for one in records_of(found, "policies")}
    if policy not in known:
        there = ", ".join(known) or "none"
        raise NotFoundError(f"no policy {policy[:64]!r} is in force; there are: {there}")
    chosen = known[policy]
    names = {text_of(term, "calendar") for term in records_of(chosen, "terms")}
    calendars = [
        one for one in records_of(found, "calendars") if text_of(one, "calendar_id") in names
    ]
    if output == "json":
        print_json({**chosen, "calendars": [*calendars]})
        return
    row, console = _row(chosen), make_console()
    for column in _COLUMNS:
        console.print(Text(f"{column.title:<12}{text_of(row, column.field) or NOTHING}"))
    for one in calendars:
        _print_calendar(one)


@sla.command(
    name="explain",
    epilog="\b\nExamples:\n  sickbay sla explain 12\n  sickbay sla explain 12 -o json",
)
@click.argument("ticket")
@output_option
@asking_collector
def explain(client: ApiClient, ticket: str, output: str) -> None:
    """Show what was promised for a ticket, and the arithmetic of its clocks line by line."""
    print_sla(client.get(f"{path_of(ticket)}/sla"), output)


def _row(policy: Record) -> Record:
    terms = {text_of(one, "target"): one for one in records_of(policy, "terms")}
    return {
        "policy_id": text_of(policy, "policy_id"),
        "fits": "; ".join(_fits(policy)) or "every ticket",
        "response": _term(terms.get("response")),
        "resolution": _term(terms.get("resolution")),
        "pauses": ", ".join(_texts(policy, "pauses")),
    }


def _fits(policy: Record) -> list[str]:
    named = (("priorities", "priority"), ("categories", "category"), ("services", "service"))
    return [f"{word} {', '.join(some)}" for field, word in named if (some := _texts(policy, field))]


def _term(term: Record | None) -> str:
    if term is None:
        return ""
    return f"{span(number_of(term, 'within_s') or 0)} ({text_of(term, 'calendar')})"


def _print_calendar(calendar: Record) -> None:
    console = make_console()
    console.print(
        Text(f"\ncalendar {text_of(calendar, 'calendar_id')}, {text_of(calendar, 'zone')}")
    )
    week = calendar.get("week")
    for name, hours in zip(_DAYS, week if isinstance(week, list) else [], strict=False):
        said = ", ".join(str(one) for one in hours) if isinstance(hours, list) else ""
        console.print(Text(f"  {name}  {said or 'closed'}"))
    for day in records_of(calendar, "holidays"):
        console.print(Text(f"  {text_of(day, 'on')}  closed: {text_of(day, 'name')}"))


def _texts(record: Record, field: str) -> list[str]:
    found = record.get(field)
    return [str(one) for one in found] if isinstance(found, list) else []
