"""`sickbay asset repairs|repair|drop-repair`: what was done to a device."""

from datetime import UTC, datetime
from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, make_console, print_csv, print_json, print_table
from sickbay_collector.cli.words import local, number_of, record_of, records_of, text_of

_LIST = (
    Column(title="When", field="at"),
    Column(title="Kind", field="kind"),
    Column(title="What", field="text", wide=True),
    Column(title="Supplier", field="supplier", wide=True, extra=True),
    Column(title="Cost", field="cost", right=True),
    Column(title="By", field="by"),
    Column(title="Ticket", field="ticket", right=True),
    Column(title="Id", field="repair_id"),
)


@click.command(
    epilog="""\b
Examples:
  sickbay asset repairs ws-017
  sickbay asset repairs ws-017 -o csv
"""
)
@click.argument("device")
@output_option
@asking_collector
def repairs(client: ApiClient, device: str, output: str) -> None:
    """Show what was repaired or replaced, by hand and for tickets, newest first."""
    found = client.get(f"{path_of(device)}/repairs")
    items = records_of(found, "items")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_LIST, [{**one, "cost": _cost(one)} for one in items])
    else:
        print_table(_LIST, [_repair_row(one) for one in items], nothing="no repairs")
        for currency, cents in record_of(found, "cents").items():
            line = _cost({"cents": cents, "currency": currency})
            make_console().print(f"together {line}")


@click.command(
    epilog="""\b
Examples:
  sickbay asset repair ws-017 "Cleaned the fan"
  sickbay asset repair ws-017 "SSD 1 TB" --part --cost "129.90 EUR" --supplier Acme --on 2026-11-02
"""
)
@click.argument("device")
@click.argument("text")
@click.option("--part", is_flag=True, help="It is a part, not work.")
@click.option("--cost", default="", metavar="AMOUNT", help='Such as "129.90 EUR".')
@click.option("--supplier", default="", metavar="NAME")
@click.option("--key", default="", metavar="TEXT", help="Makes a repeated command the same repair.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="When.  [default: now]")
@asking_collector
def repair(
    client: ApiClient,
    *,
    device: str,
    text: str,
    part: bool,
    cost: str,
    supplier: str,
    key: str,
    on: datetime | None,
) -> None:
    """Write down a repair or part that no ticket has."""
    body: Record = {
        "kind": "part" if part else "repair",
        "text": text,
        "cost": cost,
        "supplier": supplier,
        "at": None if on is None else on.replace(tzinfo=UTC).isoformat(),
    }
    kept = client.post(f"{path_of(device)}/repairs", body, key=key)
    click.echo(f"kept as {text_of(kept, 'repair_id')}")


@click.command(
    "drop-repair",
    epilog="""\b
Example:
  sickbay asset drop-repair ws-017 0195a000-0000-7000-8000-000000000001
""",
)
@click.argument("device")
@click.argument("repair_id", metavar="ID")
@asking_collector
def drop_repair(client: ApiClient, device: str, repair_id: str) -> None:
    """Take off a repair that was written down by mistake; the history keeps it."""
    client.delete(f"{path_of(device)}/repairs/{quote(repair_id, safe='')}")
    click.echo("taken off")


REPAIRS = (repairs, repair, drop_repair)
"""What `sickbay asset` does with repairs."""


def path_of(device: str) -> str:
    """Return where the API has a device's record."""
    return f"/api/v1/devices/{quote(device, safe='')}/asset"


def _repair_row(item: Record) -> tuple[str, ...]:
    ticket = number_of(item, "ticket")
    return (
        local(item.get("at")),
        text_of(item, "kind"),
        text_of(item, "text"),
        text_of(item, "supplier"),
        _cost(item),
        text_of(item, "by"),
        "" if ticket is None else f"#{ticket:.0f}",
        text_of(item, "repair_id"),
    )


def _cost(item: Record) -> str:
    cents = number_of(item, "cents")
    return "" if cents is None else f"{cents / 100:.2f} {text_of(item, 'currency')}"
