"""`sickbay problem`: what makes incidents come back, and what is done about it."""

from datetime import UTC, datetime

import click
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.device_parts import grid
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.relatives import print_relatives
from sickbay_collector.cli.words import (
    NOTHING,
    ago,
    local,
    number_of,
    record_of,
    records_of,
    text_of,
)
from sickbay_collector.core.words import span

_LIST = (
    Column(title="No.", field="number", right=True),
    Column(title="State", field="state"),
    Column(title="Title", field="title", wide=True),
    Column(title="Why", field="reason", wide=True),
    Column(title="Owner", field="owner"),
    Column(title="Raised", field="raised_at"),
    Column(title="Family", field="family", extra=True),
    Column(title="Rule", field="rule_id", extra=True),
    Column(title="Factor", field="factor", extra=True),
    Column(title="Value", field="factor_value", extra=True),
)
_SHOWN = 6
_STATES = (
    "open",
    "under_investigation",
    "known_error",
    "fix_in_progress",
    "resolved",
    "closed",
)
_PATH = "/api/v1/problems"


@click.group()
@naming_collector
def problem() -> None:
    """Look at what makes incidents come back, and do something about it."""


@problem.command(
    "ls",
    epilog="""\b
Examples:
  sickbay problem ls
  sickbay problem ls --all -o csv
""",
)
@click.option("--all", "all_", is_flag=True, help="Resolved and closed ones too.")
@click.option("--state", multiple=True, type=click.Choice(_STATES), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(
    client: ApiClient, *, all_: bool, state: tuple[str, ...], limit: int, output: str
) -> None:
    """List problems, newest first."""
    states = [*state] or ([] if all_ else [*_STATES[:4]])
    query: Query = {"state": states}
    items = list(client.pages(_PATH, query, limit=limit))
    if output == "json":
        print_json(list(items))
    elif output == "csv":
        print_csv(_LIST, items)
    else:
        _print_list(items)


@problem.command("show", epilog="\b\nExample:\n  sickbay problem show 4")
@click.argument("number", type=click.IntRange(1))
@output_option
@asking_collector
def show(client: ApiClient, number: int, output: str) -> None:
    """Show a problem, its tickets and incidents, and how often they come before and since its fix.

    A problem of the fleet has a parent, the ticket that stands for those of its devices.
    """
    _print(client.get(f"{_PATH}/{number}"), output)


@problem.command("own", epilog="\b\nExample:\n  sickbay problem own 4")
@click.argument("number", type=click.IntRange(1))
@output_option
@asking_collector
def own(client: ApiClient, number: int, output: str) -> None:
    """Take a problem; you become its owner."""
    _print(client.post(f"{_PATH}/{number}/own", None), output)


@problem.command(
    "workaround", epilog='\b\nExample:\n  sickbay problem workaround 4 -m "Restart the spooler."'
)
@click.argument("number", type=click.IntRange(1))
@click.option("-m", "--text", required=True, metavar="TEXT", help="How to get by.")
@output_option
@asking_collector
def workaround(client: ApiClient, number: int, text: str, output: str) -> None:
    """Say how to get by until it is fixed."""
    _print(client.post(f"{_PATH}/{number}/workaround", {"text": text}), output)


@problem.command(
    "known-error", epilog='\b\nExample:\n  sickbay problem known-error 4 -m "Driver 2.1 leaks."'
)
@click.argument("number", type=click.IntRange(1))
@click.option("-m", "--text", required=True, metavar="TEXT", help="What its cause is.")
@output_option
@asking_collector
def known_error(client: ApiClient, number: int, text: str, output: str) -> None:
    """Say what its cause is."""
    _print(client.post(f"{_PATH}/{number}/known-error", {"text": text}), output)


@problem.command("fix", epilog='\b\nExample:\n  sickbay problem fix 4 -m "Driver 2.2 goes out."')
@click.argument("number", type=click.IntRange(1))
@click.option("-m", "--text", required=True, metavar="TEXT", help="How it is being fixed.")
@output_option
@asking_collector
def fix(client: ApiClient, number: int, text: str, output: str) -> None:
    """Say how it is being fixed."""
    _print(client.post(f"{_PATH}/{number}/fix", {"text": text}), output)


@problem.command("resolve", epilog="\b\nExample:\n  sickbay problem resolve 4")
@click.argument("number", type=click.IntRange(1))
@output_option
@asking_collector
def resolve(client: ApiClient, number: int, output: str) -> None:
    """Say that its fix is out; incidents count anew from here."""
    _print(client.post(f"{_PATH}/{number}/resolve", None), output)


@problem.command("close", epilog="\b\nExample:\n  sickbay problem close 4")
@click.argument("number", type=click.IntRange(1))
@output_option
@asking_collector
def close(client: ApiClient, number: int, output: str) -> None:
    """End a resolved problem."""
    _print(client.post(f"{_PATH}/{number}/close", None), output)


def _print_list(items: list[Record]) -> None:
    now = datetime.now(UTC)
    rows = [
        (
            str(item.get("number")),
            text_of(item, "state"),
            text_of(item, "title"),
            text_of(item, "reason"),
            text_of(item, "owner") or NOTHING,
            ago(item.get("raised_at"), now=now),
        )
        for item in items
    ]
    print_table(_LIST[:_SHOWN], rows, nothing="no problems")


def _print(found: Record, output: str) -> None:
    if output == "json":
        print_json(found)
        return
    if output == "csv":
        print_csv(_LIST, [found])
        return
    console = make_console()
    console.print(Text(f"{found.get('number')}  {text_of(found, 'title')}", style="bold"))
    table = grid(columns=2, wide=1)
    for name in ("state", "reason", "owner", "workaround", "known_error", "fix"):
        shown = Text(text_of(found, name) or NOTHING)
        table.add_row(Text(name.replace("_", " "), style="dim"), shown)
    table.add_row(Text("raised", style="dim"), Text(local(found.get("raised_at"))))
    table.add_row(Text("resolved", style="dim"), Text(local(found.get("resolved_at"))))
    for name in ("before", "after"):
        table.add_row(Text(f"{name} fix", style="dim"), Text(_how_often(found, name)))
    console.print(table)
    if found.get("parent"):
        print_relatives(console, "Parent", [record_of(found, "parent")])
    print_relatives(console, "Tickets", records_of(found, "children"))
    console.print(Text("\nIncidents", style="bold"))
    for one in records_of(found, "incidents"):
        place = f"device {text_of(one, 'device_id')}  ticket {text_of(one, 'ticket_id')}"
        console.print(Text(f"  {local(one.get('at'))}  {place}"))


def _how_often(found: Record, name: str) -> str:
    said = record_of(found, "reliability")
    count = int(number_of(said, f"failures_{name}") or 0)
    mean_s = number_of(said, f"mtbf_{name}_s")
    return f"{count} incidents" + (f", one in {span(mean_s)}" if mean_s is not None else "")
