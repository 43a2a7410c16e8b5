"""`sickbay restore`: unpack a backup into a new state directory."""

from pathlib import Path

import click

from sickbay_collector.backup.restore import restore_backup
from sickbay_collector.cli.progress import showing_progress

_EPILOG = """\b
Examples:
  sickbay restore sickbay-2026-11-20.tar.gz --dir /var/lib/sickbay-collector
  sickbay restore latest.tar.gz --dir ./state && sickbay doctor --dir ./state

Every hash is checked before anything is put in place."""


@click.command(name="restore", epilog=_EPILOG)
@click.option(
    "--dir",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="State directory to make or fill; it must be empty.",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(directory: Path, file: Path) -> None:
    """Unpack the backup FILE into an empty or new directory."""
    with showing_progress() as progress:
        restored = restore_backup(file, directory.absolute(), progress=progress)
    manifest = restored.manifest
    click.echo(
        f"{directory}: {len(manifest.members)} files as of {manifest.created_at:%Y-%m-%d %H:%M} UTC"
    )
    if not manifest.has_database:
        click.echo("no database is in this backup: restore it with pg_restore", err=True)
    if restored.needs_migration:
        click.echo(
            f"its schema is older than this program's: run `sickbay migrate --dir {directory}`",
            err=True,
        )
