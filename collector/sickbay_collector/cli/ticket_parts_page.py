"""How watchers, links, costs and vendor cases of a ticket are printed."""

from rich.text import Text

from sickbay_collector.cli.client import Record
from sickbay_collector.cli.output import Column, print_csv, print_json, print_table
from sickbay_collector.cli.ticket_sla import clock_length
from sickbay_collector.cli.words import NOTHING, local, number_of, records_of, text_of

_COLUMNS = (
    Column(title="What", field="what"),
    Column(title="Since", field="at"),
    Column(title="By", field="by"),
    Column(title="Text", field="text", wide=True),
    Column(title="Amount", field="amount", right=True),
    Column(title="Id", field="id"),
)


def print_parts(found: Record, output: str) -> None:
    """Print what the API says of a ticket's parts."""
    if output == "json":
        print_json(found)
        return
    rows = _rows(found)
    if output == "csv":
        print_csv(_COLUMNS, rows)
        return
    cells = [[Text(text_of(row, column.field) or NOTHING) for column in _COLUMNS] for row in rows]
    print_table(_COLUMNS, cells, nothing="nobody watches it, no links, no costs, no vendor cases")


def _rows(found: Record) -> list[Record]:
    return [
        *(_watcher_row(one) for one in records_of(found, "watchers")),
        *(_link_row(one) for one in records_of(found, "links")),
        *(_cost_row(one) for one in records_of(found, "costs")),
        *(_case_row(one) for one in records_of(found, "vendor_cases")),
    ]


def _row(one: Record, what: str, verb: str, text: str) -> Record:
    return {
        "what": what,
        "at": local(one.get(f"{verb}_at")),
        "by": text_of(one, f"{verb}_by"),
        "text": text,
    }


def _watcher_row(one: Record) -> Record:
    return _row(one, "watcher", "added", text_of(one, "watcher"))


def _link_row(one: Record) -> Record:
    words = f"#{one.get('ticket')} {text_of(one, 'kind').replace('_', ' ')} #{one.get('other')}"
    return _row(one, "link", "added", words)


def _cost_row(one: Record) -> Record:
    quantity = number_of(one, "quantity") or 0
    is_time = text_of(one, "kind") == "time"
    amount = (number_of(one, "amount_cents") or 0) / 100
    return {
        "what": text_of(one, "kind"),
        "at": local(one.get("at")),
        "by": text_of(one, "by"),
        "text": f"{quantity:.0f} {'min' if is_time else 'x'} {text_of(one, 'text')}",
        "amount": f"{amount:.2f} {text_of(one, 'currency')}",
        "id": text_of(one, "cost_id"),
    }


def _case_row(one: Record) -> Record:
    state = "closed" if one.get("closed_at") else "open"
    late = ", late" if one.get("late") else ""
    words = f"{text_of(one, 'vendor')} {text_of(one, 'number')}: {state}{late}"
    return {
        **_row(one, "vendor case", "opened", f"{words} {text_of(one, 'outcome')}".strip()),
        "amount": clock_length(number_of(one, "elapsed_s")),
        "id": text_of(one, "case_id"),
    }
