"""`sickbay ticket parts`, `link`, `time`, `merge` and the rest that concerns more than its row."""

from urllib.parse import quote

import click
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, choice_of, output_option
from sickbay_collector.cli.output import Column, print_csv, print_json, print_table
from sickbay_collector.cli.ticket_page import path_of, print_ticket
from sickbay_collector.cli.ticket_sla import clock_length
from sickbay_collector.cli.words import NOTHING, local, number_of, records_of, text_of
from sickbay_collector.core.desk.parts import LinkKind

_COLUMNS = (
    Column(title="What", field="what"),
    Column(title="Since", field="at"),
    Column(title="By", field="by"),
    Column(title="Text", field="text", wide=True),
    Column(title="Amount", field="amount", right=True),
    Column(title="Id", field="id"),
)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket parts 12
  sickbay ticket parts 12 -o csv
"""
)
@click.argument("number")
@output_option
@asking_collector
def parts(client: ApiClient, number: str, output: str) -> None:
    """Show watchers, links, costs and vendor cases of a ticket."""
    _print(client.get(f"{path_of(number)}/parts"), output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket watch 12 ada@example.com
  sickbay ticket watch 12 ben --technician
  sickbay ticket watch 12 ben --technician --off
"""
)
@click.argument("number")
@click.argument("who")
@click.option("--technician", is_flag=True, help="By login name; else a person.")
@click.option("--off", is_flag=True, help="Not any more; a person by id.")
@output_option
@asking_collector
def watch(
    client: ApiClient, number: str, who: str, output: str, *, technician: bool, off: bool
) -> None:
    """Let somebody watch a ticket."""
    kind = "technician" if technician else "person"
    if off:
        client.delete(f"{path_of(number)}/watchers/{kind}/{quote(who, safe='')}")
        _print(client.get(f"{path_of(number)}/parts"), output)
    else:
        _add(client, number, "watchers", {"kind": kind, "watcher": who}, output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket link 12 caused_by 7
  sickbay ticket link 12 caused_by 7 --off
"""
)
@click.argument("number")
@click.argument("kind", type=choice_of(LinkKind))
@click.argument("other")
@click.option("--off", is_flag=True, help="Take the link away.")
@output_option
@asking_collector
def link(client: ApiClient, number: str, kind: str, other: str, output: str, *, off: bool) -> None:
    """Say how a ticket stands to another."""
    if off:
        client.delete(f"{path_of(number)}/links/{kind}/{quote(other.removeprefix('#'), safe='')}")
        _print(client.get(f"{path_of(number)}/parts"), output)
    else:
        _add(client, number, "links", {"kind": kind, "other": other}, output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket time 12 45 -m "Cleaned the fan." --rate 60.00
"""
)
@click.argument("number")
@click.argument("minutes", type=click.IntRange(1))
@click.option("-m", "--text", required=True, metavar="TEXT", help="What was done.")
@click.option("--rate", type=click.FloatRange(0), help="Of an hour; else as configured.")
@click.option("--currency", default="EUR", show_default=True)
@output_option
@asking_collector
def time(
    client: ApiClient,
    *,
    number: str,
    minutes: int,
    text: str,
    rate: float | None,
    currency: str,
    output: str,
) -> None:
    """Book the time that a ticket took."""
    body: Record = {"minutes": minutes, "text": text, "currency": currency}
    if rate is not None:
        body["hourly_rate_cents"] = round(rate * 100)
    _add(client, number, "time", body, output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket part 12 "Battery 57 Wh" --price 49.90
"""
)
@click.argument("number")
@click.argument("text")
@click.option("--price", required=True, type=click.FloatRange(0), help="Of a piece.")
@click.option("--quantity", type=click.IntRange(1), default=1, show_default=True)
@click.option("--currency", default="EUR", show_default=True)
@output_option
@asking_collector
def part(
    client: ApiClient,
    *,
    number: str,
    text: str,
    price: float,
    quantity: int,
    currency: str,
    output: str,
) -> None:
    """Book a part that a ticket took."""
    body: Record = {
        "text": text,
        "price_cents": round(price * 100),
        "quantity": quantity,
        "currency": currency,
    }
    _add(client, number, "materials", body, output)


@click.command(
    "cost-off",
    epilog="""\b
Example:
  sickbay ticket cost-off 12 0195a000-0000-7000-8000-000000000001
""",
)
@click.argument("number")
@click.argument("cost_id", metavar="ID")
@output_option
@asking_collector
def cost_off(client: ApiClient, number: str, cost_id: str, output: str) -> None:
    """Take a cost off a ticket; its worklog keeps what it was."""
    client.delete(f"{path_of(number)}/costs/{quote(cost_id, safe='')}")
    _print(client.get(f"{path_of(number)}/parts"), output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket vendor 12 "Example Corp" --case 4711 --promised 2026-12-01T12:00+01:00
  sickbay ticket vendor-close 12 0195a000-0000-7000-8000-000000000001 -m "Sent a new one."
"""
)
@click.argument("number")
@click.argument("vendor_name", metavar="VENDOR")
@click.option("--case", "case_number", default="", metavar="TEXT", help="The vendor's number.")
@click.option("--promised", metavar="TIME", help="When the vendor wants to be done.")
@output_option
@asking_collector
def vendor(
    client: ApiClient,
    *,
    number: str,
    vendor_name: str,
    case_number: str,
    promised: str | None,
    output: str,
) -> None:
    """Open a case at a vendor; its own clock starts."""
    body: Record = {"vendor": vendor_name, "number": case_number, "promised_at": promised}
    _add(client, number, "vendor-cases", body, output)


@click.command(
    "vendor-close",
    epilog="""\b
Example:
  sickbay ticket vendor-close 12 0195a000-0000-7000-8000-000000000001 -m "Sent a new one."
""",
)
@click.argument("number")
@click.argument("case_id", metavar="ID")
@click.option("-m", "--outcome", default="", metavar="TEXT", help="What came of it.")
@output_option
@asking_collector
def vendor_close(client: ApiClient, number: str, case_id: str, outcome: str, output: str) -> None:
    """Close a case at a vendor; its clock stops."""
    what = f"vendor-cases/{quote(case_id, safe='')}/close"
    _add(client, number, what, {"outcome": outcome}, output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket merge 12 7
"""
)
@click.argument("number")
@click.argument("into")
@output_option
@asking_collector
def merge(client: ApiClient, number: str, into: str, output: str) -> None:
    """End a ticket because another goes on in its place."""
    _, etag = client.get_with_etag(path_of(number))
    print_ticket(client.post(f"{path_of(number)}/merge", {"into": into}, etag=etag), output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket split 12 "Printer jams, too" --worklog 3 --worklog 5
"""
)
@click.argument("number")
@click.argument("title")
@click.option("--worklog", multiple=True, type=click.IntRange(1), help="Entry to copy, from 1.")
@click.option("--evidence", multiple=True, type=click.IntRange(1), help="Evidence to copy, from 1.")
@output_option
@asking_collector
def split(
    client: ApiClient,
    *,
    number: str,
    title: str,
    worklog: tuple[int, ...],
    evidence: tuple[int, ...],
    output: str,
) -> None:
    """Open a ticket for a part of another."""
    _, etag = client.get_with_etag(path_of(number))
    body: Record = {"title": title, "worklog": list(worklog), "evidence": list(evidence)}
    print_ticket(client.post(f"{path_of(number)}/split", body, etag=etag), output)


PARTS: tuple[click.Command, ...] = (
    parts,
    watch,
    link,
    time,
    part,
    cost_off,
    vendor,
    vendor_close,
    merge,
    split,
)
"""What `sickbay ticket` knows of more than a ticket's row."""


def _add(client: ApiClient, number: str, what: str, body: Record, output: str) -> None:
    _print(client.post(f"{path_of(number)}/{what}", body), output)


def _print(found: Record, output: str) -> None:
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
        *(_row(one, "watcher", "added", text_of(one, "watcher")) for one in _of(found, "watchers")),
        *(_row(one, "link", "added", _link_words(one)) for one in _of(found, "links")),
        *(_cost_row(one) for one in _of(found, "costs")),
        *(_case_row(one) for one in _of(found, "vendor_cases")),
    ]


def _of(found: Record, field: str) -> list[Record]:
    return records_of(found, field)


def _row(one: Record, what: str, verb: str, text: str) -> Record:
    return {
        "what": what,
        "at": local(one.get(f"{verb}_at")),
        "by": text_of(one, f"{verb}_by"),
        "text": text,
    }


def _link_words(one: Record) -> str:
    return f"#{one.get('ticket')} {text_of(one, 'kind').replace('_', ' ')} #{one.get('other')}"


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
