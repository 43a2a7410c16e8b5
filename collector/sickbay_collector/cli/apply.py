"""`sickbay apply` and `sickbay export`: the configuration as files, and back."""

from pathlib import Path
from types import MappingProxyType

import click
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Json, Record
from sickbay_collector.cli.config_files import as_documents, read_files, write_files
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.output import Column, make_console, print_csv, print_json
from sickbay_collector.cli.words import number_of, records_of, text_of

PATH = "/api/v1/config"
# More than there may be.
_ALL = 1_000_000
_MARKS = MappingProxyType(
    {
        "added": ("+", "green"),
        "changed": ("~", "yellow"),
        "removed": ("-", "red"),
        "ordered": ("~", "yellow"),
    }
)
_CSV = (
    Column(title="Kind", field="kind"),
    Column(title="Id", field="id"),
    Column(title="Change", field="change"),
    Column(title="Key", field="key"),
    Column(title="Before", field="before"),
    Column(title="After", field="after"),
)


@click.command(
    "apply",
    epilog="""\b
Examples:
  sickbay apply -f desk/ --dry-run
  sickbay apply -f desk/ --prune
  sickbay apply -f team.yaml -f rules.yaml --revision 12
  sickbay apply --remove technicians/ann
  cat team.yaml | sickbay apply -f -

A document is a YAML mapping of a kind to a list of entries. An entry replaces the keys that it
names and leaves the others as files and defaults have them; `enabled: false` switches it off.
Exit codes: 0 applied or nothing to do, 1 invalid or refused, 2 usage.
""",
)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    metavar="FILE|DIR|-",
    help="Document, or a folder of them. May be repeated.",
)
@click.option("--remove", multiple=True, metavar="KIND/ID", help="Take an applied entry away.")
@click.option("--prune", is_flag=True, help="Take away what is applied and in none of the files.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option(
    "--revision",
    type=click.IntRange(0),
    metavar="N",
    help="Refuse unless this is the revision in force; `sickbay export` says it.",
)
@click.option("--force", is_flag=True, help="Apply over what somebody else applies meanwhile.")
@output_option
@asking_collector
def apply(
    client: ApiClient,
    *,
    files: tuple[str, ...],
    remove: tuple[str, ...],
    prune: bool,
    dry_run: bool,
    revision: int | None,
    force: bool,
    output: str,
) -> None:
    """Bring the desk's configuration to what files say, and show what changes."""
    if not files and not remove:
        raise click.UsageError("name what to apply with -f, or what to take away with --remove")
    if force and revision is not None:
        raise click.UsageError("--force and --revision exclude each other")
    body: Record = {
        "documents": read_files(files),
        "remove": list[Json](remove),
        "prune": prune,
        "dry_run": True,
    }
    known = "" if revision is None else f'"{revision}"'
    seen = client.post(PATH, body, etag=known)
    if not dry_run and seen["changes"]:
        tag = "*" if force else f'"{seen["revision"]}"'
        seen = client.post(PATH, {**body, "dry_run": False}, etag=tag)
    print_result(seen, output)


def print_result(result: Record, output: str) -> None:
    """Print what changed, or would."""
    changes = records_of(result, "changes")
    if output == "json":
        print_json(result)
    elif output == "csv":
        print_csv(
            _CSV,
            [
                {**field, **{key: change[key] for key in ("kind", "id", "change")}}
                for change in changes
                for field in records_of(change, "fields")
            ],
        )
    else:
        console = make_console()
        for change in changes:
            console.print(_lines(change), soft_wrap=True)
        console.print(_summary(result, changes))


def _lines(change: Record) -> Text:
    kind = text_of(change, "change")
    mark, style = _MARKS[kind]
    name = f"{text_of(change, 'kind')}/{text_of(change, 'id')}".rstrip("/")
    text = Text.assemble((f"{mark} {name}", style))
    for field in records_of(change, "fields"):
        text.append(f"\n    {text_of(field, 'key')}: {_values(field)}")
    return text


def _values(field: Record) -> str:
    before, after = field.get("before"), field.get("after")
    if before is None:
        return str(after)
    return f"{before} -> {'(gone)' if after is None else after}"


def _summary(result: Record, changes: list[Record]) -> str:
    counts = {kind: sum(text_of(one, "change") == kind for one in changes) for kind in _MARKS}
    counted = [f"{count} {kind}" for kind, count in counts.items() if count]
    counted.append(f"{int(number_of(result, 'unchanged') or 0)} unchanged")
    revision = f"revision {int(number_of(result, 'revision') or 0)}"
    if not changes:
        return f"nothing to do: {', '.join(counted)}, {revision}"
    done = "would change" if result.get("dry_run") else "applied"
    return f"{done}: {', '.join(counted)}, {revision}"


@click.command(
    "export",
    epilog="""\b
Examples:
  sickbay export > desk.yaml
  sickbay export -o desk/
  sickbay export -o desk/ --kind technicians --kind tiers --force
  sickbay export --applied
""",
)
@click.option(
    "-o",
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a file a kind there, not to standard output.",
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this. May be repeated.")
@click.option("--applied", is_flag=True, help="Only entries that were applied.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@asking_collector
def export(
    client: ApiClient, *, folder: Path | None, kinds: tuple[str, ...], applied: bool, force: bool
) -> None:
    """Write the configuration in force as `sickbay apply` reads it."""
    revision = client.get(PATH, {"limit": 1})["revision"]
    found = [
        item
        for kind in kinds or ("",)
        for item in client.pages(PATH, {"kind": kind}, limit=_ALL)
        if not applied or item["source"] == "applied"
    ]
    documents = as_documents(found)
    if folder is None:
        click.echo("".join(documents.values()), nl=False)
        click.echo(f"{len(found)} entries, revision {revision}", err=True)
        return
    write_files(folder, documents, overwrite=force)
    click.echo(f"{folder}: {len(found)} entries in {len(documents)} files, revision {revision}")
