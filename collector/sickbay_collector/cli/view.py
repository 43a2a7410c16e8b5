"""`sickbay view`: lists of devices that are kept under a name."""

from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_items, print_json
from sickbay_collector.cli.words import records_of, text_of

_LIST = (
    Column(title="Name", field="name", wide=True),
    Column(title="Address", field="query", wide=True),
    Column(title="Of", field="owner"),
    Column(title="Shared", field="is_shared"),
    Column(title="Id", field="view_id"),
)


@click.group()
@naming_collector
def view() -> None:
    """Keep lists of devices under a name, for yourself or for all."""


@view.command(
    "ls",
    epilog="""\b
Examples:
  sickbay view ls
  sickbay view ls -o json
""",
)
@output_option
@asking_collector
def list_(client: ApiClient, output: str) -> None:
    """List your views, and what others share."""
    found = client.get("/api/v1/views")
    items = records_of(found, "items")
    print_items(
        found,
        _LIST,
        items,
        lambda one: (
            text_of(one, "name"),
            text_of(one, "query"),
            text_of(one, "owner"),
            "yes" if one.get("is_shared") else "no",
            text_of(one, "view_id"),
        ),
        output=output,
        nothing="no views",
    )


@view.command(
    epilog="""\b
Examples:
  sickbay view save "Lost since long" "presence=lost&order=seen"
  sickbay view save Labs "tag=lab" --shared
"""
)
@click.argument("name")
@click.argument("query")
@click.option("--shared", is_flag=True, help="Others see it too.")
@output_option
@asking_collector
def save(client: ApiClient, *, name: str, query: str, shared: bool, output: str) -> None:
    """Keep a list under NAME; QUERY is what its address says behind the question mark."""
    body: Record = {"name": name, "query": query, "is_shared": shared}
    kept = client.post("/api/v1/views", body)
    if output == "json":
        print_json(kept)
    elif output == "csv":
        print_csv(_LIST, [kept])
    else:
        click.echo(f"kept {text_of(kept, 'name')}: {text_of(kept, 'view_id')}")


@view.command(
    epilog="""\b
Examples:
  sickbay view drop 0195a000-0000-7000-8000-000000000001
"""
)
@click.argument("view_id", metavar="ID")
@asking_collector
def drop(client: ApiClient, view_id: str) -> None:
    """Take away one of your views."""
    client.delete(f"/api/v1/views/{quote(view_id, safe='')}")
    click.echo("taken away")
