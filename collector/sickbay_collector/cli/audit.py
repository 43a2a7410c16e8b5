"""`sickbay audit`: what people changed outside of tickets."""

from collections.abc import Iterator
from datetime import datetime

import click

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_json, print_table
from sickbay_collector.cli.words import local, record_of, text_of

_COLUMNS = (
    Column(title="When", field="at"),
    Column(title="Who", field="actor"),
    Column(title="Did", field="action"),
    Column(title="Object", field="object"),
    Column(title="What", field="what", wide=True),
)
_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%z"])


@click.command(
    "audit",
    epilog="""\b
Examples:
  sickbay audit
  sickbay audit --actor ann --since 2026-11-01
  sickbay audit --kind config/technicians --id bob -o json
""",
)
@click.option("--actor", metavar="LOGIN", help="Only what this one did.")
@click.option("--action", metavar="WORD", help="Only this: added, changed, removed, ...")
@click.option("--kind", metavar="KIND", help="Only objects of this kind, like config/tiers.")
@click.option("--id", "object_id", metavar="ID", help="Only this object.")
@click.option("--since", type=_MOMENT, metavar="TIME", help="From this local time on.")
@click.option("--until", type=_MOMENT, metavar="TIME", help="Before this local time.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@output_option
@asking_collector
def command(  # noqa: PLR0913 - one for each option
    client: ApiClient,
    *,
    actor: str | None,
    action: str | None,
    kind: str | None,
    object_id: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    output: str,
) -> None:
    """List who changed what, newest first."""
    query: Query = {
        "actor": actor,
        "action": action,
        "object_kind": kind,
        "object_id": object_id,
        "since": _utc(since),
        "until": _utc(until),
    }
    found = list(client.pages("/api/v1/audit", query, limit=limit))
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


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone().isoformat()


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
