"""`sickbay asset`: whose a device is, where it is from, what was done to it."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.text import Text

from sickbay_collector.cli.asset_repairs import REPAIRS, path_of
from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.device_parts import grid
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.sheets import export_command, import_command
from sickbay_collector.cli.words import (
    NOTHING,
    local,
    moment,
    record_of,
    records_of,
    text_of,
)

_FIELDS = (
    Column(title="Field", field="field"),
    Column(title="Value", field="value", wide=True),
    Column(title="Source", field="source"),
    Column(title="Holds", field="until"),
    Column(title="Since", field="at"),
    Column(title="By", field="by"),
)
_HISTORY = (
    Column(title="When", field="at"),
    Column(title="Who", field="actor"),
    Column(title="Field", field="field"),
    Column(title="Before", field="before", wide=True),
    Column(title="After", field="after", wide=True),
)
_CLASSES = ("workstation", "laptop", "server", "always_on")


@click.group()
@naming_collector
def asset() -> None:
    """Keep whose devices are, where they are from, and what was done to them."""


@asset.command(
    epilog="""\b
Examples:
  sickbay asset show ws-017
  sickbay asset show ws-017 -o json
"""
)
@click.argument("device")
@output_option
@asking_collector
def show(client: ApiClient, device: str, output: str) -> None:
    """Show a device's asset record: each field, who says so, and who says otherwise."""
    _print(client.get(path_of(device)), output)


@asset.command(
    "set",
    epilog="""\b
Examples:
  sickbay asset set ws-017 owner=ann@example.com site=berlin
  sickbay asset set ws-017 purchased_on=2026-03-01 cost="1299.00 EUR" supplier=Acme
  sickbay asset set ws-017 location="Room 12" --until 2027-01-01
  sickbay asset set ws-017 --withdraw location --criticality high

\b
Fields: owner, department, site, location, purchased_on, cost, supplier, warranty_until, contract,
end_of_life, asset_tag, vendor, model, serial, chassis.
""",
)
@click.argument("device")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="How long the values go before files and the device.  [default: for ever]",
)
@click.option(
    "--withdraw",
    multiple=True,
    metavar="FIELD",
    help="Say nothing about a field any more. May be repeated.",
)
@click.option("--class", "device_class", type=click.Choice(_CLASSES), help="What it is for.")
@click.option("--criticality", type=click.Choice(["high", "normal", "low"]))
@output_option
@asking_collector
def set_(
    client: ApiClient,
    *,
    device: str,
    fields: tuple[str, ...],
    until: datetime | None,
    withdraw: tuple[str, ...],
    device_class: str | None,
    criticality: str | None,
    output: str,
) -> None:
    """Say by hand what fields are; an empty value says that there is nothing.

    It goes before imported files and what the device says, until a date or for ever.
    """
    values: Record = dict(_pair(one) for one in fields)
    body: Record = {
        "fields": values,
        "withdraw": list(withdraw),
        "until": None if until is None else until.replace(tzinfo=UTC).isoformat(),
        "device_class": device_class,
        "criticality": criticality,
    }
    if not any(body.values()):
        raise click.UsageError("name what changes, such as site=berlin")
    _, etag = client.get_with_etag(path_of(device))
    _print(client.patch(path_of(device), body, etag=etag), output)


@asset.command(
    epilog="""\b
Examples:
  sickbay asset history ws-017
  sickbay asset history ws-017 -o csv
"""
)
@click.argument("device")
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True)
@output_option
@asking_collector
def history(client: ApiClient, device: str, limit: int, output: str) -> None:
    """Show who changed what of a device's record and maintenance, newest first."""
    items = list(client.pages(f"{path_of(device)}/history", {}, limit=limit))
    if output == "json":
        print_json(list(items))
        return
    lines = [line for item in items for line in _change_lines(item)]
    if output == "csv":
        print_csv(_HISTORY, lines)
    else:
        rows = [
            (local(line["at"]), *(text_of(line, one.field) for one in _HISTORY[1:]))
            for line in lines
        ]
        print_table(_HISTORY, rows, nothing="no changes")


for _act in REPAIRS:
    asset.add_command(_act)
asset.add_command(
    import_command(
        "/api/v1/assets/import",
        """Fill asset records from a CSV file; no device is made.

        A row is of the device with its device_id, else its serial, its asset_tag, its hostname.
        What somebody said by hand goes on to count. -o csv prints the errors.
        """,
        examples="""
        sickbay asset import assets.csv --dry-run
        sickbay asset import purchases.csv --map "S/N=serial" --map "Bought=purchased_on" --partial
        """,
    )
)
asset.add_command(
    export_command(
        "/api/v1/assets/export",
        "Write every device's record as CSV, which changes nothing when it is imported again.",
        examples="""
        sickbay asset export assets.csv
        sickbay asset export > assets.csv
        """,
    )
)


def _pair(text: str) -> tuple[str, str]:
    field, sign, value = text.partition("=")
    if not sign or not field.strip():
        raise click.UsageError(f"{text}: write it as FIELD=VALUE")
    return field.strip(), value


def _print(record: Record, output: str) -> None:
    if output == "json":
        print_json(record)
    elif output == "csv":
        print_csv(_FIELDS, [{"field": name, **one} for name, one in _fields(record)])
    else:
        _print_page(make_console(), record)


def _fields(record: Record) -> list[tuple[str, Record]]:
    found = record_of(record, "fields")
    return [(name, record_of(found, name)) for name in found]


def _print_page(console: Console, record: Record) -> None:
    what = text_of(record, "device_class").replace("_", " ")
    console.print(Text(text_of(record, "hostname"), style="bold"))
    console.print(Text(f"{what}, {text_of(record, 'criticality')} criticality"))
    fields = _fields(record)
    if not fields:
        console.print("nothing is known about it yet")
        return
    table = grid(columns=4, wide=2)
    owner = record_of(record, "owner")
    for name, field in fields:
        value = text_of(field, "value") or NOTHING
        if name == "owner" and owner:
            value = f"{text_of(owner, 'name')} {text_of(owner, 'email')}".strip()
        table.add_row(Text(name, style="dim"), Text(value), _said(field), local(field.get("at")))
        for other in records_of(field, "conflicts"):
            said = text_of(other, "value") or NOTHING
            table.add_row("", Text(f"not {said}", style="yellow"), _said(other), "")
    console.print(table)


def _said(claim: Record) -> Text:
    by = f" by {text_of(claim, 'by')}" if text_of(claim, "by") else ""
    until = moment(claim.get("until"))
    holds = "" if until is None else f", until {until:%Y-%m-%d}"
    return Text(f"{text_of(claim, 'source')}{by}{holds}", style="dim")


def _change_lines(item: Record) -> list[Record]:
    before, after = record_of(item, "before"), record_of(item, "after")
    return [
        {
            "at": item.get("at"),
            "actor": item.get("actor"),
            "field": name,
            "before": before.get(name, ""),
            "after": after.get(name, ""),
        }
        for name in sorted({*before, *after})
    ]
