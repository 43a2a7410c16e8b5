"""SLA clocks on a terminal: the due time of a list, and the arithmetic line by line."""

from datetime import datetime
from types import MappingProxyType

from rich.text import Text

from sickbay_collector.cli.client import Record
from sickbay_collector.cli.output import (
    Column,
    make_console,
    make_table,
    print_csv,
    print_json,
)
from sickbay_collector.cli.words import NOTHING, moment, number_of, record_of, records_of, text_of
from sickbay_collector.core.words import span

_LINES = (
    Column(title="From", field="begin"),
    Column(title="To", field="end"),
    Column(title="Counted", field="counted_s", right=True),
    Column(title="Used", field="used_s", right=True),
    Column(title="What", field="text", wide=True),
)
_CSV = (Column(title="Target", field="target"), *_LINES)
_STYLES = MappingProxyType(
    {"breached": "bold red", "met": "green", "running": "", "paused": "yellow"}
)


def with_sla(item: Record) -> Record:
    """Return a ticket whose SLA stands in fields of its own, for CSV."""
    brief = record_of(item, "sla")
    return {**item, **{f"sla_{name}": brief.get(name) for name in ("target", "state", "due_at")}}


def due_words(item: Record, now: datetime) -> Text:
    """Return how the clock stands that presses most: "response in 12 min", "breached"."""
    brief = record_of(item, "sla")
    state, due_at = text_of(brief, "state"), moment(brief.get("due_at"))
    if not state:
        return Text(NOTHING)
    if state != "running" or due_at is None:
        return Text(state, style=_STYLES.get(state, "dim"))
    left_s = (due_at - now).total_seconds()
    if left_s < 0:
        return Text("breached", style=_STYLES["breached"])
    return Text(f"{text_of(brief, 'target')} in {span(left_s)}")


def print_sla(sla: Record, output: str) -> None:
    """Print a ticket's clocks and their arithmetic."""
    clocks = records_of(sla, "clocks")
    if output == "json":
        print_json(sla)
    elif output == "csv":
        print_csv(
            _CSV,
            [
                {**line, "target": clock.get("target")}
                for clock in clocks
                for line in records_of(clock, "lines")
            ],
        )
    else:
        console = make_console()
        if not clocks:
            console.print(f"nothing is promised for ticket {sla.get('number')}")
        for clock in clocks:
            _print_clock(clock)


def _print_clock(clock: Record) -> None:
    console = make_console()
    state, target = text_of(clock, "state"), text_of(clock, "target")
    console.print(
        Text.assemble(
            (target.capitalize(), "bold"),
            f"  {clock_length(number_of(clock, 'within_s'))} by policy {text_of(clock, 'policy')}"
            f" in calendar {text_of(clock, 'calendar')}: ",
            (state, _STYLES.get(state, "dim")),
        )
    )
    rows, before_s = [], 0
    for line in records_of(clock, "lines"):
        # Whole seconds of the sum, so that what is shown adds up to it.
        used_s = int(number_of(line, "used_s") or 0)
        rows.append(
            (
                _utc(line, "begin"),
                _utc(line, "end"),
                clock_length(used_s - before_s),
                clock_length(used_s),
                text_of(line, "text"),
            )
        )
        before_s = used_s
    if rows:
        console.print(make_table(_LINES, rows, width=console.width))
    used, within = number_of(clock, "used_s"), number_of(clock, "within_s")
    console.print(
        f"used {clock_length(used)} of {clock_length(within)};"
        f" 75 % at {_utc(clock, 'warn_at')}, due {_utc(clock, 'due_at')}\n"
    )


def clock_length(seconds: float | None) -> str:
    """Return a length of time to the second: "4:00:00"."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def _utc(record: Record, field: str) -> str:
    at = moment(record.get(field))
    return "open" if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"
