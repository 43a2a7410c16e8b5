"""`sickbay migrate`: bring a database's schema up to this program's, or move to another one."""

from pathlib import Path

import click
from sqlalchemy import Engine

from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.cli.local import local_config, local_options
from sickbay_collector.cli.progress import showing_rows
from sickbay_collector.core.errors import StoreError
from sickbay_collector.db.engine import mask_url, open_engine, sqlite_file
from sickbay_collector.db.migrate import current
from sickbay_collector.db.move import move
from sickbay_collector.storage import open_storage

_EPILOG = """\b
Examples:
  sickbay migrate --dir ./state
  sickbay migrate --from sqlite:///./state/collector.db \\
    --to postgresql+psycopg://sickbay@db.example.org/sickbay

Stop the collector before a move: what it stores meanwhile stays behind. The target must be new;
after a move that failed it is as empty as before. The certificate authority and the rules are
files and stay where they are. Then set database_url to the new address."""


@click.command(name="migrate", epilog=_EPILOG)
@local_options
@click.option("--from", "source_url", metavar="URL", help="Database to move away from.")
@click.option("--to", "target_url", metavar="URL", help="Database to move to.")
def command(
    config_file: Path | None,
    directory: Path | None,
    *,
    source_url: str | None,
    target_url: str | None,
) -> None:
    """Bring the database's schema up to this program's; nothing happens when it is.

    With --from and --to, move everything that a collector has stored to another database.
    """
    if (source_url is None) != (target_url is None):
        raise click.UsageError(
            "--from and --to go together: one names the old database, one the new"
        )
    if source_url is not None and target_url is not None:
        _move(source_url, target_url)
        return
    storage = open_storage(local_config(config_file, directory), migrate=True)
    click.echo(f"schema revision {current(storage.engine)}")


def _move(source_url: str, target_url: str) -> None:
    source, target = _open_source(source_url), open_engine(target_url)
    with showing_rows() as progress:
        counts = move(source, target, now=utc_now(), progress=progress)
    for table, count in counts.items():
        click.echo(f"{table:20} {count:>12,} rows")
    click.echo(f'moved and verified; now set database_url = "{mask_url(target_url)}"')
    for engine in (source, target):
        engine.dispose()


def _open_source(url: str) -> Engine:
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise StoreError(f"database {file}: no such file; --from names the one to move away from")
    return open_engine(url)
