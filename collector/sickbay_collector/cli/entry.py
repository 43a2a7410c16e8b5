"""`sickbay entry`: single entries of the configuration, for those who may read it."""

import json
from urllib.parse import quote

import click
import yaml

from sickbay_collector.cli.apply import PATH
from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import Cell, Column, print_csv, print_items, print_json
from sickbay_collector.cli.words import NOTHING, local, record_of, text_of
from sickbay_collector.core.errors import InvalidError

_LIST = (
    Column(title="Id", field="id"),
    Column(title="From", field="source"),
    Column(title="Applied", field="applied_at"),
    Column(title="By", field="applied_by"),
    Column(title="Says", field="content", wide=True),
)
_KEYS = (Column(title="Key", field="key"), Column(title="Value", field="value"))
# More than there may be of a kind.
_MOST = 100_000


@click.group()
@naming_collector
def entry() -> None:
    """Look at entries of the configuration; `sickbay apply` changes them.

    Values of secret keys are left out, so that whoever may read the desk may look.
    """


@entry.command(
    "ls",
    epilog="""\b
Examples:
  sickbay entry ls sites
  sickbay entry ls technicians -o csv
""",
)
@click.argument("kind")
@output_option
@asking_collector
def list_(client: ApiClient, kind: str, output: str) -> None:
    """List the entries of a kind and where each comes from."""
    items = [
        {**item, "content": json.dumps(item["content"], ensure_ascii=False)}
        if output != "json"
        else item
        for item in client.pages(f"{PATH}/{quote(kind, safe='')}", {}, limit=_MOST)
    ]
    print_items([*items], _LIST, items, _row, output=output, nothing=f"no {kind}")


@entry.command(
    epilog="""\b
Examples:
  sickbay entry show sites/berlin
  sickbay entry show technicians/ann > ann.yaml
  sickbay entry show channels/ops -o json
"""
)
@click.argument("name", metavar="KIND/ID")
@output_option
@asking_collector
def show(client: ApiClient, name: str, output: str) -> None:
    """Print an entry as `sickbay apply` reads it, with where it comes from and what names it."""
    kind, slash, entry_id = name.partition("/")
    if not slash:
        raise InvalidError(f"{name!r} must be a kind and an id like sites/berlin")
    found = client.get(f"{PATH}/{quote(kind, safe='')}/{quote(entry_id, safe='')}")
    content = record_of(found, "content")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_KEYS, [{"key": key, "value": content[key]} for key in content])
    else:
        click.echo("".join(f"# {line}\n" for line in _about(found)), nl=False)
        document = yaml.safe_dump({kind: [content]}, sort_keys=False, allow_unicode=True)
        click.echo(document, nl=False)


def _row(item: Record) -> tuple[Cell, ...]:
    return (
        text_of(item, "id"),
        text_of(item, "source"),
        local(item["applied_at"]),
        text_of(item, "applied_by") or NOTHING,
        text_of(item, "content"),
    )


def _about(found: Record) -> list[str]:
    """Return what is worth knowing of an entry beside what it says, line by line."""
    said = {
        "from": text_of(found, "source"),
        "applied": f"{local(found['applied_at'])} by {text_of(found, 'applied_by')}"
        if found["applied_at"]
        else "",
        "beneath it": text_of(found, "beneath"),
        "secret, left out": _joined(found, "secrets"),
        "named by": _joined(found, "named_by"),
        "state": "" if found["is_on"] else "switched off",
    }
    return [f"{word}: {value}" for word, value in said.items() if value]


def _joined(found: Record, field: str) -> str:
    values = found[field]
    return ", ".join(map(str, values)) if isinstance(values, list) else ""
