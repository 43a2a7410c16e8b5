"""`sickbay ticket bulk`: one thing to several tickets, each with its own result."""

import sys
from collections.abc import Callable, Iterable, Sequence

import click

from sickbay_collector.cli.client import ApiClient, Json, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_json, print_table
from sickbay_collector.cli.ticket_page import path_of
from sickbay_collector.cli.words import NOTHING, plain_cell, records_of, text_of
from sickbay_collector.core.errors import NotFoundError

_RESULT = (
    Column(title="Ticket", field="ticket"),
    Column(title="Done", field="is_done"),
    Column(title="Status", field="status"),
    Column(title="Assignee", field="assignee"),
    Column(title="Why not", field="problem", wide=True),
)
# What the API takes in one request.
_AT_ONCE = 100
_FAILED = 1
_PARTIAL = 3
_NUMBERS = click.argument("numbers", nargs=-1, required=True, metavar="TICKET...")
_HINT = "TICKET may be - to read numbers from standard input. Exit code 1: none done, 3: some."


def _command(name: str, example: str) -> Callable[[Callable[..., None]], click.Command]:
    """Return what makes a command of an act."""

    def make(act: Callable[..., None]) -> click.Command:
        epilog = f"\b\nExamples:\n  sickbay ticket bulk {example}\n\n\b\n{_HINT}"
        wrapped = _NUMBERS(output_option(asking_collector(act)))
        return click.command(name, epilog=epilog)(wrapped)

    return make


@click.group()
@naming_collector
def bulk() -> None:
    """Do one thing to several tickets, each with its own result."""


@_command("take", "take 12 13 17")
def take(client: ApiClient, *, numbers: tuple[str, ...], output: str) -> None:
    """Take tickets: they are yours."""
    _do(client, {"act": "take"}, numbers, output)


@_command(
    "ack", "ack 12 13\n  sickbay queue show L1 -o csv | cut -d, -f1 | sickbay ticket bulk ack -"
)
def acknowledge(client: ApiClient, *, numbers: tuple[str, ...], output: str) -> None:
    """Say that somebody is on it: escalation stops."""
    _do(client, {"act": "acknowledge"}, numbers, output)


@_command("assign", "assign --to ben 12 13 17")
@click.option("--to", "assignee", required=True, metavar="LOGIN", help="Whose they are to be.")
def assign(client: ApiClient, *, assignee: str, numbers: tuple[str, ...], output: str) -> None:
    """Give tickets to somebody."""
    _do(client, {"act": "assign", "assignee": assignee}, numbers, output)


@_command("macro", "macro --id works-again 12 13 17")
@click.option("--id", "macro", required=True, metavar="MACRO", help="As `sickbay macro ls` says.")
def macro_(client: ApiClient, *, macro: str, numbers: tuple[str, ...], output: str) -> None:
    """Do to each what a macro says, all of it or nothing."""
    _do(client, {"act": "macro", "macro": macro}, numbers, output)


for _one in (take, acknowledge, assign, macro_):
    bulk.add_command(_one)


def _do(client: ApiClient, body: Record, numbers: Sequence[str], output: str) -> None:
    items: list[Record] = []
    names = _named(numbers)
    for start in range(0, len(names), _AT_ONCE):
        items += _done(client, body, names[start : start + _AT_ONCE])
    if output == "json":
        print_json({"items": list(items)})
    elif output == "csv":
        print_csv(_RESULT, items)
    else:
        print_table(_RESULT, [_row(one) for one in items], nothing="no tickets")
    done = sum(one.get("is_done") is True for one in items)
    if done < len(items):
        sys.exit(_PARTIAL if done else _FAILED)


def _named(numbers: Iterable[str]) -> list[str]:
    """Return the tickets' names, each once, those of standard input in the place of "-"."""
    names: list[str] = []
    for one in numbers:
        names += sys.stdin.read().split() if one == "-" else [one]
    # The header of a list that was cut from a CSV file is no ticket.
    found = [one.removeprefix("#") for one in names if one != "number"]
    if not found:
        raise click.UsageError("there is no number on standard input")
    return list(dict.fromkeys(found))


def _done(client: ApiClient, body: Record, names: Sequence[str]) -> list[Record]:
    """Return what became of each, as the tickets are now."""
    read = {one: _version(client, one) for one in names}
    tickets: list[Json] = [
        {"ticket": one, "version": version}
        for one, version in read.items()
        if isinstance(version, int)
    ]
    answer = client.post("/api/v1/tickets/bulk", {**body, "tickets": tickets}) if tickets else {}
    found = {text_of(one, "ticket"): one for one in records_of(answer, "items")}
    return [found.get(one) or _missing(one, str(read[one])) for one in names]


def _version(client: ApiClient, name: str) -> int | str:
    """Return the version of a ticket, or why it is not there."""
    try:
        version = client.get(path_of(name)).get("version")
    except NotFoundError as error:
        return str(error)
    return version if isinstance(version, int) else "the collector names no version of it"


def _missing(name: str, why: str) -> Record:
    return {
        "ticket": name,
        "number": None,
        "is_done": False,
        "problem": why,
        "version": None,
        "status": None,
        "assignee": "",
    }


def _row(one: Record) -> list[str]:
    done = "yes" if one.get("is_done") else "no"
    status, assignee = plain_cell(one.get("status")), text_of(one, "assignee")
    return [
        text_of(one, "ticket"),
        done,
        status or NOTHING,
        assignee or NOTHING,
        text_of(one, "problem"),
    ]
