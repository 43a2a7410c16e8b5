"""The commands that send a file of a spreadsheet or write one: `import` and `export`."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, make_console, print_csv, print_json, print_table
from sickbay_collector.cli.words import number_of, records_of, text_of
from sickbay_collector.core.errors import InvalidError, SickbayError
from sickbay_collector.core.sheet import MAX_SHEET_BYTES

_ERRORS = (
    Column(title="Line", field="line", right=True),
    Column(title="Column", field="column"),
    Column(title="What is wrong", field="detail", wide=True),
)
_CHANGES = (
    Column(title="Line", field="line", right=True),
    Column(title="Name", field="name", wide=True),
    Column(title="Field", field="field"),
    Column(title="Before", field="before", wide=True),
    Column(title="After", field="after", wide=True),
)
# How many changes a person reads; JSON has the first thousand.
_SHOWN = 50
_EXIT_CODES = {"refused": 1, "partial": 3}
_SENTENCES = {
    "applied": "done",
    "partial": "done without the rows with errors",
    "refused": "nothing was changed: correct the errors, or leave their rows out with --partial",
    "dry_run": "nothing was changed: this was a dry run",
}


def import_command(path: str, sentences: str, *, examples: str) -> click.Command:
    """Return the command that sends a file to an address of the API.

    Args:
        path: The address.
        sentences: What the command does.
        examples: Of its use, a line each.
    """

    @click.argument("file", type=click.Path(path_type=Path))
    @_import_options
    @output_option
    @asking_collector
    def send(client: ApiClient, *, file: Path, output: str, **wish: bool | tuple[str, ...]) -> None:
        _send(client, path, file, wish, output)

    return click.command("import", help=sentences, epilog=_epilog(examples))(send)


def export_command(path: str, sentence: str, *, examples: str) -> click.Command:
    """Return the command that writes the file which an address of the API makes.

    Args:
        path: The address.
        sentence: What the command writes.
        examples: Of its use, a line each.
    """

    @click.argument("file", type=click.Path(path_type=Path), required=False)
    @asking_collector
    def save(client: ApiClient, file: Path | None) -> None:
        _save(client.get_text(path), file)

    guarded = "A cell that a spreadsheet would take for a formula begins with an apostrophe."
    help_ = f"{sentence}\n\n{guarded}"
    return click.command("export", help=help_, epilog=_epilog(examples))(save)


def _epilog(examples: str) -> str:
    lines = "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())
    return f"\b\nExamples:\n{lines}"


def _import_options(command: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option("--dry-run", is_flag=True, help="Only say what would change."),
        click.option(
            "--partial", is_flag=True, help="Take over the rows without errors; exit code 3."
        ),
        click.option(
            "--map",
            "mapping",
            multiple=True,
            metavar="TITLE=FIELD",
            help="A column that is called otherwise. May be repeated.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _send(
    client: ApiClient,
    path: str,
    file: Path,
    wish: Mapping[str, bool | tuple[str, ...]],
    output: str,
) -> None:
    """Send a file, print what became of it, and end with 1 or 3 if it was not taken over whole."""
    mapping = wish["mapping"]
    query: Query = {
        "dry_run": "true" if wish["dry_run"] else None,
        "partial": "true" if wish["partial"] else None,
        "map": [*mapping] if isinstance(mapping, tuple) else None,
    }
    report = client.post_file(path, _content(file), query)
    if output == "json":
        print_json(report)
    elif output == "csv":
        print_csv(_ERRORS, records_of(report, "errors"))
    else:
        _print_report(report)
    outcome = text_of(report, "outcome")
    failed = outcome == "dry_run" and number_of(report, "error_count")
    click.get_current_context().exit(1 if failed else _EXIT_CODES.get(outcome, 0))


def _save(text: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(text)
        return
    try:
        # Its lines end as CSV's do, whatever the system.
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise SickbayError(f"{file}: cannot be written: {error.strerror}") from error


def _content(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MAX_SHEET_BYTES:
            raise InvalidError(f"{file}: has {size} bytes; the limit is {MAX_SHEET_BYTES}")
        return file.read_bytes()
    except OSError as error:
        raise InvalidError(f"{file}: cannot be read: {error.strerror}") from error


def _print_report(report: Record) -> None:
    console = make_console()
    counts = ("added", "changed", "unchanged")
    words = ", ".join(f"{number_of(report, name) or 0:.0f} {name}" for name in counts)
    errors, changes = records_of(report, "errors"), records_of(report, "changes")
    if changes:
        print_table(_CHANGES, _rows(_CHANGES, changes[:_SHOWN]), nothing="")
        _print_rest(report, "change_count", len(changes[:_SHOWN]))
    if errors:
        print_table(_ERRORS, _rows(_ERRORS, errors), nothing="")
        _print_rest(report, "error_count", len(errors))
    ignored = report.get("ignored_columns")
    if isinstance(ignored, list) and ignored:
        console.print(f"not read: {', '.join(str(one) or '(no title)' for one in ignored)}")
    wrong = number_of(report, "error_count") or 0
    console.print(f"{words}, {wrong:.0f} with errors")
    console.print(_SENTENCES[text_of(report, "outcome")])


def _rows(columns: tuple[Column, ...], records: list[Record]) -> list[tuple[str, ...]]:
    return [
        tuple(
            f"{number_of(record, column.field):.0f}"
            if column.field == "line"
            else text_of(record, column.field)
            for column in columns
        )
        for record in records
    ]


def _print_rest(report: Record, count: str, shown: int) -> None:
    rest = (number_of(report, count) or 0) - shown
    if rest > 0:
        make_console().print(f"and {rest:.0f} more")
