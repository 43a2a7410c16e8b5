"""`sickbay macro`: several changes to a ticket at once."""

from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Column, print_csv, print_items, print_json, print_table
from sickbay_collector.cli.ticket_page import path_of, print_ticket
from sickbay_collector.cli.words import record_of, records_of, text_of
from sickbay_collector.core.errors import NotFoundError

_LIST = (
    Column(title="Id", field="id"),
    Column(title="Name", field="name", wide=True),
    Column(title="Does", field="does", wide=True),
)
_STEPS = (Column(title="Does", field="does", wide=True),)
_PLAN = (
    Column(title="Does", field="event"),
    Column(title="Changes", field="changes", wide=True),
    Column(title="Says", field="text", wide=True),
    Column(title="Seen by", field="visibility", extra=True),
)


@click.group()
@naming_collector
def macro() -> None:
    """Do several things to a ticket at once."""


@macro.command(
    "ls",
    epilog="""\b
Examples:
  sickbay macro ls
  sickbay macro ls -o csv
""",
)
@output_option
@asking_collector
def list_(client: ApiClient, output: str) -> None:
    """List the macros and what each does."""
    found = client.get("/api/v1/macros")
    items = [_shown(one) for one in records_of(found, "items")]
    print_items(
        found,
        _LIST,
        items,
        lambda one: [text_of(one, column.field) for column in _LIST],
        output=output,
        nothing="no macros",
    )


@macro.command(
    epilog="""\b
Examples:
  sickbay macro show password-reset
  sickbay macro show password-reset 12     (what it would do to #12)
"""
)
@click.argument("name", metavar="MACRO")
@click.argument("number", metavar="[TICKET]", required=False)
@output_option
@asking_collector
def show(client: ApiClient, *, name: str, number: str | None, output: str) -> None:
    """Show what a macro does; for a ticket, with its texts filled in. Nothing is done yet."""
    if number is None:
        _print_macro(_found(client, name), output)
    else:
        _print_plan(client.get(_path(name, number)), output)


@macro.command(
    epilog="""\b
Examples:
  sickbay macro apply password-reset 12
  sickbay ticket bulk macro works-again 12 13 17     (to several)
"""
)
@click.argument("name", metavar="MACRO")
@click.argument("number", metavar="TICKET")
@output_option
@asking_collector
def apply(client: ApiClient, *, name: str, number: str, output: str) -> None:
    """Do to a ticket what a macro says, all of it or nothing."""
    _, etag = client.get_with_etag(path_of(number))
    print_ticket(client.post(_path(name, number), None, etag=etag), output)


def _path(name: str, number: str) -> str:
    return f"{path_of(number)}/macros/{quote(name, safe='')}"


def _found(client: ApiClient, name: str) -> Record:
    items = records_of(client.get("/api/v1/macros"), "items")
    for one in items:
        if one.get("id") == name:
            return one
    known = ", ".join(text_of(one, "id") for one in items) or "none"
    raise NotFoundError(f"there is no macro {name!r}; there are: {known}")


def _shown(one: Record) -> Record:
    return {**one, "does": ", ".join(_steps(one))}


def _steps(one: Record) -> list[str]:
    steps = one.get("steps")
    return [str(step) for step in steps] if isinstance(steps, list) else []


def _print_macro(one: Record, output: str) -> None:
    if output == "json":
        print_json(one)
    elif output == "csv":
        print_csv(_LIST, [_shown(one)])
    else:
        print_table(_STEPS, [[step] for step in _steps(one)], nothing="it does nothing")


def _print_plan(plan: Record, output: str) -> None:
    steps = [{**one, "changes": _changes(one)} for one in records_of(plan, "steps")]
    if output == "json":
        print_json(plan)
    elif output == "csv":
        print_csv(_PLAN, steps)
    else:
        rows = [[text_of(one, column.field) for column in _PLAN] for one in steps]
        print_table(_PLAN, rows, nothing="it changes nothing")


def _changes(step: Record) -> str:
    after = record_of(step, "after")
    return ", ".join(f"{name}: {value}" for name, value in after.items())
