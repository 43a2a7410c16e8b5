"""`sickbay rule`: check rule files without a server."""

from pathlib import Path

import click

from sickbay_collector.core.errors import SickbayError
from sickbay_collector.services.rulebook import check_file


@click.group(name="rule", epilog="\b\nExample:\n  sickbay rule check rules.d/*.yaml")
def command() -> None:
    """Look at alert rules."""


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
