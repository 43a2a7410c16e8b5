"""`sickbay user add|role|password|disable|enable|detach|ls`: who may sign in."""

from pathlib import Path

import click

from sickbay_collector.cli.account_keys import KEYS, area_of
from sickbay_collector.cli.client import Record
from sickbay_collector.cli.local import by_this_user, local_options, local_storage
from sickbay_collector.cli.options import output_option
from sickbay_collector.cli.output import Cell, Column, print_items
from sickbay_collector.cli.token import ROLE, SITES, TAGS, storage_knowing, user
from sickbay_collector.cli.words import text_of
from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import Area
from sickbay_collector.core.account import Account
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services import accounts
from sickbay_collector.web.api.access_schema import AccountItem

__all__ = ["user"]

_ACCOUNTS = (
    Column(title="Login", field="login"),
    Column(title="May sign in as", field="role"),
    Column(title="State", field="disabled_at"),
    Column(title="Sessions", field="sessions", right=True),
    Column(title="Name", field="name", wide=True),
)
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
        made = accounts.add_account(
            uow,
            Argon2Hasher(),
            login=login,
            name=name or login,
            role=Role(role),
            password=password,
            by=by_this_user(),
            area=Area(sites=frozenset(sites), tags=frozenset(tags)),
        )
        uow.commit()
    click.echo(f"{login} may sign in as {role}{_at(made)}")


@user.command(
    name="role",
    epilog="\b\nExamples:\n  sickbay user role ada --role lead\n"
    "  sickbay user role leo --role analyst --site berlin",
)
@local_options
@click.argument("login")
@ROLE
@SITES
@TAGS
def change_role(
    config_file: Path | None,
    directory: Path | None,
    *,
    login: str,
    role: str,
    sites: tuple[str, ...],
    tags: tuple[str, ...],
) -> None:
    """Let an account do something else, or elsewhere, from its next request on.

    Sites and tags that are not named are taken away.
    """
    area = Area(sites=frozenset(sites), tags=frozenset(tags))
    with storage_knowing(sites, config_file, directory).open_uow() as uow:
        changed = accounts.change_role(
            uow, login=login, role=Role(role), by=by_this_user(), area=area
        )
        uow.commit()
    click.echo(f"{login} may sign in as {role}{_at(changed)}")


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
        accounts.set_password(
            uow, Argon2Hasher(), login=login, password=password, by=by_this_user()
        )
        uow.commit()
    click.echo(f"{login} has a new password; all sessions ended")


@user.command()
@local_options
@click.argument("login")
def disable(config_file: Path | None, directory: Path | None, *, login: str) -> None:
    """Let an account sign in no more; its sessions end."""
    with local_storage(config_file, directory).open_uow() as uow:
        accounts.disable(uow, login=login, by=by_this_user())
        uow.commit()
    click.echo(f"{login} may sign in no more")


@user.command()
@local_options
@click.argument("login")
def enable(config_file: Path | None, directory: Path | None, *, login: str) -> None:
    """Let a disabled account sign in again."""
    with local_storage(config_file, directory).open_uow() as uow:
        accounts.enable(uow, login=login, by=by_this_user())
        uow.commit()
    click.echo(f"{login} may sign in again")


@user.command(epilog="\b\nExamples:\n  sickbay user detach ada")
@local_options
@click.argument("login")
def detach(config_file: Path | None, directory: Path | None, *, login: str) -> None:
    """Forget who an account is at the provider of sign-ins; its sessions end.

    For somebody whose account at the provider was made anew. A requester is attached again at the
    next sign-in there, by the verified e-mail address.
    """
    with local_storage(config_file, directory).open_uow() as uow:
        accounts.detach(uow, login=login, by=by_this_user())
        uow.commit()
    click.echo(f"{login} is nobody at the provider any more; all sessions ended")


@user.command(
    name="ls",
    epilog="\b\nExamples:\n  sickbay user ls\n  sickbay user ls -o csv",
)
@local_options
@output_option
def list_(config_file: Path | None, directory: Path | None, *, output: str) -> None:
    """List accounts and how many sessions each has."""
    with local_storage(config_file, directory).open_reads() as uow:
        items: list[Record] = [
            AccountItem.of(one, len(uow.accounts.sessions(one.login))).model_dump(mode="json")
            for one in uow.accounts.all()
        ]
    print_items(
        {"items": [*items]},
        _ACCOUNTS,
        items,
        _row,
        output=output,
        nothing="no accounts yet: make one with `sickbay user add LOGIN`",
    )


for _key in KEYS:
    user.add_command(_key)


def _row(item: Record) -> tuple[Cell, ...]:
    area = area_of(item)
    return (
        text_of(item, "login"),
        f"{text_of(item, 'role')} for {area}" if area else text_of(item, "role"),
        "disabled" if item["disabled_at"] else "active",
        str(item["sessions"]),
        text_of(item, "name"),
    )


def _at(account: Account) -> str:
    """Return what an account is narrowed to, in words; "" where it is not."""
    words = (*account.sites, *(f"tag {tag}" for tag in account.tags))
    return f" for {', '.join(words)}" if words else ""


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
