"""Colours that mean something: grades, presence, priority. Each also has its word."""

from types import MappingProxyType

from rich.text import Text

from sickbay_collector.cli.client import Json, Record
from sickbay_collector.cli.words import NOTHING, number_of, text_of

_STYLES = MappingProxyType(
    {
        "good": "green",
        "fair": "yellow",
        "poor": "dark_orange",
        "critical": "bold red",
        "online": "green",
        "late": "yellow",
        "lost": "bold red",
        "asleep": "dim",
        "shut_down": "dim",
        "urgent": "bold red",
        "high": "dark_orange",
        "medium": "yellow",
        "low": "dim",
        "added": "green",
        "removed": "red",
        "changed": "yellow",
        "reopened": "bold red",
        "resolved": "green",
        "closed": "dim",
        "cancelled": "dim",
    }
)


def word(value: Json) -> Text:
    """Return a word of a closed set in its colour, underscores as spaces."""
    text = str(value or NOTHING)
    return Text(text.replace("_", " "), style=_STYLES.get(text, ""))


def score(record: Record, field: str = "score") -> Text:
    """Return a score in the colour of its grade; a dash where it is withheld."""
    value = number_of(record, field)
    if value is None:
        return Text(NOTHING, style="dim")
    return Text(f"{value:.0f}", style=_STYLES.get(text_of(record, "grade"), ""))


def count(value: float | None) -> Text:
    """Return a number that is bad when it is not 0."""
    number = value or 0
    return Text(f"{number:.0f}", style="bold" if number else "dim")
