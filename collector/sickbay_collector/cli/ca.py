"""`sickbay ca`: the authority that signs device certificates."""

from pathlib import Path

import click

from sickbay_collector.cli.local import local_config, local_options
from sickbay_collector.pki import read_authority


@click.group(name="ca", epilog="\b\nExample:\n  sickbay ca show > sickbay-ca.pem")
def command() -> None:
    """Show the authority that agents trust."""


@command.command(name="show")
@local_options
def show(config_file: Path | None, directory: Path | None) -> None:
    """Print the authority's certificate; its fingerprint goes to standard error."""
    authority = read_authority(local_config(config_file, directory).ca)
    click.echo(authority.certificate_pem.decode(), nl=False)
    click.echo(f"sha256 {authority.fingerprint}", err=True)
