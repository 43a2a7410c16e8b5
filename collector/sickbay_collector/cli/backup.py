"""`sickbay backup`: one archive that brings the collector back."""

from pathlib import Path

import click

from sickbay_collector.backup.write import make_backup, sources
from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.cli.local import local_config, local_options
from sickbay_collector.cli.progress import showing_progress
from sickbay_collector.core.words import size
from sickbay_collector.db.engine import sqlite_file

_EPILOG = """\b
Examples:
  sickbay backup /var/backups/sickbay-$(date +%F).tar.gz
  sickbay backup --dir ./state --force latest.tar.gz
  sickbay backup --without-database ca-and-rules.tar.gz

Keep it as safe as the collector: it holds the key that devices trust."""


@click.command(name="backup", epilog=_EPILOG)
@local_options
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option(
    "--without-database", is_flag=True, help="Only the CA and the rules, beside a pg_dump."
)
@click.argument("file", type=click.Path(path_type=Path))
def command(
    config_file: Path | None,
    directory: Path | None,
    *,
    force: bool,
    without_database: bool,
    file: Path,
) -> None:
    """Write database, CA and rules to the archive FILE, while the collector runs or not."""
    config = local_config(config_file, directory)
    what = sources(
        sqlite_file(config.database),
        config.ca,
        config.rules,
        config.sla,
        config.desk,
        with_database=not without_database,
    )
    with showing_progress() as progress:
        manifest = make_backup(what, file, now=utc_now(), overwrite=force, progress=progress)
    schema = f", schema {manifest.schema_revision}" if manifest.schema_revision else ""
    click.echo(
        f"{file}: {len(manifest.members)} files{schema}, "
        f"{size(manifest.size_bytes)}, packed {size(file.stat().st_size)}"
    )
