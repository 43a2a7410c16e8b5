"""What the commands on alert rules share: where a rule is, its versions, its text, what changed."""

from pathlib import Path
from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.config_files import STDIN, read_files
from sickbay_collector.cli.output import Column, print_csv, print_json, print_table
from sickbay_collector.cli.words import NOTHING, records_of, text_of

PATH = "/api/v1/rules"
SHORT = 12
"""Characters of a version that people read."""
_FIELDS = (
    Column(title="Key", field="key"),
    Column(title="Before", field="before", wide=True),
    Column(title="After", field="after", wide=True),
)


def path_of(rule: str) -> str:
    """Return where a rule is."""
    return f"{PATH}/{quote(rule, safe='')}"


def full_version(client: ApiClient, rule: str, short: str) -> str:
    """Return the version that begins so, as the API wants it.

    Raises:
        click.UsageError: None begins so, or several do.
    """
    found = client.get(f"{path_of(rule)}/versions")
    known = [text_of(one, "version") for one in records_of(found, "versions")]
    known.append(text_of(client.get(path_of(rule)), "version"))
    fits = sorted({one for one in known if one.startswith(short)})
    if len(fits) != 1:
        raise click.UsageError(
            f"{len(fits)} versions of {rule} begin with {short!r};"
            f" `sickbay rule versions {rule}` names them"
        )
    return fits[0]


def text_of_file(file: str) -> str:
    """Return a rule's text of a file or of standard input.

    Raises:
        click.UsageError: It is a folder.
    """
    if file != STDIN and Path(file).is_dir():
        raise click.UsageError(f"{file} is a folder; name the file of one rule")
    (document,) = read_files([file])
    return text_of(document, "text") if isinstance(document, dict) else ""


def print_fields(found: Record, output: str) -> None:
    """Print keys before and after."""
    fields = records_of(found, "changes")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_FIELDS, fields)
    else:
        rows = [
            (
                text_of(one, "key"),
                text_of(one, "before") or NOTHING,
                text_of(one, "after") or NOTHING,
            )
            for one in fields
        ]
        print_table(_FIELDS, rows, nothing="they say the same")
