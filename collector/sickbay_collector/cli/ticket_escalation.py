"""`sickbay ticket ack`, `snooze` and `escalation`: who takes care, and who is told while nobody."""

from collections.abc import Iterator

import click
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, make_console, make_table, print_csv, print_json
from sickbay_collector.cli.params import Seconds
from sickbay_collector.cli.ticket_page import path_of
from sickbay_collector.cli.words import local, number_of, records_of, text_of

_STEPS = (
    Column(title="When", field="at"),
    Column(title="Step", field="kind"),
    Column(title="Done", field="done"),
    Column(title="What", field="text", wide=True),
)
_STYLES = {"acked": "green", "exhausted": "bold red", "notified": "yellow", "ended": "dim"}


@click.command(
    epilog="""\b
Example:
  sickbay ticket ack 12
"""
)
@click.argument("number")
@output_option
@asking_collector
def ack(client: ApiClient, number: str, output: str) -> None:
    """Take care of a ticket: nobody is told of it any more."""
    print_escalation(client.post(f"{path_of(number)}/acknowledge", None), output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket snooze 12 --for 4h -m "The spare part comes at noon."
  sickbay ticket snooze 12 --until 2026-11-23T08:00+01:00 -m "The user is back on Monday."
"""
)
@click.argument("number")
@click.option("--for", "for_", type=Seconds(), help="How long, as 90m, 4h or 2d; 7d at most.")
@click.option("--until", metavar="MOMENT", help="Until when, as 2026-11-23T08:00+01:00.")
@click.option("-m", "--reason", required=True, metavar="TEXT", help="Why.")
@output_option
@asking_collector
def snooze(
    client: ApiClient,
    number: str,
    *,
    for_: float | None,
    until: str | None,
    reason: str,
    output: str,
) -> None:
    """Put a ticket off: its escalation stands still, and goes on by itself."""
    if (for_ is None) == (until is None):
        raise click.UsageError("say either --for or --until")
    body: Record = {"reason": reason, "until": until, "for_s": for_}
    print_escalation(client.post(f"{path_of(number)}/snooze", body), output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket escalation 12
  sickbay ticket escalation 12 -o json
"""
)
@click.argument("number")
@output_option
@asking_collector
def escalation(client: ApiClient, number: str, output: str) -> None:
    """Show who was told of a ticket, and what is to come when."""
    print_escalation(client.get(f"{path_of(number)}/escalation"), output)


def print_escalation(found: Record, output: str) -> None:
    """Print an escalation and its steps."""
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_STEPS, list(_steps(found)))
    else:
        _print_page(found)


def _steps(found: Record) -> Iterator[Record]:
    for step in records_of(found, "done"):
        yield {**step, "done": "yes"}
    for step in records_of(found, "to_come"):
        yield {**step, "done": "to come"}


def _print_page(found: Record) -> None:
    console, state = make_console(), text_of(found, "state")
    number = f"ticket {number_of(found, 'number'):.0f}"
    if state:
        policy = f"Escalation {text_of(found, 'policy')} of {number}: "
        console.print(Text.assemble(policy, (state, _STYLES.get(state, ""))))
    else:
        console.print(f"{number} has no escalation")
    if at := found.get("acknowledged_at"):
        console.print(f"{text_of(found, 'acknowledged_by')} takes care of it since {local(at)}")
    if at := found.get("snoozed_until"):
        console.print(f"snoozed until {local(at)}")
    rows = [
        (local(step.get("at")), *(text_of(step, name) for name in ("kind", "done", "text")))
        for step in _steps(found)
    ]
    if rows:
        console.print(make_table(_STEPS, rows, width=console.width))
