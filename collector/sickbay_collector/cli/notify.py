"""`sickbay notify`: messages that wait or are dead, and whether a channel works."""

import time
from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_json, print_table
from sickbay_collector.cli.words import local, text_of
from sickbay_collector.core.errors import SickbayError

_LIST = (
    Column(title="State", field="state"),
    Column(title="To", field="recipient", wide=True),
    Column(title="Channel", field="channel"),
    Column(title="Due", field="not_before"),
    Column(title="Tries", field="attempts", right=True),
    Column(title="Error", field="last_error", wide=True),
    Column(title="Key", field="key", wide=True),
)
_MESSAGES = "/api/v1/notifications"
_POLL_S = 0.5
_WAIT_S = 30.0


@click.group()
@naming_collector
def notify() -> None:
    """See what was not delivered, send it again, try a channel."""


@notify.command(
    "ls",
    epilog="""\b
Examples:
  sickbay notify ls
  sickbay notify ls --state retried -o json
""",
)
@click.option(
    "--state",
    multiple=True,
    type=click.Choice(["queued", "retried", "dead", "sent", "delivered", "withdrawn"]),
    help="Only these; by default what waits or is dead.",
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(client: ApiClient, *, state: tuple[str, ...], limit: int, output: str) -> None:
    """List messages that wait, and those that nobody could deliver."""
    _print(list(client.pages(_MESSAGES, {"state": list(state) or None}, limit=limit)), output)


@notify.command(
    epilog="""\b
Example:
  sickbay notify dead
"""
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def dead(client: ApiClient, *, limit: int, output: str) -> None:
    """List messages that nobody could deliver."""
    _print(list(client.pages(_MESSAGES, {"state": ["dead"]}, limit=limit)), output)


@notify.command(
    epilog="""\b
Example:
  sickbay notify retry 0195a000-0000-7000-8000-0000000000aa:2:receipt:person:p-ada
"""
)
@click.argument("key")
@output_option
@asking_collector
def retry(client: ApiClient, *, key: str, output: str) -> None:
    """Send a dead message again."""
    _print([client.post(f"{_MESSAGES}/{quote(key, safe='')}/retry", None)], output)


@notify.command(
    epilog="""\b
Examples:
  sickbay notify test mail
  sickbay notify test mail --wait 120 -o json
"""
)
@click.argument("channel")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 600),
    default=_WAIT_S,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until it is sent.",
)
@output_option
@asking_collector
def test(client: ApiClient, *, channel: str, wait_s: float, output: str) -> None:
    """Send yourself a message on one channel and show what comes of it."""
    message = client.post(f"/api/v1/channels/{quote(channel, safe='')}/test", None)
    until_s = time.monotonic() + wait_s
    while text_of(message, "state") == "queued" and time.monotonic() < until_s:
        time.sleep(_POLL_S)
        message = client.get(f"{_MESSAGES}/{quote(text_of(message, 'key'), safe='')}")
    _print([message], output)
    if text_of(message, "state") not in {"sent", "delivered"}:
        raise SickbayError(f"channel {channel}: {text_of(message, 'last_error') or 'still queued'}")


def _print(items: list[Record], output: str) -> None:
    if output == "json":
        print_json(list(items))
    elif output == "csv":
        print_csv(_LIST, items)
    else:
        rows = [
            (
                text_of(item, "state"),
                text_of(item, "recipient"),
                text_of(item, "channel"),
                local(item.get("not_before")),
                str(item.get("attempts")),
                text_of(item, "last_error"),
                text_of(item, "key"),
            )
            for item in items
        ]
        print_table(_LIST, rows, nothing="no messages")
