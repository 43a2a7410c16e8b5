"""The options that commands over the API share."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from sickbay_collector.cli.client import ApiClient
from sickbay_collector.cli.connection import Asked, find_connection

P = ParamSpec("P")
R = TypeVar("R")

_PATH = click.Path(path_type=Path)
_ASKED = ("url", "token_file", "ca_file", "directory", "profile")


def asking_collector(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options that name a collector, and pass the command a session with it."""

    @click.option("--url", metavar="URL", help="Address of the collector. [env: SICKBAY_URL]")
    @click.option(
        "--token-file",
        type=_PATH,
        metavar="FILE",
        help="File that holds the token. [env: SICKBAY_TOKEN, SICKBAY_TOKEN_FILE]",
    )
    @click.option(
        "--ca-file",
        type=_PATH,
        metavar="FILE",
        help="Authority of the collector's certificate. [env: SICKBAY_CA_FILE]",
    )
    @click.option(
        "--dir",
        "directory",
        type=_PATH,
        metavar="DIR",
        help="Folder of a quick start, for its address and token.",
    )
    @click.option(
        "--profile",
        default="default",
        envvar="SICKBAY_PROFILE",
        metavar="NAME",
        help="Profile that `sickbay login` wrote. [env: SICKBAY_PROFILE]",
    )
    @functools.wraps(command)
    def with_client(**kwargs: Any) -> R:
        asked = Asked(**{name: kwargs.pop(name) for name in _ASKED})
        with ApiClient(find_connection(asked, os.environ)) as client:
            return command(client, **kwargs)

    return with_client


def output_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `-o`."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="How to print.",
    )(command)
