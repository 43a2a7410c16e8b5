"""`sickbay ticket`: what the desk has to do, and doing it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import click
from rich.console import Console
from rich.text import Text

from sickbay_collector.cli import paint
from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.deliveries import print_deliveries
from sickbay_collector.cli.device_parts import grid
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.ticket_escalation import ack, escalation, snooze
from sickbay_collector.cli.ticket_sla import due_words, print_sla, with_sla
from sickbay_collector.cli.words import NOTHING, ago, local, number_of, records_of, text_of
from sickbay_collector.core.words import quantity

_LIST = (
    Column(title="No.", field="number", right=True),
    Column(title="Priority", field="priority"),
    Column(title="Tier", field="tier"),
    Column(title="Status", field="status"),
    Column(title="Device", field="hostname", wide=True),
    Column(title="Title", field="title", wide=True),
    Column(title="Assignee", field="assignee", wide=True, extra=True),
    Column(title="Due", field="sla_due_at"),
    Column(title="Opened", field="opened_at", extra=True),
    Column(title="Queue", field="queue"),
    Column(title="Category", field="category"),
    Column(title="Id", field="ticket_id"),
    Column(title="SLA", field="sla_state"),
    Column(title="SLA target", field="sla_target"),
)
_SHOWN = 9
_STATUSES = (
    "new",
    "assigned",
    "in_progress",
    "pending_user",
    "pending_vendor",
    "pending_change",
    "reopened",
    "resolved",
    "closed",
    "cancelled",
)


@click.group()
@naming_collector
def ticket() -> None:
    """Look at tickets and work on them."""


@ticket.command(
    "ls",
    epilog="""\b
Examples:
  sickbay ticket ls
  sickbay ticket ls --device ws-017 --all
  sickbay ticket ls --priority urgent --priority high --tier L2 -o csv
""",
)
@click.option("--all", "all_", is_flag=True, help="Resolved, closed and cancelled ones too.")
@click.option("--status", multiple=True, type=click.Choice(_STATUSES), help="Only these.")
@click.option("--device", metavar="NAME", help="Only of this device.")
@click.option("--priority", multiple=True, type=click.Choice(["urgent", "high", "medium", "low"]))
@click.option("--tier", multiple=True, type=click.Choice(["L1", "L2", "L3", "SEC"]))
@click.option("--assignee", metavar="USER", help="Only this technician's.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(
    client: ApiClient,
    *,
    all_: bool,
    limit: int,
    output: str,
    **filters: str | list[str] | None,
) -> None:
    """List the tickets that somebody has to work on, newest first."""
    query: Query = {**filters, "active": None if all_ else "true"}
    items = list(client.pages("/api/v1/tickets", query, limit=limit))
    if output == "json":
        print_json(list(items))
    elif output == "csv":
        print_csv(_LIST, [with_sla(item) for item in items])
    else:
        _print_list(items)


@ticket.command(
    epilog="""\b
Examples:
  sickbay ticket show 12
  sickbay ticket show 12 -o json
"""
)
@click.argument("number")
@output_option
@asking_collector
def show(client: ApiClient, number: str, output: str) -> None:
    """Show a ticket with its evidence, its worklog and who was told."""
    found = client.get(_path(number))
    _print(found, output)
    if output == "table":
        print_deliveries(client.get(f"{_path(number)}/deliveries"))


@ticket.command(
    epilog="""\b
Example:
  sickbay ticket take 12
"""
)
@click.argument("number")
@output_option
@asking_collector
def take(client: ApiClient, number: str, output: str) -> None:
    """Begin to work on a ticket; you become its assignee."""
    _, etag = client.get_with_etag(_path(number))
    _print(client.post(f"{_path(number)}/take", None, etag=etag), output)


@ticket.command(
    epilog="""\b
Example:
  sickbay ticket resolve 12 -m "Removed 40 GiB of old build output."
"""
)
@click.argument("number")
@click.option(
    "-m",
    "--resolution",
    required=True,
    metavar="TEXT",
    help="What was done; the user who is affected may read it.",
)
@output_option
@asking_collector
def resolve(client: ApiClient, number: str, resolution: str, output: str) -> None:
    """Resolve a ticket with what was done."""
    _, etag = client.get_with_etag(_path(number))
    _print(client.post(f"{_path(number)}/resolve", {"resolution": resolution}, etag=etag), output)


@ticket.command(
    epilog="""\b
Examples:
  sickbay ticket sla 12
  sickbay ticket sla 12 -o json
"""
)
@click.argument("number")
@output_option
@asking_collector
def sla(client: ApiClient, number: str, output: str) -> None:
    """Show what was promised for a ticket, and the arithmetic of its clocks line by line."""
    print_sla(client.get(f"{_path(number)}/sla"), output)


def _path(number: str) -> str:
    return f"/api/v1/tickets/{quote(number.removeprefix('#'), safe='')}"


def _print(ticket: Record, output: str) -> None:
    if output == "json":
        print_json(ticket)
    elif output == "csv":
        print_csv(_LIST, [with_sla(ticket)])
    else:
        _print_page(make_console(), ticket, datetime.now(UTC))


def _print_list(items: list[Record]) -> None:
    now = datetime.now(UTC)
    rows = [
        (
            f"#{item.get('number')}",
            paint.word(item.get("priority")),
            text_of(item, "tier"),
            paint.word(item.get("status")),
            text_of(item, "hostname"),
            text_of(item, "title"),
            text_of(item, "assignee") or NOTHING,
            due_words(item, now),
            ago(item.get("opened_at"), now=now),
        )
        for item in items
    ]
    print_table(_LIST[:_SHOWN], rows, nothing="no tickets")


def _print_page(console: Console, ticket: Record, now: datetime) -> None:
    console.print(
        Text.assemble((f"#{ticket.get('number')}  ", "bold"), (text_of(ticket, "title"), "bold"))
    )
    table = grid(columns=2, wide=1)
    for name, value in _facts(ticket, now):
        table.add_row(Text(name, style="dim"), value)
    console.print(table)
    if description := text_of(ticket, "description"):
        console.print()
        console.print(Text(description))
    _print_evidence(console, records_of(ticket, "evidence"))
    _print_worklog(console, records_of(ticket, "worklog"))


def _facts(ticket: Record, now: datetime) -> Iterator[tuple[str, Text]]:
    reason = text_of(ticket, "priority_reason")
    yield "status", paint.word(ticket.get("status"))
    yield "priority", Text.assemble(paint.word(ticket.get("priority")), f"  {reason}")
    yield "device", Text(text_of(ticket, "hostname") or text_of(ticket, "device_id"))
    yield (
        "queue",
        Text(
            f"{text_of(ticket, 'tier')} {text_of(ticket, 'queue')}"
            f"  {text_of(ticket, 'routing_reason')}"
        ),
    )
    yield "assignee", Text(text_of(ticket, "assignee") or "nobody")
    yield "SLA", due_words(ticket, now)
    opened = ticket.get("opened_at")
    yield "opened", Text(f"{local(opened)} ({ago(opened, now=now)})")
    if ticket.get("resolved_at"):
        yield "resolved", Text(f"{local(ticket['resolved_at'])}: {text_of(ticket, 'resolution')}")
    if times := number_of(ticket, "reopen_count"):
        yield "reopened", Text(f"{times:.0f} times", style="bold red")
    if runbook := text_of(ticket, "runbook"):
        yield "runbook", Text(runbook)


def _print_evidence(console: Console, evidence: list[Record]) -> None:
    if not evidence:
        return
    console.print(Text("\nEvidence", style="bold"))
    for item in evidence:
        value = quantity(number_of(item, "value") or 0.0, text_of(item, "unit"))
        console.print(Text(f"  {local(item.get('at'))}  {text_of(item, 'sentence')}"))
        console.print(
            Text(
                f"    {text_of(item, 'metric')} {text_of(item, 'instance_label')} {value},"
                f" {text_of(item, 'threshold')}, since {local(item.get('since'))}",
                style="dim",
            )
        )
        if history := text_of(item, "history"):
            console.print(Text(f"    {history}", style="dim"))


def _print_worklog(console: Console, worklog: list[Record]) -> None:
    if not worklog:
        return
    console.print(Text("\nWorklog", style="bold"))
    table = grid(columns=4, wide=3)
    for entry in worklog:
        table.add_row(
            Text(local(entry.get("at")), style="dim"),
            text_of(entry, "actor"),
            text_of(entry, "event"),
            Text(text_of(entry, "text")),
        )
    console.print(table)


for _command in (ack, snooze, escalation):
    ticket.add_command(_command)
