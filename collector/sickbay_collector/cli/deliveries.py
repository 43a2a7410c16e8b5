"""Who was told of a ticket, on a terminal."""

from types import MappingProxyType

from rich.text import Text

from sickbay_collector.cli.client import Record
from sickbay_collector.cli.device_parts import grid
from sickbay_collector.cli.output import make_console
from sickbay_collector.cli.words import local, records_of, text_of

STYLES = MappingProxyType(
    {"dead": "bold red", "failed": "yellow", "retried": "yellow", "delivered": "green"}
)
"""How states of messages look."""


def print_deliveries(deliveries: Record) -> None:
    """Print what became of a ticket's messages; nothing where there were none."""
    items = records_of(deliveries, "items")
    if not items:
        return
    console = make_console()
    console.print(Text("\nTold", style="bold"))
    table = grid(columns=5, wide=4)
    for item in items:
        state = text_of(item, "state")
        table.add_row(
            Text(local(item.get("at")), style="dim"),
            text_of(item, "recipient"),
            text_of(item, "channel"),
            Text(state, style=STYLES.get(state, "")),
            Text(text_of(item, "reason")),
        )
    console.print(table)
