"""`sickbay ca`: the authority that signs device certificates."""

from pathlib import Path

import click

from sickbay_collector.cli.local import (
    by_this_user,
    local_config,
    local_options,
    local_storage,
)
from sickbay_collector.pki.folder import read_authority
from sickbay_collector.rpc.identity import REVOCATION_DELAY_S
from sickbay_collector.services.revocation import Revocation, revoke_named

_EPILOG = """\b
Examples:
  sickbay ca show > sickbay-ca.pem
  sickbay ca revoke ws-017 --reason "stolen on 2026-11-20"
"""
_EXAMPLE = """\b
Examples:
  sickbay ca revoke ws-017 --reason "stolen on 2026-11-20"
  sickbay ca revoke 0195a000-0000-7000-8000-000000000001 --dir ./state"""


@click.group(name="ca", epilog=_EPILOG)
def command() -> None:
    """Show the authority that agents trust, and shut devices out."""


@command.command(name="show", epilog="\b\nExample:\n  sickbay ca show > sickbay-ca.pem")
@local_options
def show(config_file: Path | None, directory: Path | None) -> None:
    """Print the authority's certificate; its fingerprint goes to standard error."""
    authority = read_authority(local_config(config_file, directory).ca)
    click.echo(authority.certificate_pem.decode(), nl=False)
    click.echo(f"sha256 {authority.fingerprint}", err=True)


@command.command(name="revoke", epilog=_EXAMPLE)
@local_options
@click.option("--reason", default="", metavar="TEXT", help="Why; kept with the device.")
@click.argument("name", metavar="DEVICE")
def revoke(config_file: Path | None, directory: Path | None, *, reason: str, name: str) -> None:
    """Shut out the device with this id or host name; it stays in the inventory."""
    storage = local_storage(config_file, directory)
    try:
        done = revoke_named(name, reason, storage.open_uow, by=by_this_user())
    finally:
        storage.engine.dispose()
    click.echo(_sentence(done))


def _sentence(done: Revocation) -> str:
    device = done.device
    who = f"{device.hostname} ({device.device_id})"
    if done.was_revoked:
        why = f": {device.revoke_reason}" if device.revoke_reason else ""
        return f"{who} is revoked already, since {device.revoked_at:%Y-%m-%d %H:%M} UTC{why}"
    return (
        f"revoked {who}: shut out within {REVOCATION_DELAY_S:g} s, its certificate is refused for "
        "good; it stays in the inventory; enrolled again it becomes a new device"
    )
