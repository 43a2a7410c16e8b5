"""`sickbay device pair`, `different`, `same`: deciding about devices that look alike."""

from datetime import UTC, datetime
from urllib.parse import quote

import click
from rich.console import Console

from sickbay_collector.cli.client import ApiClient, Json, Record
from sickbay_collector.cli.device_identity import word_for
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.words import NOTHING, ago, number_of, record_of, records_of, text_of
from sickbay_collector.core.identity import SAME_POINTS
from sickbay_collector.core.identity_words import HINDRANCES, KINDS, OBJECTIONS, OUTCOMES

_SIDES = (
    Column(title="", field="kind"),
    Column(title="Older", field="older", wide=True),
    Column(title="Newer", field="newer", wide=True),
    Column(title="Compared", field="outcome", wide=True),
    Column(title="Points", field="points", right=True),
)
_MERGED = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Id", field="device_id"),
    Column(title="Ended", field="ended_hostname", wide=True),
    Column(title="Its id", field="ended"),
    Column(title="Reason", field="reason", wide=True),
)
_TEXTS = (
    ("hostname", "hostname"),
    ("id", "device_id"),
    ("status", "status"),
    ("presence", "presence"),
    ("owner", "owner"),
    ("site", "site"),
    ("system", "os_name"),
    ("model", "model"),
    ("came in from", "address"),
)
_MOMENTS = (("enrolled", "enrolled_at"), ("last seen", "last_seen_at"))
_COUNTS = (("open tickets", "open_tickets"), ("open alerts", "open_alerts"))


@click.command(
    "pair",
    epilog="""\b
Examples:
  sickbay device pair ws-017 ws-017-new
  sickbay device pair ws-017 0195a000-0000-7000-8000-000000000017 -o json
""",
)
@click.argument("one")
@click.argument("other")
@output_option
@asking_collector
def pair(client: ApiClient, *, one: str, other: str, output: str) -> None:
    """Show two devices side by side: what says that they are one machine."""
    _print(client.get(_path(one, other)), output)


@click.command(
    "different",
    epilog='\b\nExample:\n  sickbay device different ws-017 ws-018 -m "one batch, one serial"',
)
@click.argument("one")
@click.argument("other")
@click.option("-m", "--reason", required=True, metavar="TEXT", help="Why; the audit keeps it.")
@output_option
@asking_collector
def different(client: ApiClient, *, one: str, other: str, reason: str, output: str) -> None:
    """Keep that two devices are different machines; neither is taken for the other again.

    What both have, a serial of a whole batch for one, tells nothing from now on.
    """
    path = _path(one, other)
    _, etag = client.get_with_etag(path)
    _print(client.post(f"{path}/different", {"reason": reason}, etag=etag), output)


@click.command(
    "same",
    epilog="""\b
Examples:
  sickbay device same ws-017 0195a000-0000-7000-8000-000000000017 -m "installed anew"
  sickbay device same ws-017 0195a000-0000-7000-8000-000000000017 -m "installed anew" --for-good
""",
)
@click.argument("one")
@click.argument("other")
@click.option("-m", "--reason", required=True, metavar="TEXT", help="Why; the audit keeps it.")
@click.option("--for-good", is_flag=True, help="Do it; without this only say what would be.")
@output_option
@asking_collector
def same(
    client: ApiClient, *, one: str, other: str, reason: str, for_good: bool, output: str
) -> None:
    """Make two records of one machine one device, which cannot be undone.

    The one that was heard of last goes on. Tickets, history, inventory, asset record and tags of
    the other become its; the other's alerts are over, its certificate is refused, and its id and
    host name lead to the one that goes on.
    """
    path = _path(one, other)
    found, etag = client.get_with_etag(path)
    if not for_good:
        _print(found, output)
        click.echo("nothing is changed; say --for-good to do it", err=True)
        return
    done = client.post(f"{path}/same", {"reason": reason}, etag=etag)
    if output == "json":
        print_json(done)
    elif output == "csv":
        print_csv(_MERGED, [done])
    else:
        click.echo(f"{_who(done, 'ended')} goes on as {_who(done, 'device_id')}")


COMMANDS = (pair, different, same)


def _who(done: Record, field: str) -> str:
    name = "ended_hostname" if field == "ended" else "hostname"
    return f"{text_of(done, name)} ({text_of(done, field)})"


def _path(one: str, other: str) -> str:
    return f"/api/v1/possible-duplicates/{quote(one, safe='')}/{quote(other, safe='')}"


def _print(found: Record, output: str) -> None:
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_SIDES, records_of(found, "evidence"))
    else:
        _print_table(found, now=datetime.now(UTC))


def _print_table(found: Record, *, now: datetime) -> None:
    older, newer = record_of(found, "older"), record_of(found, "newer")
    facts = [
        (name, *(_cell(one, field, now) for one in (older, newer)), "", "")
        for name, field in (*_TEXTS, *_MOMENTS, *_COUNTS)
    ]
    evidence = [
        (
            word_for(KINDS, text_of(one, "kind")),
            _joined(one.get("older")),
            _joined(one.get("newer")),
            word_for(OUTCOMES, text_of(one, "outcome")) if one.get("outcome") else "",
            f"{number_of(one, 'points') or 0:.0f}",
        )
        for one in records_of(found, "evidence")
    ]
    print_table(_SIDES, [*facts, *evidence], nothing=NOTHING)
    console = make_console()
    console.print(f"{number_of(found, 'points') or 0:.0f} points; {SAME_POINTS} would do")
    objections = found.get("objections")
    for one in objections if isinstance(objections, list) else []:
        console.print(f"  but {word_for(OBJECTIONS, str(one))}", markup=False)
    _print_outlook(console, found)
    if apart := record_of(found, "apart"):
        who, why = text_of(apart, "by"), text_of(apart, "reason")
        console.print(f"different, said {who} {ago(apart['at'], now=now)}: {why}", markup=False)


def _print_outlook(console: Console, found: Record) -> None:
    ahead = record_of(found, "outlook")
    hindrance = text_of(ahead, "hindrance")
    if hindrance:
        why = word_for(HINDRANCES, hindrance)
        console.print(f"they cannot become one device now: {why}", markup=False)
        return
    goes_on, ends = text_of(ahead, "goes_on"), text_of(ahead, "ends")
    console.print(f"as one machine {goes_on} would go on, and {ends} end", markup=False)


def _cell(device: Record, field: str, now: datetime) -> str:
    value = device.get(field)
    if field in dict(_MOMENTS).values():
        return ago(value, now=now) if value else NOTHING
    count = number_of(device, field)
    return f"{count:.0f}" if count is not None else text_of(device, field) or NOTHING


def _joined(values: Json) -> str:
    return ", ".join(map(str, values)) if isinstance(values, list) and values else NOTHING
