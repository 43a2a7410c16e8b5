"""`sickbay token`: enrollment tokens. `sickbay user token`: API tokens."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import click

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.cli.local import (
    by_this_user,
    local_config,
    local_options,
    local_storage,
    read_book,
)
from sickbay_collector.core.access.role import Role
from sickbay_collector.core.device import EnrollmentToken
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.services.access import TokenWish, make_api_token
from sickbay_collector.services.enrollment_tokens import Terms, make_token, revoke_token
from sickbay_collector.storage import Storage

ROLE = click.option(
    "--role",
    # Requesters sign in by a link, which makes their account.
    type=click.Choice([role.value for role in Role if role is not Role.REQUESTER]),
    default=Role.TECHNICIAN.value,
    show_default=True,
)
SITES = click.option(
    "--site",
    "sites",
    multiple=True,
    help="Only what is of this site; may be given again.  [default: everything]",
)
TAGS = click.option(
    "--tag", "tags", multiple=True, help="Only devices with this tag; may be given again."
)


@click.group(
    name="token",
    epilog="""\b
Examples:
  sickbay token make --uses 50 --hours 8
  sickbay token make --uses 20 --network 10.1.0.0/16 --network 10.2.0.0/16
  sickbay token make --adopt --comment "ws-017, installed anew"
  sickbay token make --uses 500 --hours 720 --approval --comment "in the image"
""",
)
def enrollment() -> None:
    """Make and revoke tokens that let devices enroll."""


@enrollment.command(name="make")
@local_options
@click.option("--hours", type=click.FloatRange(0.02, 8760), default=1.0, show_default=True)
@click.option("--uses", type=click.IntRange(1, 100_000), default=1, show_default=True)
@click.option("--comment", default="", help="What it is for.")
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="Only from here, by the address that the collector sees; may be given again.",
)
@click.option(
    "--approval", is_flag=True, help="Devices wait: `sickbay device approve` lets them in."
)
@click.option(
    "--adopt", is_flag=True, help="A machine that is known and silent becomes its device again."
)
def make(
    config_file: Path | None,
    directory: Path | None,
    *,
    hours: float,
    uses: int,
    comment: str,
    networks: tuple[str, ...],
    approval: bool,
    adopt: bool,
) -> None:
    """Make a token and print it; it is shown this once only.

    Behind the dot stands the fingerprint of the authority, which the agent checks.
    """
    # First, so that a mistyped directory gets no authority.
    storage = local_storage(config_file, directory)
    authority = open_authority(local_config(config_file, directory).ca, now=utc_now())
    made = make_token(
        storage.open_uow,
        by=by_this_user(),
        lifetime=timedelta(hours=hours),
        max_uses=uses,
        comment=comment,
        new_id=new_id,
        terms=Terms(networks=networks, approval=approval, adopt=adopt),
    )
    click.echo(f"{made.secret}.{authority.fingerprint}")
    click.echo(
        f"token {made.token.token_id}: {uses} uses, "
        f"until {made.token.expires_at:%Y-%m-%d %H:%M} UTC",
        err=True,
    )


@enrollment.command(name="ls")
@local_options
def list_tokens(config_file: Path | None, directory: Path | None) -> None:
    """List tokens; their secrets are not kept."""
    with local_storage(config_file, directory).open_reads() as uow:
        tokens = uow.tokens.all()
    for token in tokens:
        state = (
            "revoked" if token.revoked_at else "live" if token.expires_at > utc_now() else "over"
        )
        click.echo(
            f"{token.token_id}  {state:7}  {token.uses}/{token.max_uses} uses  "
            f"until {token.expires_at:%Y-%m-%d %H:%M}Z  {_limits(token)}{token.comment}"
        )
    if not tokens:
        click.echo("no tokens yet: make one with `sickbay token make`", err=True)


def _limits(token: EnrollmentToken) -> str:
    """Return what a token asks of devices, and how often it was shown in vain."""
    said = [
        f"from {', '.join(token.networks)}" if token.networks else "",
        "needs approval" if token.approval else "",
        "adopts" if token.adopt else "",
        f"refused {token.refusals} times, last from {token.refused_from or 'nowhere'}"
        if token.refusals
        else "",
    ]
    return "".join(f"{one}  " for one in said if one)


@enrollment.command(name="revoke")
@local_options
@click.argument("token_id")
def revoke(config_file: Path | None, directory: Path | None, token_id: str) -> None:
    """Revoke a token; devices that used it stay."""
    revoke_token(local_storage(config_file, directory).open_uow, token_id, by=by_this_user())
    click.echo(f"revoked {token_id}")


@click.group(
    name="user",
    epilog="""\b
Examples:
  sickbay user add ada --role technician
  sickbay user sessions ada
  sickbay user token ada --role technician
  sickbay user tokens
""",
)
def user() -> None:
    """Let people sign in to the console, and programs use the API."""


@user.command(name="token")
@local_options
@click.argument("name")
@ROLE
@SITES
@TAGS
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
def api_token(
    config_file: Path | None,
    directory: Path | None,
    *,
    name: str,
    role: str,
    sites: tuple[str, ...],
    tags: tuple[str, ...],
    days: int,
) -> None:
    """Make an API token for a user and print it; it is shown this once only.

    Where the user has an account, the token never allows more than the account does, and ends
    with it.
    """
    lifetime = timedelta(days=days)
    wish = TokenWish(user=name, role=Role(role), sites=sites, tags=tags, lifetime=lifetime)
    with storage_knowing(sites, config_file, directory).open_uow() as uow:
        made = make_api_token(uow, wish, by=by_this_user(), new_id=new_id)
        uow.commit()
    click.echo(made.secret)


def storage_knowing(
    sites: Collection[str], config_file: Path | None, directory: Path | None
) -> Storage:
    """Open the database of the collector on this machine; where sites are named, know them."""
    storage = local_storage(config_file, directory)
    if sites:
        read_book(config_file, directory, storage)
    return storage
