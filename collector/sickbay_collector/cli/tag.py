"""`sickbay tag`: short words that devices are found by."""

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_items, print_json
from sickbay_collector.cli.words import number_of, records_of, text_of

_LIST = (
    Column(title="Tag", field="tag", wide=True),
    Column(title="Devices", field="devices", right=True),
)


@click.group()
@naming_collector
def tag() -> None:
    """Give devices tags, to find them by and to grant rights by."""


@tag.command(
    "ls",
    epilog="""\b
Examples:
  sickbay tag ls
  sickbay tag ls -o csv
  sickbay device ls --tag lab          (the devices that have one)
""",
)
@output_option
@asking_collector
def list_(client: ApiClient, output: str) -> None:
    """List the tags that devices have."""
    found = client.get("/api/v1/tags")
    items = records_of(found, "items")
    print_items(
        found,
        _LIST,
        items,
        lambda one: (text_of(one, "tag"), str(number_of(one, "devices") or 0)),
        output=output,
        nothing="no tags",
    )


@tag.command(
    epilog="""\b
Examples:
  sickbay tag add lab ws-017 ws-018
  sickbay tag add floor:3 ws-017
"""
)
@click.argument("name", metavar="TAG")
@click.argument("devices", nargs=-1, required=True)
@output_option
@asking_collector
def add(client: ApiClient, name: str, devices: tuple[str, ...], output: str) -> None:
    """Give devices a tag; those that have it keep it."""
    _send(client, {"devices": list(devices), "add": [name]}, output)


@tag.command(
    epilog="""\b
Examples:
  sickbay tag remove lab ws-017 ws-018
"""
)
@click.argument("name", metavar="TAG")
@click.argument("devices", nargs=-1, required=True)
@output_option
@asking_collector
def remove(client: ApiClient, name: str, devices: tuple[str, ...], output: str) -> None:
    """Take a tag from devices."""
    _send(client, {"devices": list(devices), "remove": [name]}, output)


def _send(client: ApiClient, body: Record, output: str) -> None:
    done = client.post("/api/v1/devices/tags", body)
    changed = done.get("changed")
    ids = [str(one) for one in changed] if isinstance(changed, list) else []
    if output == "json":
        print_json(done)
    elif output == "csv":
        print_csv((Column(title="Id", field="device_id"),), [{"device_id": one} for one in ids])
    else:
        click.echo(f"{len(ids)} changed" if ids else "nothing changed")
