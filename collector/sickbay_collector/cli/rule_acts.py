"""`sickbay rule put` and what else changes alert rules."""

import click

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, output_option
from sickbay_collector.cli.rule_page import (
    PATH,
    full_version,
    path_of,
    print_fields,
    text_of_file,
)

_NOTE = click.option("-m", "--note", default="", metavar="TEXT", help="Why; kept with the change.")


@click.command(
    "put",
    epilog="""\b
Examples:
  sickbay rule put -f mine.yaml --new -m "Our own printers"
  sickbay rule show disk.full.warn > r.yaml; $EDITOR r.yaml
  sickbay rule put disk.full.warn -f r.yaml --dry-run
  sickbay rule put disk.full.warn -f r.yaml -m "Small volumes are usual here"
""",
)
@click.argument("rule", metavar="ID", default="")
@click.option("-f", "--file", "file", required=True, metavar="FILE|-", help="The rule, as YAML.")
@click.option("--new", is_flag=True, help="Add it; refused where it is there.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@_NOTE
@output_option
@asking_collector
def put(
    client: ApiClient, *, rule: str, file: str, new: bool, dry_run: bool, note: str, output: str
) -> None:
    """Let a rule be as a file says, in force at every collector within two seconds."""
    if new == bool(rule):
        raise click.UsageError("name the rule to change, or add one with --new")
    body: Record = {"text": text_of_file(file), "note": note, "dry_run": dry_run}
    if new:
        found = client.post(PATH, body)
    else:
        _, etag = client.get_with_etag(path_of(rule))
        found = client.put(path_of(rule), body, etag=etag)
    print_fields(found, output)


@click.command(
    "restore",
    epilog='\b\nExample:\n  sickbay rule restore disk.full.warn 3f2a90bc11de -m "Too loud"',
)
@click.argument("rule", metavar="ID")
@click.argument("version", metavar="VERSION")
@_NOTE
@output_option
@asking_collector
def restore(client: ApiClient, rule: str, version: str, note: str, output: str) -> None:
    """Put a version of a rule in force again, switched on."""
    body: Record = {"version": full_version(client, rule, version), "note": note}
    _, etag = client.get_with_etag(path_of(rule))
    print_fields(client.post(f"{path_of(rule)}/restore", body, etag=etag), output)


@click.command("enable", epilog="\b\nExample:\n  sickbay rule enable disk.slow")
@click.argument("rule", metavar="ID")
@_NOTE
@output_option
@asking_collector
def enable(client: ApiClient, rule: str, note: str, output: str) -> None:
    """Switch a rule on."""
    _switch(client, rule, "enable", note, output)


@click.command("disable", epilog='\b\nExample:\n  sickbay rule disable disk.slow -m "Not here"')
@click.argument("rule", metavar="ID")
@_NOTE
@output_option
@asking_collector
def disable(client: ApiClient, rule: str, note: str, output: str) -> None:
    """Switch a rule off; its open alerts close with the next report of their device."""
    _switch(client, rule, "disable", note, output)


@click.command("reset", epilog="\b\nExample:\n  sickbay rule reset disk.full.warn")
@click.argument("rule", metavar="ID")
@output_option
@asking_collector
def reset(client: ApiClient, rule: str, output: str) -> None:
    """Take away what was applied of a rule: files and defaults count again, else it is gone."""
    _, etag = client.get_with_etag(path_of(rule))
    print_fields(client.remove(path_of(rule), etag=etag), output)


def _switch(client: ApiClient, rule: str, what: str, note: str, output: str) -> None:
    _, etag = client.get_with_etag(path_of(rule))
    print_fields(client.post(f"{path_of(rule)}/{what}", {"note": note}, etag=etag), output)


ACTS = (put, restore, enable, disable, reset)
