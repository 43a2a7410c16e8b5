"""`sickbay window`: maintenance windows, what they muted, and who did not come back."""

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
    print_json,
    print_table,
)
from sickbay_collector.cli.params import Ahead, Length
from sickbay_collector.cli.silence import print_muted
from sickbay_collector.cli.words import NOTHING, local, number_of, records_of, text_of
from sickbay_collector.core.words import span

_LIST = (
    Column(title="No.", field="number", right=True),
    Column(title="State", field="state"),
    Column(title="Begins", field="starts_at"),
    Column(title="For", field="duration_s"),
    Column(title="Title", field="title", wide=True),
    Column(title="About", field="matcher", wide=True),
    Column(title="Recurs", field="rrule", wide=True, extra=True),
    Column(title="Until", field="until", extra=True),
    Column(title="By", field="author", extra=True),
)
_OCCURRENCES = (
    Column(title="No.", field="occurrence", right=True),
    Column(title="State", field="state"),
    Column(title="From", field="starts_at"),
    Column(title="To", field="ends_at"),
    Column(title="Checked", field="checks_at"),
    Column(title="Up before", field="devices_up", right=True),
    Column(title="Back", field="devices_back", right=True),
    Column(title="Ticket", field="ticket_id", wide=True),
)
_DEVICES = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Before", field="presence"),
    Column(title="After", field="outcome"),
    Column(title="Lost", field="lost", wide=True),
)
_PATH = "/api/v1/windows"


@click.group()
@naming_collector
def window() -> None:
    """Plan maintenance: mute its alerts, and check that every device comes back."""


@window.command(
    "add",
    epilog="""\b
Examples:
  sickbay window add "Patch night" --device "srv-*" --start 2026-11-29T02:00 --zone Europe/Berlin \\
    --length 2h --rrule "FREQ=WEEKLY;BYDAY=SU" --until 90d -m "Monthly patches"
  sickbay window add "New switch" --device "lab-*" --start 2026-11-24T18:00 --zone UTC \\
    --length 3h -m "Lab network is rebuilt"
""",
)
@click.argument("title")
@matcher_options
@click.option("--start", required=True, metavar="TIME", help="Local: 2026-11-29T02:00.")
@click.option("--zone", required=True, metavar="ZONE", help="As Europe/Berlin or UTC.")
@click.option("--length", type=Length(), required=True, help="As 90m or 2h; at most 7d.")
@click.option("--rrule", default="", metavar="RULE", help="How it recurs; once without it.")
@click.option("--until", type=Ahead(), help="When it recurs no more; at most 366d ahead.")
@click.option("--grace", type=Length(), default="30m", show_default=True, help="Before the check.")
@click.option("-m", "--reason", required=True, metavar="TEXT", help="Why.")
@output_option
@asking_collector
def add(
    client: ApiClient,
    *,
    length: float,
    until: datetime | None,
    grace: float,
    output: str,
    **said: str | Sequence[str],
) -> None:
    """Plan a maintenance window. Look first with `preview`."""
    texts: Record = {name: value for name, value in said.items() if isinstance(value, str)}
    patterns = {name: value for name, value in said.items() if not isinstance(value, str)}
    body: Record = {
        **texts,
        "matcher": matcher_body(patterns),
        "duration_s": length,
        "until": until.isoformat() if until else None,
        "grace_s": grace,
    }
    _print([client.post(_PATH, body)], output)


window.add_command(
    preview_command(
        f"{_PATH}/preview",
        "Show which devices and alerts a window would be about.",
        example='sickbay window preview --device "srv-*"',
    )
)


@window.command(
    "ls",
    epilog="""\b
Examples:
  sickbay window ls
  sickbay window ls --all -o json
""",
)
@click.option("--all", "all_", is_flag=True, help="Those that are over too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(client: ApiClient, *, all_: bool, limit: int, output: str) -> None:
    """List maintenance windows, newest first."""
    query: Query = {"open": "false" if all_ else None}
    _print(list(client.pages(_PATH, query, limit=limit)), output)


@window.command(
    "show",
    epilog="""\b
Examples:
  sickbay window show 2
  sickbay window show 2 --last 20 -o csv
""",
)
@click.argument("number", type=click.IntRange(1))
@click.option("--last", type=click.IntRange(1, 50), default=3, show_default=True)
@output_option
@asking_collector
def show(client: ApiClient, number: int, last: int, output: str) -> None:
    """Show a window and its newest occurrences: what they muted, who did not come back."""
    found = client.get(f"{_PATH}/{number}")
    past = client.get(f"{_PATH}/{number}/occurrences", {"limit": last})
    occurrences = records_of(past, "items")
    if output == "json":
        print_json({**found, "occurrences": past["items"]})
    elif output == "csv":
        print_csv(_OCCURRENCES, occurrences)
    else:
        _print([found], output)
        for one in occurrences:
            _print_occurrence(one)


@window.command(
    "cancel",
    epilog="""\b
Example:
  sickbay window cancel 2
""",
)
@click.argument("number", type=click.IntRange(1))
@output_option
@asking_collector
def cancel(client: ApiClient, number: int, output: str) -> None:
    """End a window for good; what it keeps quiet and is still true opens its tickets."""
    _print([client.post(f"{_PATH}/{number}/cancel", None)], output)


def _print(items: list[Record], output: str) -> None:
    print_quiet(_LIST, items, _row, output=output, nothing="no maintenance windows")


def _row(item: Record) -> Sequence[Cell]:
    return (
        str(item.get("number")),
        text_of(item, "state") or NOTHING,
        local(item.get("starts_at")),
        span(number_of(item, "duration_s") or 0.0),
        text_of(item, "title"),
        text_of(item, "matcher"),
        text_of(item, "rrule") or "once",
        local(item.get("until")),
        text_of(item, "author"),
    )


def _print_occurrence(one: Record) -> None:
    make_console().print()
    moments = [local(one.get(name)) for name in ("starts_at", "ends_at", "checks_at")]
    counts = [str(one.get(name)) for name in ("devices_up", "devices_back")]
    row = (
        str(one.get("occurrence")),
        text_of(one, "state"),
        *moments,
        *counts,
        text_of(one, "ticket_id") or NOTHING,
    )
    print_table(_OCCURRENCES, [row], nothing="")
    devices = [
        (
            text_of(item, "hostname"),
            text_of(item, "presence"),
            text_of(item, "outcome") or NOTHING,
            _lost(item),
        )
        for item in records_of(one, "devices")
    ]
    if devices:
        print_table(_DEVICES, devices, nothing="")
    if muted := records_of(one, "muted"):
        print_muted(muted)


def _lost(item: Record) -> str:
    lost = item.get("lost")
    return "; ".join(str(one) for one in lost) if isinstance(lost, list) else ""
