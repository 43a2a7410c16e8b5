"""`sickbay ticket incident`, `update` and `subscribe`: major incidents and who hears of them."""

import click
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, make_console, print_csv, print_json
from sickbay_collector.cli.ticket_page import path_of
from sickbay_collector.cli.ticket_sla import clock_length
from sickbay_collector.cli.words import local, number_of, text_of

_COLUMNS = (
    Column(title="No.", field="number"),
    Column(title="Owner", field="owner"),
    Column(title="Update every", field="update_every_s"),
    Column(title="Declared", field="declared_at"),
    Column(title="By", field="declared_by"),
    Column(title="Last update", field="updated_at"),
    Column(title="Next update", field="due_at"),
    Column(title="Updates", field="updates"),
    Column(title="Missed", field="missed"),
    Column(title="Over", field="ended_at"),
)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket incident 12
  sickbay ticket incident 12 -o json
"""
)
@click.argument("number")
@output_option
@asking_collector
def incident(client: ApiClient, number: str, output: str) -> None:
    """Show who leads a major incident, when the next update is due, and who hears of it."""
    _print(client.get(f"{path_of(number)}/major"), output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket update 12 -m "The line is repaired; mail arrives in half an hour."
"""
)
@click.argument("number")
@click.option("-m", "--text", required=True, metavar="TEXT", help="What everybody reads.")
@output_option
@asking_collector
def update(client: ApiClient, number: str, text: str, output: str) -> None:
    """Tell everybody how a major incident goes, which sets its clock back."""
    _print(client.post(f"{path_of(number)}/updates", {"text": text}), output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket subscribe 12 person:ada@example.com
  sickbay ticket subscribe 12 technician:ben --off
"""
)
@click.argument("number")
@click.argument("who")
@click.option("--off", is_flag=True, help="Let them hear no more.")
@output_option
@asking_collector
def subscribe(client: ApiClient, number: str, who: str, output: str, *, off: bool) -> None:
    """Let somebody hear of a major incident: person:NAME or technician:LOGIN."""
    body: Record = {"who": who, "subscribed": not off}
    _print(client.post(f"{path_of(number)}/subscribers", body), output)


def _print(found: Record, output: str) -> None:
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_COLUMNS, [found])
    else:
        _print_page(found)


def _print_page(found: Record) -> None:
    console = make_console()
    number, title = number_of(found, "number") or 0, text_of(found, "title")
    console.print(Text(f"Major incident {number:.0f}: {title}", style="bold"))
    console.print(f"led by {text_of(found, 'owner') or 'nobody'}")
    every = clock_length(number_of(found, "update_every_s"))
    said = f"{number_of(found, 'updates'):.0f} updates, the last {local(found.get('updated_at'))}"
    if found.get("ended_at"):
        console.print(f"{said}; over since {local(found.get('ended_at'))}")
    else:
        console.print(f"{said}; next due {local(found.get('due_at'))}, every {every}")
    if missed := number_of(found, "missed"):
        console.print(Text(f"{missed:.0f} reminders of a late update", style="bold red"))
    who = found.get("subscribers")
    names = ", ".join(str(one) for one in who) if isinstance(who, list) else ""
    console.print(f"heard of by {names or 'nobody'}")
