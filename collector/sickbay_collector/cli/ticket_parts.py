"""`sickbay ticket parts`, `link`, `time`, `merge` and the rest that concerns more than its row."""

from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, choice_of, output_option
from sickbay_collector.cli.ticket_page import path_of, print_ticket
from sickbay_collector.cli.ticket_parts_page import print_parts
from sickbay_collector.core.desk.parts import LinkKind


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
    print_parts(client.get(f"{path_of(number)}/parts"), output)


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
        print_parts(client.get(f"{path_of(number)}/parts"), output)
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
        print_parts(client.get(f"{path_of(number)}/parts"), output)
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
    print_parts(client.get(f"{path_of(number)}/parts"), output)


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
    print_parts(client.post(f"{path_of(number)}/{what}", body), output)
