"""`sickbay audit`: what people changed outside of tickets, and whether it still says so."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

import click

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_json, print_table
from sickbay_collector.cli.progress import showing_rows
from sickbay_collector.cli.words import local, number_of, record_of, text_of
from sickbay_collector.core.errors import SickbayError

_COLUMNS = (
    Column(title="When", field="at"),
    Column(title="Who", field="actor"),
    Column(title="Did", field="action"),
    Column(title="Object", field="object"),
    Column(title="What", field="what", wide=True),
)
_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%z"])
_PATH = "/api/v1/audit"
_HELP = frozenset({"-h", "--help"})
_FILTERS = (
    click.option("--actor", metavar="LOGIN", help="Only what this one did."),
    click.option("--action", metavar="WORD", help="Only this: added, changed, removed, ..."),
    click.option("--kind", metavar="KIND", help="Only objects of this kind, like config/tiers."),
    click.option("--id", "object_id", metavar="ID", help="Only this object."),
    click.option("--since", type=_MOMENT, metavar="TIME", help="From this local time on."),
    click.option("--until", type=_MOMENT, metavar="TIME", help="Before this local time."),
)
_BROKEN = {
    "changed": "it does not say any more what it said when it was written",
    "unlinked": "it does not follow the event before, which was changed, removed or put in",
    "cut": "it is the last one, and not the last that was written",
    "added": "it stands behind the last one that was written",
    "replaced": "it is missing, or its hash is not the one that was noted",
}
_NOTED = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
_Command: TypeAlias = Callable[..., None]
_Filter: TypeAlias = str | datetime | None


class _Noted(click.ParamType[tuple[str, str]]):
    """An event's entry and hash, as `verify` prints the last one's."""

    name = "entry:hash"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the two."""
        found = _NOTED.fullmatch(str(value))
        if found is None:
            self.fail("write it as `sickbay audit verify` prints it, like 1204:9f86...", param, ctx)
        return found[1], found[2]


class _Listing(click.Group):
    """Lists where no command is named, as it did before it had commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command that is meant."""
        if not _HELP.union(self.commands).intersection(args):
            args = ["ls", *args]
        return super().parse_args(ctx, args)


def _filtered(command: _Command) -> _Command:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.group(
    "audit",
    cls=_Listing,
    epilog="""\b
Examples:
  sickbay audit --actor ann --since 2026-11-01
  sickbay audit verify
  sickbay audit export --format csv > audit.csv
""",
)
@naming_collector
def command() -> None:
    """List who changed what; prove that the list is whole; write it to a file."""


@command.command(
    "ls",
    epilog="""\b
Examples:
  sickbay audit
  sickbay audit --actor ann --since 2026-11-01
  sickbay audit --kind config/technicians --id bob -o json
""",
)
@_filtered
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@output_option
@asking_collector
def list_(client: ApiClient, *, limit: int, output: str, **filters: _Filter) -> None:
    """List who changed what, newest first (without a command, too)."""
    found = list(client.pages(_PATH, _query(filters), limit=limit))
    if output == "json":
        print_json(list(found))
    elif output == "csv":
        print_csv(_COLUMNS, [{**one, **_shown(one)} for one in found])
    else:
        rows = [
            (local(one["at"]), text_of(one, "actor"), text_of(one, "action"), *_shown(one).values())
            for one in found
        ]
        print_table(_COLUMNS, rows, nothing="nobody changed anything that passes the filter")


@command.command(
    epilog="""\b
Examples:
  sickbay audit verify
  sickbay audit verify --holds 1204:9f86d081884c7d65...

Exit code 1 where the chain is broken. Note the last hash elsewhere now and then: with --holds it
shows later that nobody wrote the whole chain anew.
""",
)
@click.option("--holds", type=_Noted(), metavar="ENTRY:HASH", help="Noted before; must be in it.")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table")
@asking_collector
def verify(client: ApiClient, *, holds: tuple[str, str] | None, output: str) -> None:
    """Reckon the whole chain anew, in parts, and name the first event that does not fit."""
    entry, noted = holds or (None, None)
    answer = _verified(client, {"entry": entry, "hash": noted})
    sentence = _broken(answer)
    if output == "json":
        print_json(answer)
    elif not sentence:
        click.echo(
            f"whole: {answer['events']} events, the last is "
            f"{answer['last_entry']}:{answer['last_hash']}"
        )
    if sentence:
        raise SickbayError(sentence)


@command.command(
    epilog="""\b
Examples:
  sickbay audit export > audit.jsonl
  sickbay audit export --format csv --since 2026-11-01 > november.csv
""",
)
@_filtered
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, with which anybody can reckon the chain, or CSV for a spreadsheet.",
)
@asking_collector
def export(client: ApiClient, *, format_: str, **filters: _Filter) -> None:
    """Write events to standard output, the oldest first."""
    for piece in client.stream(f"{_PATH}/export", {**_query(filters), "format": format_}):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _verified(client: ApiClient, wanted: Query) -> Record:
    """Return what came of the last part: the end of the chain, or what does not fit."""
    cursor: str | None = None
    with showing_rows() as show:
        while True:
            answer = client.get(f"{_PATH}/verify", {**wanted, "cursor": cursor})
            show("events", _count(answer, "events"), _count(answer, "written_entry"))
            cursor = text_of(answer, "next_cursor") or None
            if cursor is None:
                return answer


def _count(answer: Record, field: str) -> int:
    return int(number_of(answer, field) or 0)


def _query(filters: Mapping[str, _Filter]) -> Query:
    said = {"object_kind" if name == "kind" else name: value for name, value in filters.items()}
    return {
        name: value.astimezone().isoformat() if isinstance(value, datetime) else value
        for name, value in said.items()
    }


def _broken(answer: Record) -> str:
    broken = answer["broken"]
    if not isinstance(broken, dict):
        return ""
    return (
        f"the audit is broken at event {broken['entry']}: {_BROKEN[text_of(broken, 'why')]}; "
        f"{answer['events']} events before it fit"
    )


def _shown(event: Record) -> dict[str, str]:
    return {
        "object": f"{text_of(event, 'object_kind')}/{text_of(event, 'object_id')}",
        "what": ", ".join(_changes(event)),
    }


def _changes(event: Record) -> Iterator[str]:
    before, after = record_of(event, "before"), record_of(event, "after")
    for key in dict.fromkeys((*before, *after)):
        if key not in before:
            yield f"{key}: {after[key]}"
        else:
            yield f"{key}: {before[key]} -> {after.get(key, '(gone)')}"
