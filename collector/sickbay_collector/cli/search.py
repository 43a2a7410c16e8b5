"""`sickbay search`: anything by one line of text."""

import click

from sickbay_collector.cli.client import ApiClient
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, print_items
from sickbay_collector.cli.words import records_of, text_of

_HITS = (
    Column(title="What", field="kind"),
    Column(title="Called", field="title", wide=True),
    Column(title="Detail", field="detail", wide=True),
    Column(title="Key", field="key"),
)


@click.command(
    epilog="""\b
Examples:
  sickbay search ws-017
  sickbay search ada byron
  sickbay search "fan is loud" --limit 5 -o json

The key is what `sickbay device show`, `ticket show`, `problem show` and `person show` take.
"""
)
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--limit",
    type=click.IntRange(1, 50),
    default=20,
    show_default=True,
    help="Hits of each kind.",
)
@output_option
@asking_collector
def command(client: ApiClient, *, words: tuple[str, ...], limit: int, output: str) -> None:
    """Find devices, tickets, problems, people and sites.

    WORDS are a part of a host name, title or name, the begin of a serial number, address or
    telephone number, a number, or an id.
    """
    found = client.get("/api/v1/search", {"q": " ".join(words), "limit": limit})
    items = records_of(found, "items")
    print_items(
        found,
        _HITS,
        items,
        lambda one: [text_of(one, column.field) for column in _HITS],
        output=output,
        nothing="nothing has this name",
    )
