"""Rotas, calls, gaps and staff on a terminal."""

from types import MappingProxyType

from rich.text import Text

from sickbay_collector.cli.client import Json, Record
from sickbay_collector.cli.output import (
    Cell,
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.words import (
    NOTHING,
    local,
    moment,
    number_of,
    plain_cell,
    record_of,
    records_of,
    text_of,
)
from sickbay_collector.core.words import span

_ROTAS = (
    Column(title="Rota", field="id"),
    Column(title="Tier", field="tier"),
    Column(title="Name", field="name", wide=True, extra=True),
    Column(title="On call", field="on_call", wide=True),
    Column(title="Participants", field="participants", wide=True),
)
_NOW = (
    Column(title="Login", field="login"),
    Column(title="Rota", field="rota"),
    Column(title="Tier", field="tier"),
    Column(title="Until", field="until"),
    Column(title="Why", field="reason", wide=True),
)
_DUTIES = (
    Column(title="From", field="begin"),
    Column(title="To", field="end"),
    Column(title="Login", field="login"),
    Column(title="Why", field="reason", wide=True),
)
_OVERRIDES = (
    Column(title="Override", field="id"),
    Column(title="From", field="since"),
    Column(title="To", field="until"),
    Column(title="Login", field="login"),
    Column(title="Instead of", field="instead_of"),
    Column(title="Reason", field="reason", wide=True),
)
_CALLS = (
    Column(title="", field="order", right=True),
    Column(title="Told", field="stage"),
    Column(title="Login", field="login"),
    Column(title="Name", field="name", wide=True, extra=True),
    Column(title="Rota", field="rota"),
    Column(title="Until", field="until"),
    Column(title="Why", field="reason", wide=True),
)
_GAPS = (
    Column(title="From", field="begin"),
    Column(title="To", field="end"),
    Column(title="Long", field="length", right=True),
    Column(title="Tier", field="tier"),
    Column(title="Requirement", field="requirement"),
    Column(title="Missing", field="missing", wide=True),
    Column(title="There", field="present", wide=True, extra=True),
)
_HOURS = (
    Column(title="Day", field="weekday"),
    Column(title="Hour", field="hour", right=True),
    Column(title="Tickets", field="arrivals", right=True),
    Column(title="Minutes each", field="handling_min", right=True),
    Column(title="Needed", field="needed", right=True),
    Column(title="In time", field="answered_ratio", right=True),
)
_SHIFTS = (
    Column(title="Shift", field="shift"),
    Column(title="Assigned", field="assigned", right=True),
    Column(title="Needed", field="needed", right=True),
    Column(title="Busiest", field="busiest"),
)
_FEEDS = (
    Column(title="Feed", field="feed_id"),
    Column(title="Login", field="login"),
    Column(title="Made", field="created_at"),
    Column(title="By", field="created_by"),
    Column(title="Revoked", field="revoked_at"),
)
_STAGES = MappingProxyType({"now": "at once", "next": "then", "next_tier": "next tier"})
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TIMES = frozenset({"begin", "end", "since", "until", "created_at", "revoked_at"})


def print_rotas(found: Record, output: str) -> None:
    """Print rotas with who is on call."""
    items = [
        {**one, "on_call": _logins(one, "on_call"), "participants": _joined(one, "participants")}
        for one in records_of(found, "items")
    ]
    nothing = text_of(found, "advice")
    _print(found, _ROTAS, items, output, nothing=nothing)


def print_now(found: Record, output: str) -> None:
    """Print everybody who is on call."""
    items = [
        {**one, "tier": text_of(rota, "tier")}
        for rota in records_of(found, "items")
        for one in records_of(rota, "on_call")
    ]
    nothing = text_of(found, "advice") or "nobody is on call now; `sickbay rota gaps` shows why"
    _print(list(items), _NOW, items, output, nothing=nothing)


def print_rota(found: Record, output: str) -> None:
    """Print one rota with its duties."""
    duties = records_of(found, "duties")
    if output == "table":
        _print_head(found)
    _print(found, _DUTIES, duties, output, nothing="nobody is on call in this time")


def print_override(found: Record, output: str) -> None:
    """Print an override."""
    _print(found, _OVERRIDES, [found], output, nothing="")


def print_calls(found: Record, output: str) -> None:
    """Print who is told, in order."""
    calls = [
        {**one, "order": place, "stage": _STAGES.get(text_of(one, "stage"), "")}
        for place, one in enumerate(records_of(found, "calls"), 1)
    ]
    if output == "table":
        console = make_console()
        console.print(f"{text_of(found, 'asked')} at {local(found.get('at'))}")
        if text_of(found, "advice"):
            console.print(Text(text_of(found, "advice"), style="bold red"))
        if not calls:
            return
    _print(found, _CALLS, calls, output, nothing="")


def print_gaps(found: Record, output: str) -> None:
    """Print gaps with what is missing."""
    items = [
        {
            **one,
            "length": _length(one),
            "missing": "; ".join(text_of(part, "words") for part in records_of(one, "missing")),
            "present": _joined(one, "present"),
        }
        for one in records_of(found, "gaps")
    ]
    nothing = text_of(found, "advice") or "all requirements are met"
    _print(found, _GAPS, items, output, nothing=nothing)
    if output == "table":
        _print_sums(found)


def print_staffing(found: Record, output: str) -> None:
    """Print what hours and shifts need."""
    hours = [one for one in records_of(found, "hours") if number_of(one, "needed")]
    if output == "table":
        shown = [{**one, **_hour_words(one)} for one in hours]
        _print(found, _HOURS, shown, output, nothing="no tickets came in this time")
        console = make_console()
        shifts = [{**one, "busiest": _busiest(one)} for one in records_of(found, "shifts")]
        if shifts:
            console.print("\nBy shift, each as if it worked alone:")
            _print(found, _SHIFTS, shifts, output, nothing="")
        console.print(
            f"\n{plain_cell(found.get('tickets'))} tickets since {local(found.get('since'))},"
            f" {plain_cell(found.get('timed'))} of them with time spent"
        )
    else:
        _print(found, _HOURS, records_of(found, "hours"), output, nothing="")


def print_feeds(found: Record, output: str) -> None:
    """Print feeds."""
    _print(found, _FEEDS, records_of(found, "items"), output, nothing="no feeds")


def _print(
    whole: Json, columns: tuple[Column, ...], items: list[Record], output: str, *, nothing: str
) -> None:
    if output == "json":
        print_json(whole)
    elif output == "csv":
        print_csv(columns, items)
    else:
        rows = [tuple(_cell(item, column.field) for column in columns) for item in items]
        print_table(columns, rows, nothing=nothing)


def _cell(item: Record, field: str) -> Cell:
    value = item.get(field)
    if value is None or value == "":
        return NOTHING
    return local(value) if field in _TIMES else plain_cell(value)


def _print_head(found: Record) -> None:
    console = make_console()
    title = f"{text_of(found, 'name')} ({text_of(found, 'id')})"
    console.print(Text.assemble((title, "bold"), f"  tier {text_of(found, 'tier')}"))
    for layer in records_of(found, "layers"):
        hours = "around the clock" if layer.get("around_the_clock") else "restricted hours"
        console.print(
            f"  {text_of(layer, 'name')}: {_joined(layer, 'participants')};"
            f" {text_of(layer, 'handover')} from {text_of(layer, 'handover_from')}"
            f" {text_of(layer, 'zone')}; {hours}"
        )
    overrides = records_of(found, "overrides")
    if overrides:
        _print(found, _OVERRIDES, overrides, "table", nothing="")
    console.print()


def _print_sums(found: Record) -> None:
    console = make_console()
    for tier, minutes in record_of(found, "gap_minutes").items():
        if isinstance(minutes, int | float):
            words = span(60 * minutes) if minutes else "none"
            console.print(f"tier {tier}: {words} not covered")
    if number_of(found, "more"):
        console.print(f"{plain_cell(found.get('more'))} more; ask for fewer days")


def _joined(item: Record, field: str) -> str:
    value = item.get(field)
    return ", ".join(str(one) for one in value) if isinstance(value, list) else ""


def _logins(item: Record, field: str) -> str:
    return ", ".join(text_of(one, "login") for one in records_of(item, field))


def _length(gap: Record) -> str:
    begin, end = moment(gap.get("begin")), moment(gap.get("end"))
    return "" if begin is None or end is None else span((end - begin).total_seconds())


def _hour_words(one: Record) -> Record:
    share = number_of(one, "answered_ratio") or 0.0
    return {
        "weekday": _DAYS[int(number_of(one, "weekday") or 0)],
        "hour": f"{int(number_of(one, 'hour') or 0):02}:00",
        "arrivals": f"{number_of(one, 'arrivals') or 0:.1f}",
        "handling_min": f"{number_of(one, 'handling_min') or 0:.0f}",
        "answered_ratio": f"{100 * share:.0f} %",
    }


def _busiest(one: Record) -> str:
    day, hour = number_of(one, "busiest_weekday"), number_of(one, "busiest_hour")
    return "" if day is None or hour is None else f"{_DAYS[int(day)]} {int(hour):02}:00"
