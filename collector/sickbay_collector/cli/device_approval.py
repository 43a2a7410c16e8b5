"""`sickbay device pending`, `approve` and `refuse`: devices that wait to be let in."""

from datetime import UTC, datetime
from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_items, print_json
from sickbay_collector.cli.words import ago, records_of, text_of

_PATH = "/api/v1/pending-devices"
_LIST = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Waits", field="enrolled_at"),
    Column(title="From", field="address"),
    Column(title="Token", field="token_comment", wide=True),
    Column(title="Serial", field="system_serial", extra=True),
    Column(title="Id", field="device_id"),
)
_SETTLED = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Status", field="status"),
    Column(title="Reason", field="revoke_reason", wide=True),
    Column(title="Id", field="device_id"),
)


@click.command(
    "pending",
    epilog="""\b
Examples:
  sickbay device pending
  sickbay device pending -o json
""",
)
@output_option
@asking_collector
def pending(client: ApiClient, output: str) -> None:
    """List devices that wait for approval, the oldest first.

    They came in by a token that demands it (`sickbay token make --approval`). Their agents keep
    what they report until then.
    """
    found = client.get(_PATH)
    items = records_of(found, "items")
    now = datetime.now(UTC)
    print_items(
        found,
        _LIST,
        items,
        lambda one: (
            text_of(one, "hostname"),
            ago(one.get("enrolled_at"), now=now),
            text_of(one, "address"),
            text_of(one, "token_comment"),
            text_of(one, "system_serial"),
            text_of(one, "device_id"),
        ),
        output=output,
        nothing="no device waits for approval",
    )


@click.command(
    "approve",
    epilog="""\b
Examples:
  sickbay device approve ws-017
  sickbay device approve 0195a000-0000-7000-8000-000000000017
""",
)
@click.argument("name", metavar="DEVICE")
@output_option
@asking_collector
def approve(client: ApiClient, name: str, output: str) -> None:
    """Let in a device that waits; what its agent kept arrives within minutes.

    DEVICE is its id or its whole host name.
    """
    done = client.post(f"{_PATH}/{quote(name, safe='')}/approve", None)
    _print(done, output, f"approved {_who(done)}: its reports arrive within two minutes")


@click.command("refuse", epilog='\b\nExample:\n  sickbay device refuse ws-017 -m "not ours"')
@click.argument("name", metavar="DEVICE")
@click.option("-m", "--reason", default="", metavar="TEXT", help="Why; kept with the device.")
@output_option
@asking_collector
def refuse(client: ApiClient, name: str, reason: str, output: str) -> None:
    """Shut out a device that waits; nothing that its agent kept is taken.

    DEVICE is its id or its whole host name.
    """
    done = client.post(f"{_PATH}/{quote(name, safe='')}/refuse", {"reason": reason})
    _print(done, output, f"refused {_who(done)}: its certificate is refused for good")


COMMANDS = (pending, approve, refuse)


def _who(done: Record) -> str:
    return f"{text_of(done, 'hostname')} ({text_of(done, 'device_id')})"


def _print(done: Record, output: str, sentence: str) -> None:
    if output == "json":
        print_json(done)
    elif output == "csv":
        print_csv(_SETTLED, [done])
    else:
        click.echo(sentence)
