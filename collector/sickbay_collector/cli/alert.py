"""`sickbay alert`: what was measured to be wrong, with tickets or kept quiet."""

from datetime import datetime

import click

from sickbay_collector.cli.client import ApiClient, Query
from sickbay_collector.cli.matcher import ALERTS, print_alerts
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import print_csv, print_json
from sickbay_collector.cli.params import Moments

_STANDING = ["open", "clearing"]


@click.group()
@naming_collector
def alert() -> None:
    """Look at alerts."""


@alert.command(
    "ls",
    epilog="""\b
Examples:
  sickbay alert ls
  sickbay alert ls --suppressed
  sickbay alert ls --all --device ws-017 --since 7d -o csv
""",
)
@click.option("--all", "all_", is_flag=True, help="Closed ones too.")
@click.option("--suppressed", is_flag=True, help="Only those that were kept from opening a ticket.")
@click.option("--device", metavar="NAME", help="Only of this device.")
@click.option("--rule", metavar="ID", help="Only of this rule.")
@click.option("--since", type=Moments(), help="Only those that opened then or later.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(
    client: ApiClient,
    *,
    all_: bool,
    suppressed: bool,
    since: datetime | None,
    limit: int,
    output: str,
    **filters: str | None,
) -> None:
    """List the alerts that are open, newest first, and why some have no ticket."""
    query: Query = {
        **filters,
        "status": None if all_ else _STANDING,
        "suppressed": "true" if suppressed else None,
        "since": since.isoformat() if since else None,
    }
    items = list(client.pages("/api/v1/alerts", query, limit=limit))
    if output == "json":
        print_json(list(items))
    elif output == "csv":
        print_csv(ALERTS, items)
    else:
        print_alerts(items)
