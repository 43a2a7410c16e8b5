"""What the commands on the collector's own machine share: settings and storage."""

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.config import CollectorConfig, load_config
from sickbay_collector.core.errors import StoreError
from sickbay_collector.db.engine import sqlite_file
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.storage import Storage, open_storage

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def local_options(function: Decorated) -> Decorated:
    """Add `--config` and `--dir`, which say which collector of this machine is meant."""
    function = click.option(
        "--dir",
        "directory",
        type=click.Path(file_okay=False, path_type=Path),
        help="State directory, such as the quick start's, instead of the configured one.",
    )(function)
    return click.option(
        "--config",
        "config_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Settings file [default: /etc/sickbay/collector.toml].",
    )(function)


def local_config(config_file: Path | None, directory: Path | None) -> CollectorConfig:
    """Return the settings of the collector on this machine."""
    return load_config(config_file, os.environ, local_overrides(directory))


def local_overrides(directory: Path | None) -> dict[str, Any]:
    """Return the settings that `--dir` stands for."""
    return {} if directory is None else {"state_dir": directory.absolute()}


def local_storage(config_file: Path | None, directory: Path | None) -> Storage:
    """Open the database of the collector on this machine.

    Raises:
        StoreError: It is not there: a mistyped directory is not made into a collector's.
    """
    config = local_config(config_file, directory)
    file = sqlite_file(config.database)
    if file is not None and not _is_there(file):
        raise StoreError(f"database {file} is not there: name another --dir, or `sickbay migrate`")
    return open_storage(config, migrate=False)


def read_book(config_file: Path | None, directory: Path | None, storage: Storage) -> None:
    """Read the desk's configuration, so that sites and technicians are known.

    Raises:
        InvalidError: A file is wrong.
    """
    config = local_config(config_file, directory)
    places = Places(rules=config.rules, sla=config.sla, desk=config.desk)
    Shelf(places, storage.open_reads, utc_now, storage.book.replace).start()


def by_this_user() -> By:
    """Return who runs the command, for the audit."""
    return By(at=utc_now(), user=getpass.getuser())


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}: run as the collector's user") from None
