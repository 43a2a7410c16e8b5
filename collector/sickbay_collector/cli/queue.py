"""`sickbay queue`: what waits where."""

from datetime import UTC, datetime

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, print_items
from sickbay_collector.cli.ticket_page import print_list
from sickbay_collector.cli.words import NOTHING, ago, number_of, records_of, text_of
from sickbay_collector.core.errors import NotFoundError

_COUNTS = ("waiting", "unassigned", "mine", "pressing", "late")
_LIST = (
    Column(title="Tier", field="tier"),
    Column(title="Queue", field="queue", wide=True),
    *(Column(title=name.capitalize(), field=name, right=True) for name in _COUNTS),
    Column(title="Oldest", field="oldest_at"),
)
_PATH = "/api/v1/tickets/queues"


@click.group()
@naming_collector
def queue() -> None:
    """See what waits at each tier, in each queue."""


@queue.command(
    "ls",
    epilog="""\b
Examples:
  sickbay queue ls
  sickbay queue ls -o csv
""",
)
@output_option
@asking_collector
def list_(client: ApiClient, output: str) -> None:
    """Count the tickets that wait: how many are nobody's, yours, urgent or high, late."""
    found = client.get(_PATH)
    items = records_of(found, "items")
    now = datetime.now(UTC)
    print_items(found, _LIST, items, lambda one: _row(one, now), output=output, nothing="no queues")


@queue.command(
    epilog="""\b
Examples:
  sickbay queue show L1
  sickbay queue show L2 storage -o csv
"""
)
@click.argument("tier")
@click.argument("name", metavar="[QUEUE]", required=False)
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def show(client: ApiClient, *, tier: str, name: str | None, limit: int, output: str) -> None:
    """List the tickets that wait at a tier, or in one of its queues: due first."""
    _check(client, tier, name)
    query = {"active": "true", "sort": "due", "tier": tier, "queue": name}
    print_list(list(client.pages("/api/v1/tickets", query, limit=limit)), output)


def _check(client: ApiClient, tier: str, name: str | None) -> None:
    """Tell a mistyped name from an empty queue."""
    known = [
        (text_of(one, "tier"), text_of(one, "queue"))
        for one in records_of(client.get(_PATH), "items")
    ]
    if not any(one == tier and name in {None, its} for one, its in known):
        listed = ", ".join(f"{one} {its}" for one, its in known)
        wanted = f"{tier} {name}" if name else tier
        raise NotFoundError(f"there is no queue {wanted!r}; there are: {listed or 'none'}")


def _row(one: Record, now: datetime) -> list[str]:
    counts = [f"{number_of(one, name) or 0:.0f}" for name in _COUNTS]
    oldest = ago(one.get("oldest_at"), now=now) if one.get("oldest_at") else NOTHING
    return [text_of(one, "tier"), text_of(one, "queue"), *counts, oldest]
