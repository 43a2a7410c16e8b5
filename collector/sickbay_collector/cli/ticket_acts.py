"""`sickbay ticket open`, `take`, `resolve` and the rest of what is done with tickets."""

from collections.abc import Callable
from typing import TypeVar

import click

from sickbay_collector.cli.client import ApiClient, Json, Record
from sickbay_collector.cli.options import asking_collector, choice_of, output_option
from sickbay_collector.cli.params import Seconds
from sickbay_collector.cli.ticket_page import path_of, print_ticket
from sickbay_collector.core.desk.codes import (
    CauseCode,
    ClosureCode,
    ResolutionCode,
    ResolutionMode,
)
from sickbay_collector.core.desk.ticket import TicketKind, TicketSource

R = TypeVar("R")

_SOURCES = [one for one in TicketSource if one not in {"alert", "alertmanager"}]
_LEVEL = click.IntRange(1, 3)
_REASON = click.option("-m", "--reason", required=True, metavar="TEXT", help="Why.")


def _subject(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options that say what a ticket is about."""
    for option in reversed(
        (
            click.option("--category", metavar="NAME"),
            click.option("--subcategory", metavar="NAME"),
            click.option("--service", metavar="ID", help="Service of the configuration."),
            click.option("--product", metavar="NAME"),
            click.option("--product-version", metavar="TEXT"),
            click.option(
                "--requester", metavar="PERSON", help="Id, e-mail address, login or name."
            ),
            click.option("--site", metavar="ID", help="Site of the configuration."),
            click.option("--device", metavar="NAME", help="Id or host name."),
            click.option("--impact", type=_LEVEL, help="1 is most; derived where left out."),
            click.option("--urgency", type=_LEVEL, help="1 is most."),
            click.option(
                "--affected", type=click.IntRange(1), help="How many devices or people are."
            ),
        )
    ):
        command = option(command)
    return command


def _codes(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options that say how a ticket was solved."""
    for option in reversed(
        (
            click.option("--mode", type=choice_of(ResolutionMode), help="Where."),
            click.option("--cause", type=choice_of(CauseCode), help="Why it happened."),
            click.option("--code", type=choice_of(ResolutionCode), help="What solved it."),
        )
    ):
        command = option(command)
    return command


@click.command(
    "open",
    epilog="""\b
Examples:
  sickbay ticket open "Printer on floor 2 jams" --source phone --category hardware
  sickbay ticket open "New laptop" --kind request --service laptop --requester ada@example.com
  sickbay ticket open "Forgot the password" --source walk_up --solved "Set a new one." --mode self
""",
)
@click.argument("title")
@click.option("--source", type=choice_of(_SOURCES), default="api", show_default=True)
@click.option("--kind", type=choice_of(TicketKind))
@click.option("-m", "--description", metavar="TEXT", help="In the requester's words.")
@_subject
@click.option("--solved", metavar="TEXT", help="What solved it at once.")
@_codes
@click.option("--key", default="", metavar="TEXT", help="Opens one ticket however often it is run.")
@output_option
@asking_collector
def open_(
    client: ApiClient,
    *,
    solved: str | None,
    mode: str | None,
    cause: str | None,
    code: str | None,
    key: str,
    output: str,
    **fields: Json,
) -> None:
    """Open a ticket for somebody who contacts the desk."""
    body = _said(fields)
    if solved is not None:
        body["solved"] = _said({"resolution": solved, "mode": mode, "cause": cause, "code": code})
    elif mode or cause or code:
        raise click.UsageError("--mode, --cause and --code say how it was solved: name --solved")
    print_ticket(client.post("/api/v1/tickets", body, key=key), output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket edit 12 --category network --subcategory wifi
  sickbay ticket edit 12 --affected 40
  sickbay ticket edit 12 --device "" --requester ada@example.com
"""
)
@click.argument("number")
@click.option("--title", metavar="TEXT")
@_subject
@output_option
@asking_collector
def edit(client: ApiClient, number: str, output: str, **fields: Json) -> None:
    """Correct what a ticket is about; its priority follows."""
    _, etag = client.get_with_etag(path_of(number))
    print_ticket(client.patch(path_of(number), _said(fields), etag=etag), output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket take 12
"""
)
@click.argument("number")
@output_option
@asking_collector
def take(client: ApiClient, number: str, output: str) -> None:
    """Begin to work on a ticket; you become its assignee."""
    _act(client, number, "take", None, output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket assign 12 ada
"""
)
@click.argument("number")
@click.argument("login")
@output_option
@asking_collector
def assign(client: ApiClient, number: str, login: str, output: str) -> None:
    """Give a ticket to a technician."""
    _act(client, number, "assign", {"assignee": login}, output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket wait 12 --on vendor -m "Ordered a new battery."
"""
)
@click.argument("number")
@click.option("--on", required=True, type=click.Choice(["user", "vendor", "change"]))
@_REASON
@output_option
@asking_collector
def wait(client: ApiClient, number: str, on: str, reason: str, output: str) -> None:
    """Let a ticket wait; its clocks pause."""
    _act(client, number, "wait", {"on": on, "reason": reason}, output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket resolve 12 -m "Removed 40 GiB of old build output."
  sickbay ticket resolve 12 -m "Swapped the drive." --mode on_site --cause wear --code replaced
"""
)
@click.argument("number")
@click.option(
    "-m",
    "--resolution",
    required=True,
    metavar="TEXT",
    help="What was done; the user who is affected may read it.",
)
@_codes
@output_option
@asking_collector
def resolve(client: ApiClient, number: str, output: str, **fields: Json) -> None:
    """Resolve a ticket with what was done."""
    _act(client, number, "resolve", _said(fields), output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket reopen 12 -m "The volume is full again."
"""
)
@click.argument("number")
@_REASON
@output_option
@asking_collector
def reopen(client: ApiClient, number: str, reason: str, output: str) -> None:
    """Open a resolved ticket again."""
    _act(client, number, "reopen", {"reason": reason}, output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket cancel 12 -m "It was a test."
  sickbay ticket cancel 12 -m "Ada needs it no more." --code withdrawn
"""
)
@click.argument("number")
@_REASON
@click.option(
    "--code",
    type=choice_of([ClosureCode.NO_FAULT, ClosureCode.WITHDRAWN, ClosureCode.REFUSED]),
    default="no_fault",
    show_default=True,
)
@output_option
@asking_collector
def cancel(client: ApiClient, number: str, reason: str, code: str, output: str) -> None:
    """End a ticket that was no fault or is not wanted any more."""
    _act(client, number, "cancel", {"reason": reason, "code": code}, output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket note 12 -m "Called the vendor."
  sickbay ticket note 12 -m "We found the cause." --public
"""
)
@click.argument("number")
@click.option("-m", "--text", required=True, metavar="TEXT")
@click.option("--public", is_flag=True, help="For the requester, too.")
@output_option
@asking_collector
def note(client: ApiClient, number: str, text: str, output: str, *, public: bool) -> None:
    """Add a note to a ticket's worklog."""
    body: Record = {"text": text, "visibility": "public" if public else "internal"}
    print_ticket(client.post(f"{path_of(number)}/notes", body), output)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket major 12 -m "The whole site has no network."
  sickbay ticket major 12 --owner ann --update-every 15m -m "No mail anywhere."
  sickbay ticket major 12 --off -m "Only one switch."
"""
)
@click.argument("number")
@_REASON
@click.option("--owner", metavar="LOGIN", help="Who leads it; you unless it is said.")
@click.option("--update-every", type=Seconds(), help="By when people hear of it again.")
@click.option("--off", is_flag=True, help="It is none any more.")
@output_option
@asking_collector
def major(
    client: ApiClient,
    number: str,
    *,
    reason: str,
    owner: str | None,
    update_every: float | None,
    off: bool,
    output: str,
) -> None:
    """Make a ticket a major incident, which has an owner and needs updates."""
    said = _said({"reason": reason, "owner": owner, "update_every_s": update_every})
    _act(client, number, "major", {"major": not off, **said}, output)


COMMANDS: tuple[click.Command, ...] = (
    open_,
    edit,
    take,
    assign,
    wait,
    resolve,
    reopen,
    cancel,
    note,
    major,
)
"""What `sickbay ticket` adds to looking."""


def _act(client: ApiClient, number: str, what: str, body: Record | None, output: str) -> None:
    _, etag = client.get_with_etag(path_of(number))
    print_ticket(client.post(f"{path_of(number)}/{what}", body, etag=etag), output)


def _said(fields: Record) -> Record:
    return {name: value for name, value in fields.items() if value is not None}
