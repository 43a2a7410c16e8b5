"""`sickbay ticket similar|suggest`: how it went the last times, and what it is probably about."""

import click

from sickbay_collector.cli import paint
from sickbay_collector.cli.client import ApiClient
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, print_items
from sickbay_collector.cli.ticket_page import path_of
from sickbay_collector.cli.words import local, number_of, records_of, text_of

_SIMILAR = (
    Column(title="No.", field="number", right=True),
    Column(title="Status", field="status"),
    Column(title="Opened", field="opened_at"),
    Column(title="Device", field="hostname", wide=True),
    Column(title="Title", field="title", wide=True),
    Column(title="Solved by", field="assignee", extra=True),
    Column(title="With", field="resolution", wide=True),
)
_SUGGESTED = (
    Column(title="Category", field="category"),
    Column(title="Sub-category", field="subcategory"),
    Column(title="Because", field="because", wide=True),
    Column(title="Weight", field="weight", right=True),
)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket similar 12
  sickbay ticket similar 12 -o csv
"""
)
@click.argument("number")
@output_option
@asking_collector
def similar(client: ApiClient, number: str, output: str) -> None:
    """Show tickets of the last 90 days like this one, and what solved them."""
    found = client.get(f"{path_of(number)}/similar")
    items = records_of(found, "items")
    print_items(
        found,
        _SIMILAR,
        items,
        lambda one: (
            f"#{number_of(one, 'number') or 0:.0f}",
            paint.word(one.get("status")),
            local(one.get("opened_at")),
            text_of(one, "hostname"),
            text_of(one, "title"),
            text_of(one, "assignee"),
            text_of(one, "resolution"),
        ),
        output=output,
        nothing="nothing like it in 90 days",
    )


@click.command(
    epilog="""\b
Examples:
  sickbay ticket suggest "forgot the password"
  sickbay ticket suggest printer jams -o json
"""
)
@click.argument("words", nargs=-1, required=True)
@output_option
@asking_collector
def suggest(client: ApiClient, words: tuple[str, ...], output: str) -> None:
    """Suggest a category for what a caller says, the likeliest first."""
    found = client.get("/api/v1/tickets/suggest", {"text": " ".join(words)})
    items = records_of(found, "items")
    print_items(
        found,
        _SUGGESTED,
        items,
        lambda one: (
            text_of(one, "category"),
            text_of(one, "subcategory"),
            text_of(one, "because"),
            f"{number_of(one, 'weight') or 0:.1f}",
        ),
        output=output,
        nothing="nothing is known of it",
    )
