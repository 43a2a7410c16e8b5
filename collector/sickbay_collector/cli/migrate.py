"""`sickbay migrate`: bring the database's schema up to this program's."""

from pathlib import Path

import click

from sickbay_collector.bootstrap import open_storage
from sickbay_collector.cli.local import local_config, local_options
from sickbay_collector.db.migrate import current


@click.command(name="migrate", epilog="\b\nExample:\n  sickbay migrate --dir ./state")
@local_options
def command(config_file: Path | None, directory: Path | None) -> None:
    """Bring the database's schema up to this program's; nothing happens when it is."""
    storage = open_storage(local_config(config_file, directory), migrate=True)
    click.echo(f"schema revision {current(storage.engine)}")
