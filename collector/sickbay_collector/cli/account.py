"""`sickbay user add|password|disable|enable|ls|sessions`: who may sign in to the console."""

import getpass
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import click

from sickbay_collector.bootstrap import utc_now
from sickbay_collector.cli.local import local_options, local_storage
from sickbay_collector.cli.token import ROLE, SITES, TAGS, storage_knowing, user
from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import Area
from sickbay_collector.core.account import Account
from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services import sign_in
from sickbay_collector.services.ports import UnitOfWork

__all__ = ["user"]

_PASSWORD = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the password from its first line instead of asking.",
)


@user.command(
    epilog="\b\nExamples:\n  sickbay user add ada --name 'Ada Byron' --role technician\n"
    "  sickbay user add leo --role analyst --site berlin --site bern"
)
@local_options
@click.argument("login")
@click.option("--name", default="", help="As people know her or him.  [default: the login]")
@ROLE
@SITES
@TAGS
@_PASSWORD
def add(
    config_file: Path | None,
    directory: Path | None,
    *,
    login: str,
    name: str,
    role: str,
    sites: tuple[str, ...],
    tags: tuple[str, ...],
    password_file: Path | None,
) -> None:
    """Let somebody sign in to the console; asks for the password."""
    storage = storage_knowing(sites, config_file, directory)
    password = _password(password_file)
    with storage.open_uow() as uow:
        made = sign_in.add_account(
            uow,
            Argon2Hasher(),
            login=login,
            name=name or login,
            role=Role(role),
            password=password,
            now=utc_now(),
            area=Area(sites=frozenset(sites), tags=frozenset(tags)),
        )
        said = {"role": role, "name": made.name, "sites": ", ".join(made.sites)}
        said["tags"] = ", ".join(made.tags)
        _audit(uow, "added", login, after=said)
        uow.commit()
    click.echo(f"{login} may sign in as {role}{_at(made)}")


@user.command(name="password")
@local_options
@click.argument("login")
@_PASSWORD
def set_password(
    config_file: Path | None, directory: Path | None, *, login: str, password_file: Path | None
) -> None:
    """Set an account's password anew; its sessions end."""
    password = _password(password_file)
    with local_storage(config_file, directory).open_uow() as uow:
        sign_in.set_password(uow, Argon2Hasher(), login=login, password=password)
        _audit(uow, "password set", login)
        uow.commit()
    click.echo(f"{login} has a new password; all sessions ended")


@user.command()
@local_options
@click.argument("login")
def disable(config_file: Path | None, directory: Path | None, *, login: str) -> None:
    """Let an account sign in no more; its sessions end."""
    with local_storage(config_file, directory).open_uow() as uow:
        sign_in.disable(uow, login=login, now=utc_now())
        _audit(uow, "disabled", login)
        uow.commit()
    click.echo(f"{login} may sign in no more")


@user.command()
@local_options
@click.argument("login")
def enable(config_file: Path | None, directory: Path | None, *, login: str) -> None:
    """Let a disabled account sign in again."""
    with local_storage(config_file, directory).open_uow() as uow:
        sign_in.enable(uow, login=login)
        _audit(uow, "enabled", login)
        uow.commit()
    click.echo(f"{login} may sign in again")


@user.command(name="ls")
@local_options
def list_(config_file: Path | None, directory: Path | None) -> None:
    """List accounts and how many sessions each has."""
    with local_storage(config_file, directory).open_reads() as uow:
        accounts = uow.accounts.all()
        counts = {one.login: len(uow.accounts.sessions(one.login)) for one in accounts}
    for one in accounts:
        state = "disabled" if one.disabled_at else "active"
        click.echo(
            f"{one.login}  {one.role}{_at(one)}  {state}  {counts[one.login]} sessions  {one.name}"
        )
    if not accounts:
        click.echo("no accounts yet: make one with `sickbay user add LOGIN`", err=True)


@user.command()
@local_options
@click.argument("login")
@click.option("--end", is_flag=True, help="End them all.")
def sessions(config_file: Path | None, directory: Path | None, *, login: str, end: bool) -> None:
    """List an account's sessions, or end them."""
    with local_storage(config_file, directory).open_uow() as uow:
        found = uow.accounts.sessions(login)
        if end:
            uow.accounts.end_sessions(login)
            _audit(uow, "sessions ended", login)
            uow.commit()
    for one in found:
        said = "ended" if end else f"seen {one.seen_at:%Y-%m-%d %H:%M}Z"
        click.echo(f"since {one.created_at:%Y-%m-%d %H:%M}Z  {said}  {one.address}  {one.agent}")
    if not found:
        click.echo(f"{login} has no sessions", err=True)


def _at(account: Account) -> str:
    """Return what an account is narrowed to, in words; "" where it is not."""
    words = (*account.sites, *(f"tag {tag}" for tag in account.tags))
    return f" for {', '.join(words)}" if words else ""


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _audit(
    uow: UnitOfWork, action: str, login: str, *, after: Mapping[str, str] = MappingProxyType({})
) -> None:
    uow.audit.add(
        AuditEvent(
            at=utc_now(),
            actor=getpass.getuser(),
            action=action,
            object_kind="account",
            object_id=login,
            before={},
            after=after,
        )
    )
