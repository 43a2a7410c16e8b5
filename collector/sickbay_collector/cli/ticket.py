"""`sickbay ticket`: what the desk has to do, and doing it."""

import click

from sickbay_collector.cli.client import ApiClient, Query
from sickbay_collector.cli.deliveries import print_deliveries
from sickbay_collector.cli.options import (
    asking_collector,
    choice_of,
    naming_collector,
    output_option,
)
from sickbay_collector.cli.ticket_acts import COMMANDS
from sickbay_collector.cli.ticket_bulk import bulk
from sickbay_collector.cli.ticket_escalation import ack, escalation, snooze
from sickbay_collector.cli.ticket_kin import similar, suggest
from sickbay_collector.cli.ticket_major import incident, subscribe, update
from sickbay_collector.cli.ticket_page import path_of, print_list, print_ticket
from sickbay_collector.cli.ticket_parts import PARTS
from sickbay_collector.cli.ticket_routing import escalate, reroute, why
from sickbay_collector.cli.ticket_sla import print_sla
from sickbay_collector.core.desk.ticket import TicketKind, TicketSource, TicketStatus
from sickbay_collector.core.desk.ticket_search import TicketOrder


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
@click.option("--status", multiple=True, type=choice_of(TicketStatus), help="Only these.")
@click.option("--device", metavar="NAME", help="Only of this device.")
@click.option("--priority", multiple=True, type=click.Choice(["urgent", "high", "medium", "low"]))
@click.option("--tier", multiple=True, metavar="ID", help="Only of this tier, as L2.")
@click.option("--assignee", metavar="USER", help="Only this technician's; none for nobody's.")
@click.option("--queue", multiple=True, metavar="NAME")
@click.option("--category", multiple=True, metavar="NAME")
@click.option("--kind", multiple=True, type=choice_of(TicketKind))
@click.option("--source", multiple=True, type=choice_of(TicketSource))
@click.option("--requester", metavar="ID", help="Only of this person.")
@click.option("--site", metavar="ID", help="Only of this site.")
@click.option("--major", is_flag=True, help="Only major incidents.")
@click.option("--text", metavar="TEXT", help="Part of the title, or the number.")
@click.option("--sort", type=choice_of(TicketOrder), default="opened", show_default=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(
    client: ApiClient,
    *,
    all_: bool,
    major: bool,
    limit: int,
    output: str,
    **filters: str | list[str] | None,
) -> None:
    """List the tickets that somebody has to work on."""
    query: Query = {
        **filters,
        "active": None if all_ else "true",
        "major": "true" if major else None,
    }
    items = list(client.pages("/api/v1/tickets", query, limit=limit))
    print_list(items, output)


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
    print_ticket(client.get(path_of(number)), output)
    if output == "table":
        print_deliveries(client.get(f"{path_of(number)}/deliveries"))


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
    print_sla(client.get(f"{path_of(number)}/sla"), output)


_FOLLOW = (ack, snooze, escalation, incident, update, subscribe)
for _command in (*COMMANDS, *PARTS, *_FOLLOW, escalate, reroute, why, bulk, similar, suggest):
    ticket.add_command(_command)
