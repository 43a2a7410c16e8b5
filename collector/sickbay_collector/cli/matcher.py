"""Options that name which alerts are meant, and what a preview shows of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import click

from sickbay_collector.cli.client import ApiClient, Json, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import (
    Cell,
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.words import ago, number_of, records_of, text_of

P = ParamSpec("P")
R = TypeVar("R")

ALERTS = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Rule", field="rule_id"),
    Column(title="Where", field="instance_label", wide=True),
    Column(title="Status", field="status"),
    Column(title="Opened", field="opened_at"),
    Column(title="Why no ticket", field="suppressed_reason", wide=True),
    Column(title="What", field="sentence", wide=True),
    Column(title="Ticket", field="ticket_id"),
    Column(title="Id", field="alert_id"),
)
ALERTS_SHOWN = 6
_FIELDS = (
    ("--device", "device", "Host name, as ws-* in any case, or id."),
    ("--class", "device_class", "workstation, laptop, server or always_on."),
    ("--site", "site", "Id of the device's site."),
    ("--rule", "rule", "Id of a rule, as disk.*."),
    ("--family", "family", "Family of rules."),
    ("--category", "category", "Category of rules, as storage."),
    ("--priority", "priority", "urgent, high, medium or low."),
    ("--instance", "instance", "What on the device: a mount point, a drive."),
)


def matcher_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the options that name alerts; each may be given several times."""
    for flag, name, sentence in reversed(_FIELDS):
        option = click.option(flag, name, multiple=True, metavar="PATTERN", help=sentence)
        command = option(command)
    return command


def matcher_body(fields: dict[str, Sequence[str]]) -> Record:
    """Return what the options said, as the API takes it.

    Raises:
        click.UsageError: They named nothing.
    """
    said: dict[str, Json] = {name: [*values] for name, values in fields.items() if values}
    if not said:
        raise click.UsageError('name which alerts, such as --rule "disk.*"; --device "*" for all')
    return said


def matcher_words(record: Record) -> str:
    """Return a matcher of the API on one line."""
    matcher = record.get("matcher")
    fields = matcher.items() if isinstance(matcher, dict) else ()
    return "; ".join(
        f"{name.replace('_', ' ')} {', '.join(str(one) for one in values)}"
        for name, values in fields
        if isinstance(values, list) and values
    )


def print_quiet(
    columns: Sequence[Column],
    items: list[Record],
    row: Callable[[Record], Sequence[Cell]],
    *,
    output: str,
    nothing: str,
) -> None:
    """Print silences or windows, each with its matcher on one line; one alone is no list in JSON.

    Args:
        columns: Of the table and of CSV.
        items: What the API answered.
        row: Makes the cells of one.
        output: "table", "json" or "csv".
        nothing: What is said where there are none.
    """
    if output == "json":
        print_json(list(items) if len(items) != 1 else items[0])
        return
    said = [{**item, "matcher": matcher_words(item)} for item in items]
    if output == "csv":
        print_csv(columns, said)
    else:
        print_table(columns, [row(item) for item in said], nothing=nothing)


def preview_command(path: str, sentence: str, *, example: str) -> click.Command:
    """Return the command that shows what a silence or window would be about.

    Args:
        path: Where the API says it.
        sentence: What the command shows.
        example: Of its use.
    """

    @matcher_options
    @output_option
    @asking_collector
    def preview(client: ApiClient, output: str, **fields: Sequence[str]) -> None:
        _print_preview(client.post(path, {"matcher": matcher_body(fields)}), output)

    return click.command("preview", help=sentence, epilog=f"\b\nExample:\n  {example}")(preview)


def print_alerts(items: list[Record]) -> None:
    """Print alerts as a table."""
    now = datetime.now(UTC)
    rows = [
        (
            text_of(item, "hostname") or text_of(item, "device_id"),
            text_of(item, "rule_id"),
            text_of(item, "instance_label"),
            text_of(item, "status"),
            ago(item.get("opened_at"), now=now),
            text_of(item, "suppressed_reason"),
        )
        for item in items
    ]
    print_table(ALERTS[:ALERTS_SHOWN], rows, nothing="no alerts")


def _print_preview(found: Record, output: str) -> None:
    if output == "json":
        print_json(found)
        return
    if output == "csv":
        print_csv(ALERTS, [*records_of(found, "open"), *records_of(found, "recent")])
        return
    console = make_console()
    console.print(f"covers {_number(found, 'devices')} devices")
    for name, title in (("open", "open now"), ("recent", "opened in the last 7 days")):
        items = records_of(found, name)
        count = _number(found, f"{name}_count")
        shown = "" if count == len(items) else f", the newest {len(items)}"
        console.print(f"\n{count} alerts {title}{shown}")
        if items:
            print_alerts(items)
    if found.get("is_complete") is False:
        console.print("\nthere are more alerts than were looked at")


def _number(record: Record, field: str) -> int:
    return int(number_of(record, field) or 0)
