"""What the commands on the collector's own machine share: settings and storage."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sickbay_collector.bootstrap import Storage, open_storage
from sickbay_collector.config import CollectorConfig, load_config

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
    overrides = {} if directory is None else {"state_dir": directory.absolute()}
    return load_config(config_file, os.environ, overrides)


def local_storage(config_file: Path | None, directory: Path | None) -> Storage:
    """Open the database of the collector on this machine."""
    return open_storage(local_config(config_file, directory), migrate=False)
