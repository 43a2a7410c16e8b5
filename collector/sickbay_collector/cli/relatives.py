"""Parents and children of a ticket or problem on a terminal."""

from rich.console import Console
from rich.text import Text

from sickbay_collector.cli import paint
from sickbay_collector.cli.client import Record
from sickbay_collector.cli.device_parts import grid
from sickbay_collector.cli.words import NOTHING, text_of


def print_relatives(console: Console, title: str, tickets: list[Record]) -> None:
    """Print tickets under a title; nothing where there are none."""
    if not tickets:
        return
    console.print(Text(f"\n{title}", style="bold"))
    table = grid(columns=4, wide=3)
    for one in tickets:
        table.add_row(
            f"#{one.get('number')}",
            paint.word(one.get("status")),
            text_of(one, "hostname") or NOTHING,
            Text(text_of(one, "title")),
        )
    console.print(table)
