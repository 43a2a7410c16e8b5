"""Tickets on a terminal: the list, and one ticket with all that explains it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from urllib.parse import quote

from rich.console import Console
from rich.text import Text

from sickbay_collector.cli import paint
from sickbay_collector.cli.client import Record
from sickbay_collector.cli.device_parts import grid
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.relatives import print_relatives
from sickbay_collector.cli.ticket_sla import due_words, with_sla
from sickbay_collector.cli.words import (
    NOTHING,
    ago,
    local,
    number_of,
    records_of,
    text_of,
)
from sickbay_collector.core.words import quantity

_LIST = (
    Column(title="No.", field="number", right=True),
    Column(title="Priority", field="priority"),
    Column(title="Tier", field="tier"),
    Column(title="Status", field="status"),
    Column(title="Device", field="hostname", wide=True),
    Column(title="Title", field="title", wide=True),
    Column(title="Assignee", field="assignee", wide=True, extra=True),
    Column(title="Due", field="sla_due_at"),
    Column(title="Opened", field="opened_at", extra=True),
    Column(title="Queue", field="queue"),
    Column(title="Category", field="category"),
    Column(title="Id", field="ticket_id"),
    Column(title="SLA", field="sla_state"),
    Column(title="SLA target", field="sla_target"),
    Column(title="Kind", field="kind"),
    Column(title="Source", field="source"),
    Column(title="Sub-category", field="subcategory"),
    Column(title="Requester", field="requester"),
    Column(title="Site", field="site"),
    Column(title="Major", field="major"),
)
_SHOWN = 9


def path_of(number: str) -> str:
    """Return where in the API a ticket is."""
    return f"/api/v1/tickets/{quote(number.removeprefix('#'), safe='')}"


def print_ticket(ticket: Record, output: str) -> None:
    """Print a ticket with all that explains it."""
    if output == "json":
        print_json(ticket)
    elif output == "csv":
        print_csv(_LIST, [with_sla(ticket)])
    else:
        _print_page(make_console(), ticket, datetime.now(UTC))


def print_list(items: list[Record], output: str) -> None:
    """Print tickets as a list."""
    if output == "json":
        print_json(list(items))
    elif output == "csv":
        print_csv(_LIST, [with_sla(item) for item in items])
    else:
        _print_rows(items)


def _print_rows(items: list[Record]) -> None:
    now = datetime.now(UTC)
    rows = [
        (
            f"#{item.get('number')}",
            paint.word(item.get("priority")),
            text_of(item, "tier"),
            paint.word(item.get("status")),
            text_of(item, "hostname"),
            text_of(item, "title"),
            text_of(item, "assignee") or NOTHING,
            due_words(item, now),
            ago(item.get("opened_at"), now=now),
        )
        for item in items
    ]
    print_table(_LIST[:_SHOWN], rows, nothing="no tickets")


def _print_page(console: Console, ticket: Record, now: datetime) -> None:
    console.print(
        Text.assemble((f"#{ticket.get('number')}  ", "bold"), (text_of(ticket, "title"), "bold"))
    )
    table = grid(columns=2, wide=1)
    for name, value in _facts(ticket, now):
        table.add_row(Text(name, style="dim"), value)
    console.print(table)
    if description := text_of(ticket, "description"):
        console.print()
        console.print(Text(description))
    print_relatives(console, "Child of", records_of(ticket, "parents"))
    print_relatives(console, "Children", records_of(ticket, "children"))
    _print_evidence(console, records_of(ticket, "evidence"))
    _print_alerts(console, records_of(ticket, "alerts"))
    _print_worklog(console, records_of(ticket, "worklog"))


def _facts(ticket: Record, now: datetime) -> Iterator[tuple[str, Text]]:
    reason = text_of(ticket, "priority_reason")
    yield "status", paint.word(ticket.get("status"))
    yield "priority", Text.assemble(paint.word(ticket.get("priority")), f"  {reason}")
    yield "device", Text(text_of(ticket, "hostname") or text_of(ticket, "device_id") or NOTHING)
    yield "category", Text(" / ".join(_texts(ticket, "category", "subcategory", "service")))
    if subject := _texts(ticket, "product", "product_version"):
        yield "product", Text(" ".join(subject))
    if asked := _texts(ticket, "requester", "site"):
        yield "requester", Text("  ".join(asked))
    if ticket.get("major"):
        yield "major", Text("a major incident", style="bold red")
    if merged := text_of(ticket, "merged_into"):
        yield "goes on in", Text(merged)
    yield (
        "queue",
        Text(
            f"{text_of(ticket, 'tier')} {text_of(ticket, 'queue')}"
            f"  {text_of(ticket, 'routing_reason')}"
        ),
    )
    yield "assignee", Text(text_of(ticket, "assignee") or "nobody")
    yield "SLA", due_words(ticket, now)
    opened = ticket.get("opened_at")
    yield "opened", Text(f"{local(opened)} ({ago(opened, now=now)})")
    if ticket.get("resolved_at"):
        codes = ", ".join(_texts(ticket, "resolution_mode", "cause_code", "resolution_code"))
        how = f" ({codes})" if codes else ""
        said = f"{local(ticket['resolved_at'])}: {text_of(ticket, 'resolution')}{how}"
        yield "resolved", Text(said)
    if times := number_of(ticket, "reopen_count"):
        yield "reopened", Text(f"{times:.0f} times", style="bold red")
    if runbook := text_of(ticket, "runbook"):
        yield "runbook", Text(runbook)


def _texts(record: Record, *fields: str) -> list[str]:
    return [text for field in fields if (text := text_of(record, field))]


def _print_evidence(console: Console, evidence: list[Record]) -> None:
    if not evidence:
        return
    console.print(Text("\nEvidence", style="bold"))
    for at, sentence, items in _findings(evidence):
        console.print(Text(f"  {local(at)}  {sentence}"))
        for item in items:
            value = quantity(number_of(item, "value") or 0.0, text_of(item, "unit"))
            console.print(
                Text(
                    f"    {text_of(item, 'metric')} {text_of(item, 'instance_label')} {value},"
                    f" {text_of(item, 'threshold')}, since {local(item.get('since'))}",
                    style="dim",
                )
            )
        if history := text_of(items[0], "history"):
            console.print(Text(f"    {history}", style="dim"))


def _findings(evidence: list[Record]) -> Iterator[tuple[str, str, list[Record]]]:
    """Yield when, what and the readings: a rule with two conditions says its sentence once."""

    def said(item: Record) -> tuple[str, ...]:
        return tuple(text_of(item, name) for name in ("at", "sentence", "rule_id", "instance"))

    for (at, sentence, *_), items in groupby(evidence, key=said):
        yield at, sentence, list(items)


def _print_alerts(console: Console, alerts: list[Record]) -> None:
    if not alerts:
        return
    console.print(Text("\nAlerts", style="bold"))
    table = grid(columns=3, wide=2)
    for one in alerts:
        muted = text_of(one, "suppressed_reason")
        said = text_of(one, "sentence") + (f" ({muted})" if muted else "")
        table.add_row(paint.word(one.get("status")), text_of(one, "rule_id"), Text(said))
    console.print(table)


def _print_worklog(console: Console, worklog: list[Record]) -> None:
    if not worklog:
        return
    console.print(Text("\nWorklog", style="bold"))
    table = grid(columns=4, wide=3)
    for entry in worklog:
        table.add_row(
            Text(local(entry.get("at")), style="dim"),
            text_of(entry, "actor"),
            text_of(entry, "event"),
            Text(text_of(entry, "text")),
        )
    console.print(table)
