"""`sickbay login`: keep a collector's address and token for later commands."""

import os
import sys
from pathlib import Path

import click

from sickbay_collector.cli.client import ApiClient
from sickbay_collector.cli.connection import (
    TOKEN_LIMIT,
    Connection,
    checked_url,
    profiles_path,
    read_token,
    save_profile,
)
from sickbay_collector.core.errors import ConfigError


@click.command(
    epilog="""\b
Examples:
  sickbay login --url http://127.0.0.1:8080
  sickbay login --url https://sickbay.example.org --token-file token.txt --profile work
"""
)
@click.option("--url", required=True, metavar="URL", help="Address of the collector.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File that holds the token; without it, it is asked for or read from standard input.",
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True),
    metavar="FILE",
    help="Authority of the collector's certificate.",
)
@click.option("--profile", default="default", show_default=True, metavar="NAME")
def login(url: str, token_file: Path | None, ca_file: Path | None, profile: str) -> None:
    """Keep a collector's address and token, readable by you alone.

    The token is tried before it is kept.
    """
    token = read_token(token_file) if token_file is not None else _typed_token()
    connection = Connection(
        url=checked_url(url),
        token=token,
        ca_file=str(ca_file or ""),
        source=str(token_file or "standard input"),
    )
    with ApiClient(connection) as client:
        me = client.get("/api/v1/me")
    path = profiles_path(os.environ)
    save_profile(path, profile, connection)
    click.echo(f"Logged in at {connection.url} as {me['user']} ({me['role']}); kept in {path}")


def _typed_token() -> str:
    if sys.stdin.isatty():
        said: str = click.prompt("Token", hide_input=True)
    else:
        said = sys.stdin.readline(TOKEN_LIMIT + 2)
    token = said.strip()
    if not token or len(token) > TOKEN_LIMIT or not token.isascii():
        raise ConfigError(f"token: 1 to {TOKEN_LIMIT} characters")
    return token
