"""`sickbay silence`: alerts that are known and open no ticket until a named time."""

from collections.abc import Sequence
from datetime import datetime

import click

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.matcher import (
    matcher_body,
    matcher_options,
    preview_command,
    print_quiet,
)
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Cell,
    Column,
    make_console,
    print_csv,
    print_table,
)
from sickbay_collector.cli.params import Ahead
from sickbay_collector.cli.words import local, records_of, text_of

_LIST = (
    Column(title="No.", field="number", right=True),
    Column(title="Until", field="ends_at"),
    Column(title="By", field="author"),
    Column(title="Reason", field="reason", wide=True),
    Column(title="Hides", field="matcher", wide=True),
    Column(title="Active", field="active"),
)
MUTED = (
    Column(title="Rule", field="rule_id"),
    Column(title="Muted", field="muted_at"),
    Column(title="Until", field="until"),
    Column(title="Became", field="outcome"),
    Column(title="What", field="sentence", wide=True),
    Column(title="Device", field="device_id"),
)
_PATH = "/api/v1/silences"


@click.group()
@naming_collector
def silence() -> None:
    """Keep known alerts from opening tickets, until a named time."""


@silence.command(
    "add",
    epilog="""\b
Examples:
  sickbay silence add --rule "disk.*" --device "build-*" --for 8h -m "Disks are replaced today"
  sickbay silence add --device ws-017 --for 3d -m "Known, part is ordered"
""",
)
@matcher_options
@click.option("--for", "ends_at", type=Ahead(), required=True, help="As 8h or 3d; at most 30d.")
@click.option("-m", "--reason", required=True, metavar="TEXT", help="Why.")
@output_option
@asking_collector
def add(
    client: ApiClient, ends_at: datetime, reason: str, output: str, **fields: Sequence[str]
) -> None:
    """Add a silence. Look first with `preview`."""
    body: Record = {
        "matcher": matcher_body(fields),
        "reason": reason,
        "ends_at": ends_at.isoformat(),
    }
    _print([client.post(_PATH, body)], output)


silence.add_command(
    preview_command(
        f"{_PATH}/preview",
        "Show what a silence would hide, and would have hidden in the last seven days.",
        example='sickbay silence preview --rule "disk.*" --device "build-*"',
    )
)


@silence.command(
    "ls",
    epilog="""\b
Examples:
  sickbay silence ls
  sickbay silence ls --all -o csv
""",
)
@click.option("--all", "all_", is_flag=True, help="Those that ended too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(client: ApiClient, *, all_: bool, limit: int, output: str) -> None:
    """List silences, newest first."""
    query: Query = {"active": "false" if all_ else None}
    _print(list(client.pages(_PATH, query, limit=limit)), output)


@silence.command(
    "show",
    epilog="""\b
Example:
  sickbay silence show 3
""",
)
@click.argument("number", type=click.IntRange(1))
@output_option
@asking_collector
def show(client: ApiClient, number: int, output: str) -> None:
    """Show a silence and what it muted."""
    found = client.get(f"{_PATH}/{number}")
    if output == "csv":
        print_csv(MUTED, records_of(found, "muted"))
        return
    _print([found], output)
    if output == "table":
        make_console().print()
        print_muted(records_of(found, "muted"))


@silence.command(
    "expire",
    epilog="""\b
Example:
  sickbay silence expire 3
""",
)
@click.argument("number", type=click.IntRange(1))
@output_option
@asking_collector
def expire(client: ApiClient, number: int, output: str) -> None:
    """End a silence now; its alerts that are still true open their tickets."""
    _print([client.post(f"{_PATH}/{number}/expire", None)], output)


@silence.command(
    "extend",
    epilog="""\b
Example:
  sickbay silence extend 3 --for 2d
""",
)
@click.argument("number", type=click.IntRange(1))
@click.option("--for", "ends_at", type=Ahead(), required=True, help="From now: as 8h or 3d.")
@output_option
@asking_collector
def extend(client: ApiClient, number: int, ends_at: datetime, output: str) -> None:
    """Let a silence end at another time."""
    body: Record = {"ends_at": ends_at.isoformat()}
    _print([client.post(f"{_PATH}/{number}/extend", body)], output)


def print_muted(items: list[Record]) -> None:
    """Print the alerts that something muted."""
    rows = [
        (
            text_of(item, "rule_id"),
            local(item.get("muted_at")),
            local(item.get("until")),
            text_of(item, "outcome") or "still muted",
            text_of(item, "sentence"),
        )
        for item in items
    ]
    print_table(MUTED[:5], rows, nothing="it muted no alert")


def _print(items: list[Record], output: str) -> None:
    print_quiet(_LIST, items, _row, output=output, nothing="no silences")


def _row(item: Record) -> Sequence[Cell]:
    return (
        str(item.get("number")),
        local(item.get("ends_at")),
        text_of(item, "author"),
        text_of(item, "reason"),
        text_of(item, "matcher"),
        "yes" if item.get("active") else "no",
    )
