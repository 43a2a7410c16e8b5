"""`sickbay device software|marks|diff`: what is installed, what happened, what is otherwise."""

from datetime import datetime
from urllib.parse import quote

import click

from sickbay_collector.cli import paint
from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_items, print_json, print_table
from sickbay_collector.cli.params import Moments
from sickbay_collector.cli.words import NOTHING, local, number_of, records_of, text_of

_SOFTWARE = (
    Column(title="Name", field="name", wide=True),
    Column(title="Version", field="version", wide=True),
    Column(title="Publisher", field="publisher", wide=True, extra=True),
    Column(title="Source", field="source"),
    Column(title="Since", field="since"),
    Column(title="Installed", field="installed", extra=True),
)
_MARKS = (
    Column(title="When", field="at"),
    Column(title="What", field="kind"),
    Column(title="Text", field="text", wide=True),
    Column(title="Until", field="until"),
    Column(title="Ticket", field="ticket", right=True),
)
_DIFFERENCE = (
    Column(title="Section", field="section"),
    Column(title="What", field="kind"),
    Column(title="Path", field="path", wide=True),
    Column(title="Before", field="old", wide=True),
    Column(title="After", field="new", wide=True),
)
_MOMENT = Moments()
_SINCE = click.option(
    "--since", type=_MOMENT, default="30d", show_default=True, help="Age or moment."
)
_UNTIL = click.option("--until", type=_MOMENT, default="0s", help="Age or moment.  [default: now]")


@click.command(
    epilog="""\b
Examples:
  sickbay device software ws-017
  sickbay device software ws-017 --text openssl
  sickbay device software ws-017 -o csv > software.csv
"""
)
@click.argument("name")
@click.option("--text", default="", metavar="TEXT", help="Only with this in name or publisher.")
@output_option
@asking_collector
def software(client: ApiClient, *, name: str, text: str, output: str) -> None:
    """Show what is installed, and since when each is there in its version."""
    found = client.get(_path(name, "software"), {"text": text or None})
    items = records_of(found, "items")
    print_items(found, _SOFTWARE, items, _package, output=output, nothing="no software")


@click.command(
    epilog="""\b
Examples:
  sickbay device marks ws-017
  sickbay device marks ws-017 --since 7d -o json
"""
)
@click.argument("name")
@_SINCE
@_UNTIL
@output_option
@asking_collector
def marks(client: ApiClient, *, name: str, since: datetime, until: datetime, output: str) -> None:
    """Show what happened to a device, newest first: alerts, tickets and changes."""
    found = client.get(_path(name, "marks"), _stretch(since, until))
    items = records_of(found, "items")
    print_items(
        found,
        _MARKS,
        items,
        lambda one: (
            local(one.get("at")),
            paint.word(one.get("kind")),
            text_of(one, "text"),
            local(one.get("until")),
            _number(one),
        ),
        output=output,
        nothing="nothing happened",
    )


@click.command(
    epilog="""\b
Examples:
  sickbay device diff ws-017 --since 2026-11-01 --until 2026-11-20
  sickbay device diff ws-017 --since 7d -o csv
"""
)
@click.argument("name")
@_SINCE
@_UNTIL
@output_option
@asking_collector
def diff(client: ApiClient, *, name: str, since: datetime, until: datetime, output: str) -> None:
    """Show what is otherwise in the inventory at one moment than at another."""
    found = client.get(_path(name, "difference"), _stretch(since, until))
    items = records_of(found, "changes")
    if output == "json":
        print_json(found)
        return
    if output == "csv":
        print_csv(_DIFFERENCE, items)
    else:
        rows = [
            (
                text_of(one, "section"),
                paint.word(one.get("kind")),
                text_of(one, "path"),
                text_of(one, "old"),
                text_of(one, "new"),
            )
            for one in items
        ]
        print_table(_DIFFERENCE, rows, nothing="nothing is otherwise")
    _say_what_is_left_out(found, len(items))


def _say_what_is_left_out(found: Record, shown: int) -> None:
    count = int(number_of(found, "count") or 0)
    if count > shown:
        click.echo(f"{count - shown} more changes are not shown", err=True)
    unknown = found.get("unknown")
    if isinstance(unknown, list) and unknown:
        click.echo(f"not known so far back: {', '.join(map(str, unknown))}", err=True)


def _stretch(since: datetime, until: datetime) -> Query:
    return {"since": since.isoformat(), "until": until.isoformat()}


def _path(name: str, part: str) -> str:
    return f"/api/v1/devices/{quote(name, safe='')}/{part}"


def _number(mark: Record) -> str:
    number = number_of(mark, "ticket")
    return NOTHING if number is None else f"#{number:.0f}"


def _package(one: Record) -> list[str]:
    earlier = "at least " if one.get("is_from_start") else ""
    return [
        text_of(one, "name"),
        text_of(one, "version"),
        text_of(one, "publisher"),
        text_of(one, "source"),
        f"{earlier}{local(one.get('since'))[:10]}",
        text_of(one, "installed"),
    ]
