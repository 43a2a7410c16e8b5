"""The options that commands over the API share."""

import functools
import os
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from sickbay_collector.cli.client import ApiClient
from sickbay_collector.cli.connection import Asked, find_connection

P = ParamSpec("P")
R = TypeVar("R")

_PATH = click.Path(path_type=Path)
_ASKED = ("url", "token_file", "ca_file", "directory", "profile")


_OPTIONS = (
    click.option("--url", metavar="URL", help="Address of the collector. [env: SICKBAY_URL]"),
    click.option(
        "--token-file",
        type=_PATH,
        metavar="FILE",
        help="File that holds the token. [env: SICKBAY_TOKEN, SICKBAY_TOKEN_FILE]",
    ),
    click.option(
        "--ca-file",
        type=_PATH,
        metavar="FILE",
        help="Authority of the collector's certificate. [env: SICKBAY_CA_FILE]",
    ),
    click.option(
        "--dir",
        "directory",
        type=_PATH,
        metavar="DIR",
        help="Folder of a quick start, for its address and token.",
    ),
    click.option(
        "--profile",
        metavar="NAME",
        help="Profile that `sickbay login` wrote. [env: SICKBAY_PROFILE; default: default]",
    ),
)


def naming_collector(group: Callable[[], None]) -> Callable[..., None]:
    """Add the options that name a collector to a group; its commands take them over."""

    @functools.wraps(group)
    def keep(**kwargs: Any) -> None:
        click.get_current_context().obj = {name: kwargs.pop(name) for name in _ASKED}
        group()

    return _with_options(keep)


def asking_collector(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options that name a collector, and pass the command a session with it.

    An option before the command's name counts where the command has none of its own.
    """

    @functools.wraps(command)
    def with_client(**kwargs: Any) -> R:
        before = click.get_current_context().obj or {}
        said: dict[str, Any] = {name: kwargs.pop(name) for name in _ASKED}
        said = {name: before.get(name) if value is None else value for name, value in said.items()}
        said["profile"] = said["profile"] or os.environ.get("SICKBAY_PROFILE") or "default"
        with ApiClient(find_connection(Asked(**said), os.environ)) as client:
            return command(client, **kwargs)

    return _with_options(with_client)


def _with_options(function: Callable[..., R]) -> Callable[..., R]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def choice_of(members: Iterable[StrEnum]) -> click.Choice[str]:
    """Return the choice between these by their values; Click would ask for an enum's names."""
    return click.Choice([str(one.value) for one in members])


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
