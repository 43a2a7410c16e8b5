"""`sickbay device`: the fleet, and one device from every side."""

from datetime import UTC, datetime
from urllib.parse import quote

import click

from sickbay_collector.cli import history_page, paint
from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.device_approval import COMMANDS as APPROVAL
from sickbay_collector.cli.device_identity import COMMANDS as IDENTITY
from sickbay_collector.cli.device_pair import COMMANDS as PAIRS
from sickbay_collector.cli.device_story import diff, marks, software
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.params import Moments
from sickbay_collector.cli.words import (
    ago,
    local,
    number_of,
    records_of,
    text_of,
)

_LIST = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Score", field="score", right=True),
    Column(title="Grade", field="grade"),
    Column(title="Presence", field="presence"),
    Column(title="Seen", field="last_seen_at"),
    Column(title="Tickets", field="open_tickets", right=True),
    Column(title="Alerts", field="open_alerts", right=True, extra=True),
    Column(title="System", field="os_name", wide=True, extra=True),
    Column(title="Model", field="model", wide=True, extra=True),
    Column(title="Id", field="device_id"),
)
_CHANGES = (
    Column(title="When", field="at"),
    Column(title="Section", field="section"),
    Column(title="What", field="kind"),
    Column(title="Path", field="path", wide=True),
    Column(title="Before", field="old", wide=True),
    Column(title="Now", field="new", wide=True),
)
_LINK = (
    Column(title="Link", field="url", wide=True),
    Column(title="Path", field="path", wide=True),
    Column(title="For", field="name", wide=True),
    Column(title="Until", field="expires_at"),
)
# What `device history` shows unless told otherwise: what a user feels, and the score.
_DEFAULT_METRICS = (
    "health.score",
    "cpu.busy_ratio",
    "memory.available_ratio",
    "pressure.io_some_ratio",
    "volume.free_bytes",
    "drive.temperature_celsius",
)
_ORDERS = (
    *("worst", "hostname", "seen", "confidence", "alerts", "tickets", "system", "model"),
    *("owner", "site", "status", "device_class", "criticality", "agent", "enrolled"),
)
_CERTIFICATES = ("valid", "expiring", "expired", "unknown")
_PRESENCES = ("online", "late", "lost", "asleep", "shut_down", "unknown")


@click.group()
@naming_collector
def device() -> None:
    """Look at devices."""


@device.command(
    "ls",
    epilog="""\b
Examples:
  sickbay device ls
  sickbay device ls --presence lost --presence late
  sickbay device ls --max-score 50 -o csv > worst.csv
  sickbay device ls --owner ann@example.com
  sickbay device ls --site berlin --department Sales
  sickbay device ls --tag lab --system debian --order seen
  sickbay device ls --with-tickets --order tickets --descending
  sickbay device ls --certificate expiring --presence online
""",
)
@click.option("--presence", multiple=True, type=click.Choice(_PRESENCES), help="Only these.")
@click.option("--max-score", type=click.FloatRange(0, 100), help="Only with such a score or less.")
@click.option("--text", default="", metavar="TEXT", help="Only with this in their host name.")
@click.option("--owner", metavar="NAME", help="Only of this person: e-mail, login, id or name.")
@click.option("--site", metavar="ID", help="Only of this site.")
@click.option("--department", metavar="NAME", help="Only of this department.")
@click.option("--tag", multiple=True, metavar="TAG", help="Only with it; with all, if repeated.")
@click.option("--system", metavar="TEXT", help="Only with this in their system's name.")
@click.option("--model", metavar="TEXT", help="Only with this in their model's name.")
@click.option(
    "--certificate", multiple=True, type=click.Choice(_CERTIFICATES), help="Only with such a one."
)
@click.option("--with-alerts", is_flag=True, help="Only with open alerts.")
@click.option("--with-tickets", is_flag=True, help="Only with open tickets.")
@click.option("--order", type=click.Choice(_ORDERS), default="worst", show_default=True)
@click.option("--descending", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(
    client: ApiClient,
    *,
    limit: int,
    output: str,
    text: str,
    with_alerts: bool,
    with_tickets: bool,
    descending: bool,
    **filters: str | float | list[str] | None,
) -> None:
    """List devices, worst first."""
    flags = {"has_alerts": with_alerts, "has_tickets": with_tickets, "descending": descending}
    said = {name: "true" for name, is_set in flags.items() if is_set}
    query = {**filters, **said, "text": text or None}
    items = list(client.pages("/api/v1/devices", query, limit=limit))
    if output == "json":
        print_json(list(items))
    elif output == "csv":
        print_csv(_LIST, items)
    else:
        _print_list(items)


@device.command(
    epilog="""\b
Examples:
  sickbay device show ws-017
  sickbay device show ws-0        (the only one that begins so)
"""
)
@click.argument("name")
@output_option
@asking_collector
def show(client: ApiClient, name: str, output: str) -> None:
    """Show everything about one device.

    NAME is its id, its host name, or the beginning of its host name.
    """
    found = client.get(_path(name))
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_LIST, [found])
    else:
        # Only a page needs its layout.
        from sickbay_collector.cli.device_page import print_device_page  # noqa: PLC0415

        print_device_page(make_console(), found, now=datetime.now(UTC))


@device.command(
    epilog="""\b
Examples:
  sickbay device score ws-017
  sickbay device score ws-017 -o json
"""
)
@click.argument("name")
@output_option
@asking_collector
def score(client: ApiClient, name: str, output: str) -> None:
    """Explain a device's health score."""
    found = client.get(_path(name, "score"))
    if output == "json":
        print_json(found)
        return
    from sickbay_collector.cli.score_page import LEDGER, ledger_lines, print_score  # noqa: PLC0415

    if output == "csv":
        print_csv(LEDGER, ledger_lines(found))
    else:
        print_score(make_console(), found, now=datetime.now(UTC))


@device.command(
    epilog="""\b
Examples:
  sickbay device history ws-017
  sickbay device history ws-017 --metric volume.free_bytes --since 30d
  sickbay device history ws-017 --since 2026-11-20T08:00 --until 2026-11-20T12:00 -o csv
"""
)
@click.argument("name")
@click.option("--metric", multiple=True, default=_DEFAULT_METRICS, help="May be repeated.")
@click.option("--since", type=Moments(), default="1d", show_default=True, help="Age or moment.")
@click.option("--until", type=Moments(), default="0s", help="Age or moment.  [default: now]")
@click.option("--points", type=click.IntRange(1, 1000), default=200, show_default=True)
@output_option
@asking_collector
def history(
    client: ApiClient,
    *,
    name: str,
    metric: tuple[str, ...],
    since: datetime,
    until: datetime,
    points: int,
    output: str,
) -> None:
    """Show readings over time, one line a metric."""
    query: Query = {
        "metric": list(metric),
        "since": since.isoformat(),
        "until": until.isoformat(),
        "points": points,
    }
    found = client.get(_path(name, "history"), query)
    if output == "json":
        print_json(found)
    elif output == "csv":
        history_page.show_csv(found)
    else:
        history_page.show(found, since, until)


@device.command(
    epilog="""\b
Examples:
  sickbay device changes ws-017
  sickbay device changes ws-017 --since 90d -o csv
"""
)
@click.argument("name")
@click.option("--since", type=Moments(), default="30d", show_default=True, help="Age or moment.")
@click.option("--limit", type=click.IntRange(1, 500), default=200, show_default=True)
@output_option
@asking_collector
def changes(client: ApiClient, name: str, since: datetime, limit: int, output: str) -> None:
    """Show what changed in a device's inventory, newest first."""
    found = client.get(_path(name, "changes"), {"since": since.isoformat(), "limit": limit})
    items = records_of(found, "items")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_CHANGES, items)
    else:
        _print_changes(items)


def _path(name: str, part: str = "") -> str:
    return f"/api/v1/devices/{quote(name, safe='')}" + (f"/{part}" if part else "")


def _print_list(items: list[Record]) -> None:
    now = datetime.now(UTC)
    rows = [
        (
            text_of(item, "hostname"),
            paint.score(item),
            paint.word(item.get("grade")),
            paint.word(item.get("presence")),
            ago(item.get("last_seen_at"), now=now),
            paint.count(number_of(item, "open_tickets")),
            paint.count(number_of(item, "open_alerts")),
            text_of(item, "os_name"),
            text_of(item, "model"),
        )
        for item in items
    ]
    print_table(_LIST[:-1], rows, nothing="no devices")


def _print_changes(items: list[Record]) -> None:
    rows = [
        (
            local(item.get("at")),
            text_of(item, "section"),
            paint.word(item.get("kind")),
            text_of(item, "path"),
            text_of(item, "old"),
            text_of(item, "new"),
        )
        for item in items
    ]
    print_table(_CHANGES, rows, nothing="no changes")


@device.command(
    epilog="""\b
Examples:
  sickbay device link ws-017
  sickbay device link ws-017 -o json
"""
)
@click.argument("name", metavar="DEVICE")
@output_option
@asking_collector
def link(client: ApiClient, name: str, output: str) -> None:
    """Make a link that signs the device's owner in once, within eight hours."""
    made = client.post(f"/api/v1/devices/{quote(name, safe='')}/sign-in-link", None)
    if output == "json":
        print_json(made)
    elif output == "csv":
        print_csv(_LINK, [made])
    else:
        click.echo(text_of(made, "url") or client.url + text_of(made, "path"))
        until = local(text_of(made, "expires_at"))
        click.echo(f"for {text_of(made, 'name')}, once, until {until}", err=True)


for _command in (software, marks, diff, *APPROVAL, *IDENTITY, *PAIRS):
    device.add_command(_command)
