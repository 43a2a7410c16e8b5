"""`sickbay alert`: what was measured to be wrong, with tickets or kept quiet."""

from datetime import datetime
from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.matcher import ALERTS, print_alerts
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.params import Moments
from sickbay_collector.cli.words import NOTHING, local, number_of, records_of, text_of
from sickbay_collector.core.words import quantity

_STANDING = ["open", "clearing"]
_TIMELINE = (
    Column(title="When", field="at"),
    Column(title="What", field="kind"),
    Column(title="Text", field="text", wide=True),
)
_READINGS = (
    Column(title="Measured", field="label", wide=True),
    Column(title="Value", field="value", right=True),
    Column(title="Limit", field="threshold", wide=True),
)


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
@click.option(
    "--urgency", type=click.IntRange(1, 3), multiple=True, help="Only this; 1 is the highest."
)
@click.option("--since", type=Moments(), help="Only those that opened then or later.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(
    client: ApiClient,
    *,
    all_: bool,
    suppressed: bool,
    urgency: tuple[int, ...],
    since: datetime | None,
    limit: int,
    output: str,
    **filters: str | None,
) -> None:
    """List the alerts that are open, newest first, and why some have no ticket."""
    query: Query = {
        **filters,
        "status": None if all_ else _STANDING,
        "urgency": [str(one) for one in urgency] or None,
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


@alert.command(
    "show",
    epilog="""\b
Examples:
  sickbay alert show 0195a000-0000-7000-8000-0000000000bb
  sickbay alert show 0195a000-0000-7000-8000-0000000000bb -o json
""",
)
@click.argument("alert_id", metavar="ID")
@output_option
@asking_collector
def show(client: ApiClient, alert_id: str, output: str) -> None:
    """Show one alert: its evidence, what keeps it quiet, and what happened to it."""
    found = client.get(f"/api/v1/alerts/{quote(alert_id, safe='')}")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_TIMELINE, records_of(found, "timeline"))
    else:
        _print_page(found)


def _print_page(found: Record) -> None:
    console = make_console()
    console.print(text_of(found, "sentence"), style="bold", markup=False)
    facts = {
        "device": text_of(found, "hostname") or text_of(found, "device_id"),
        "rule": f"{text_of(found, 'rule_id')} {text_of(found, 'rule_version')[:12]}",
        "status": text_of(found, "status"),
        "true since": local(found.get("since")),
        "opened": local(found.get("opened_at")),
        "measured": local(found.get("measured_at")),
        "no ticket": text_of(found, "suppressed_reason") or NOTHING,
        "ticket": str(found.get("ticket_number") or NOTHING),
        "closes when": text_of(found, "closes_when") or NOTHING,
    }
    for name, value in facts.items():
        console.print(f"{name:12} {value}", markup=False, highlight=False)
    console.print()
    readings = [
        (text_of(one, "label"), _value(one), text_of(one, "threshold"))
        for one in records_of(found, "readings")
    ]
    print_table(_READINGS, readings, nothing="its readings were not kept")
    console.print()
    happened = [
        (local(one.get("at")), text_of(one, "kind"), text_of(one, "text"))
        for one in records_of(found, "timeline")
    ]
    print_table(_TIMELINE, happened, nothing="nothing happened yet")


def _value(reading: Record) -> str:
    return quantity(number_of(reading, "value") or 0.0, text_of(reading, "unit"))
