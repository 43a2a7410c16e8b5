"""`sickbay device explain` and `duplicates`: why a device is taken for what it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import quote

import click
from rich.console import Console

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.device_parts import named
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_items,
    print_json,
    print_table,
)
from sickbay_collector.cli.words import NOTHING, ago, number_of, record_of, records_of, text_of
from sickbay_collector.core.identity import SAME_POINTS
from sickbay_collector.core.identity_words import HOUSINGS, KINDS, OBJECTIONS, OUTCOMES, VERDICTS

_Code = TypeVar("_Code", bound=StrEnum)

_FINDINGS = (
    Column(title="What", field="kind"),
    Column(title="Value", field="value", wide=True),
    Column(title="Compared", field="outcome", wide=True),
    Column(title="Points", field="points", right=True),
)
_TWINS = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="May be", field="other", wide=True),
    Column(title="Points", field="points", right=True),
    Column(title="Enrolled", field="enrolled_at"),
    Column(title="Id", field="device_id"),
    Column(title="Id of the other", field="possible_duplicate_of", extra=True),
)


@click.command(
    "explain",
    epilog="""\b
Examples:
  sickbay device explain ws-017
  sickbay device explain ws-017 -o csv
""",
)
@click.argument("name")
@output_option
@asking_collector
def explain(client: ApiClient, name: str, output: str) -> None:
    """Explain why a device is taken for what it is: its hardware's values and their points."""
    found = client.get(f"/api/v1/devices/{quote(name, safe='')}/identity")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_FINDINGS, records_of(found, "findings"))
    else:
        _print(make_console(), found, now=datetime.now(UTC))


@click.command("duplicates", epilog="\b\nExample:\n  sickbay device duplicates -o json")
@output_option
@asking_collector
def duplicates(client: ApiClient, output: str) -> None:
    """List devices that may be known ones, the last enrolled first."""
    found = client.get("/api/v1/possible-duplicates")
    items = [
        {
            **one,
            "other": text_of(record_of(one, "other"), "hostname"),
            "points": record_of(one, "verdict").get("points"),
        }
        for one in records_of(found, "items")
    ]
    now = datetime.now(UTC)
    print_items(
        found,
        _TWINS,
        items,
        lambda one: (
            text_of(one, "hostname"),
            text_of(one, "other") or NOTHING,
            f"{number_of(one, 'points') or 0:.0f}",
            ago(one.get("enrolled_at"), now=now),
            text_of(one, "device_id"),
            text_of(one, "possible_duplicate_of"),
        ),
        output=output,
        nothing="no device looks like another one",
    )


COMMANDS = (explain, duplicates)


def _goes_on_for(found: Record) -> list[tuple[str, str]]:
    return [
        ("goes on for", f"{text_of(one, 'hostname')} ({text_of(one, 'device_id')})")
        for one in records_of(found, "aliases")
    ]


def word_for(words: Mapping[_Code, str], code: str) -> str:
    """Return what a code is called; one of a newer collector is called as it is."""
    return next((text for one, text in words.items() if one == code), code)


def _print(console: Console, found: Record, *, now: datetime) -> None:
    verdict, other = record_of(found, "verdict"), record_of(found, "other")
    points = number_of(verdict, "points")
    said = text_of(verdict, "verdict")
    rows = (
        ("device", f"{text_of(found, 'hostname')} ({text_of(found, 'device_id')})"),
        ("taken for", word_for(VERDICTS, said) if said else "not kept: it came in before that was"),
        (
            "most like",
            f"{text_of(other, 'hostname')} ({text_of(other, 'device_id')})" * bool(other),
        ),
        ("points", f"{points:.0f}; {SAME_POINTS} would do" if points is not None else ""),
        ("runs in", word_for(HOUSINGS, text_of(found, "housing"))),
        ("came in", ago(found["came_in_at"], now=now) if found.get("came_in_at") else ""),
        ("from", text_of(found, "address")),
        ("token", text_of(found, "token_id")),
    )
    console.print(named((*rows, *_goes_on_for(found))))
    objections = verdict.get("objections")
    for one in objections if isinstance(objections, list) else []:
        console.print(f"  but {word_for(OBJECTIONS, str(one))}", markup=False)
    lines = [
        (
            word_for(KINDS, text_of(one, "kind")),
            text_of(one, "value"),
            word_for(OUTCOMES, text_of(one, "outcome")),
            f"{number_of(one, 'points') or 0:.0f}",
        )
        for one in records_of(found, "findings")
    ]
    print_table(_FINDINGS, lines, nothing="its agent gave no evidence of its hardware")
