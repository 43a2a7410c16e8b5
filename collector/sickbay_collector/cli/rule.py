"""`sickbay rule`: alert rules, what they did, their versions; and checking files by themselves."""

from pathlib import Path

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_json,
    print_table,
)
from sickbay_collector.cli.rule_acts import ACTS
from sickbay_collector.cli.rule_page import (
    PATH,
    SHORT,
    full_version,
    path_of,
    print_fields,
    text_of_file,
)
from sickbay_collector.cli.words import NOTHING, local, number_of, record_of, records_of, text_of
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.core.words import percent
from sickbay_collector.services.rulebook import check_file

_LIST = (
    Column(title="Rule", field="id"),
    Column(title="On", field="enabled"),
    Column(title="Alerts", field="alerts", right=True),
    Column(title="Tickets", field="tickets", right=True),
    Column(title="Noise", field="noise_ratio", right=True),
    Column(title="From", field="source"),
    Column(title="Title", field="title", wide=True),
    Column(title="Version", field="version", extra=True),
)
_CHANGES = (
    Column(title="When", field="at"),
    Column(title="By", field="by"),
    Column(title="What", field="action"),
    Column(title="On", field="enabled"),
    Column(title="Version", field="version"),
    Column(title="Why", field="note", wide=True),
)
_HITS = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Where", field="instance_label"),
    Column(title="What", field="sentence", wide=True),
    Column(title="Would be", field="verdict"),
    Column(title="Why", field="why", wide=True),
)


@click.group(
    name="rule", epilog="\b\nExamples:\n  sickbay rule ls\n  sickbay rule check rules.d/*.yaml"
)
@naming_collector
def command() -> None:
    """Look at alert rules, and change them."""


@command.command(name="check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Say whether rule files are valid; an error names line and key."""
    wrong = 0
    for file in files:
        try:
            rules = check_file(file)
        except SickbayError as error:
            wrong += 1
            click.echo(str(error), err=True)
        else:
            click.echo(f"{file}: {len(rules)} rule{'' if len(rules) == 1 else 's'}, valid")
    if wrong:
        raise SystemExit(1)


@command.command("ls", epilog="\b\nExamples:\n  sickbay rule ls\n  sickbay rule ls -o csv")
@output_option
@asking_collector
def list_(client: ApiClient, output: str) -> None:
    """List all rules with what they did in the last 30 days."""
    found = client.get(PATH)
    if output == "json":
        print_json(found["items"])
        return
    items = [{**one, **record_of(one, "tally")} for one in records_of(found, "items")]
    if output == "csv":
        print_csv(_LIST, items)
        return
    rows = [
        (
            text_of(one, "id"),
            "yes" if one.get("enabled") else "no",
            str(one.get("alerts")),
            str(one.get("tickets")),
            _noise(one),
            text_of(one, "source"),
            text_of(one, "title"),
            text_of(one, "version")[:SHORT],
        )
        for one in items
    ]
    print_table(_LIST, rows, nothing="no rules")


@command.command(
    "show", epilog="\b\nExample:\n  sickbay rule show disk.full.warn > disk.full.warn.yaml"
)
@click.argument("rule", metavar="ID")
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml")
@asking_collector
def show(client: ApiClient, rule: str, output: str) -> None:
    """Show a rule as `sickbay rule put` reads it."""
    found = client.get(path_of(rule))
    if output == "json":
        print_json(found)
    else:
        click.echo(text_of(found, "text"), nl=False)


@command.command("versions", epilog="\b\nExample:\n  sickbay rule versions disk.full.warn")
@click.argument("rule", metavar="ID")
@output_option
@asking_collector
def versions(client: ApiClient, rule: str, output: str) -> None:
    """Show who changed a rule, when and why, and the versions that are kept."""
    found = client.get(f"{path_of(rule)}/versions")
    changes = records_of(found, "changes")
    if output == "json":
        print_json(found)
        return
    if output == "csv":
        print_csv(_CHANGES, changes)
        return
    rows = [
        (
            local(one.get("at")),
            text_of(one, "by"),
            text_of(one, "action"),
            "yes" if one.get("enabled") else "no",
            text_of(one, "version")[:SHORT] or NOTHING,
            text_of(one, "note"),
        )
        for one in changes
    ]
    print_table(_CHANGES, rows, nothing="nobody applied anything to it")
    kept = ", ".join(text_of(one, "version")[:SHORT] for one in records_of(found, "versions"))
    make_console().print(f"\nversions that are kept: {kept or 'none yet'}", soft_wrap=True)


@command.command(
    "diff",
    epilog="\b\nExamples:\n  sickbay rule diff disk.full.warn 3f2a90bc11de\n"
    "  sickbay rule diff disk.full.warn 3f2a90bc11de 77aa01f0c2d4",
)
@click.argument("rule", metavar="ID")
@click.argument("before", metavar="VERSION")
@click.argument("after", metavar="VERSION", default="")
@output_option
@asking_collector
def diff(client: ApiClient, rule: str, before: str, after: str, output: str) -> None:
    """Show how a version of a rule differs from another, or from the one in force."""
    query = {"before": full_version(client, rule, before)}
    query["after"] = full_version(client, rule, after) if after else ""
    print_fields(client.get(f"{path_of(rule)}/diff", query), output)


@command.command(
    "try",
    epilog="\b\nExamples:\n  sickbay rule try -f mine.yaml\n"
    "  sickbay rule show disk.full.warn | sickbay rule try -f - --device ws-017",
)
@click.option("-f", "--file", "file", required=True, metavar="FILE|-", help="The rule, as YAML.")
@click.option("--device", default="", metavar="NAME", help="Only on this device.")
@output_option
@asking_collector
def try_(client: ApiClient, file: str, device: str, output: str) -> None:
    """Show where a rule's condition is true, and what it would have come to; nothing is changed."""
    found = client.post(f"{PATH}/try", {"text": text_of_file(file), "device": device})
    hits = records_of(found, "hits")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(_HITS, hits)
    else:
        rows = [tuple(text_of(one, column.field) for column in _HITS) for one in hits]
        print_table(_HITS, rows, nothing="it is true nowhere")
        make_console().print(
            f"\ntrue on {found['devices']} of {found['looked_at']} devices with readings;"
            f" {_past_of(found)}"
        )


def _past_of(found: Record) -> str:
    """Return what the history said, in words."""
    if untold := text_of(found, "untold"):
        return f"for how long is not known: {untold}"
    return f"{found['open']} would be open alerts, by the history of {found['looked_back']} of them"


def _noise(item: Record) -> str:
    ratio = number_of(item, "noise_ratio")
    return NOTHING if ratio is None else percent(ratio)


for _one in ACTS:
    command.add_command(_one)
