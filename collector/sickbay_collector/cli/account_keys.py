"""`sickbay user sessions|end-session|tokens|revoke-token`: what people and programs get in with."""

from pathlib import Path

import click

from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.cli.client import Record
from sickbay_collector.cli.local import by_this_user, local_options, local_storage
from sickbay_collector.cli.options import output_option
from sickbay_collector.cli.output import Cell, Column, print_items
from sickbay_collector.cli.words import NOTHING, ago, local, moment, text_of
from sickbay_collector.services import accounts
from sickbay_collector.services.access import revoke_api_token
from sickbay_collector.web.api.access_schema import ApiTokenItem, SessionItem

_SESSIONS = (
    Column(title="Session", field="session_id"),
    Column(title="Since", field="created_at"),
    Column(title="Last seen", field="seen_at"),
    Column(title="From", field="address"),
    Column(title="Browser", field="agent", wide=True),
)
_TOKENS = (
    Column(title="Token", field="token_id"),
    Column(title="User", field="user"),
    Column(title="State", field="state"),
    Column(title="Role", field="role"),
    Column(title="For", field="area", wide=True),
    Column(title="Made", field="created_at", extra=True),
    Column(title="Until", field="expires_at"),
    Column(title="Made by", field="made_by", extra=True),
)


@click.command(
    epilog="""\b
Examples:
  sickbay user sessions ada
  sickbay user sessions ada -o json
  sickbay user sessions ada --end
"""
)
@local_options
@click.argument("login")
@click.option("--end", is_flag=True, help="End them all.")
@output_option
def sessions(
    config_file: Path | None, directory: Path | None, *, login: str, end: bool, output: str
) -> None:
    """List where somebody is signed in, or end it all; `end-session` ends one."""
    with local_storage(config_file, directory).open_uow() as uow:
        accounts.find_account(uow, login)
        found = uow.accounts.sessions(login)
        if end:
            accounts.end_sessions(uow, login=login, by=by_this_user())
            uow.commit()
    items: list[Record] = [SessionItem.of(one).model_dump(mode="json") for one in found]
    print_items(
        {"items": [*items]},
        _SESSIONS,
        items,
        _session_row,
        output=output,
        nothing=f"{login} has no sessions",
    )
    if end:
        click.echo(f"{len(items)} sessions of {login} ended", err=True)


@click.command(
    "end-session",
    epilog="""\b
Example:
  sickbay user end-session ada 3f9a0c51d2e47b68
""",
)
@local_options
@click.argument("login")
@click.argument("session_id", metavar="SESSION")
def end_session(
    config_file: Path | None, directory: Path | None, *, login: str, session_id: str
) -> None:
    """End one session of an account, as `sickbay user sessions` names it."""
    with local_storage(config_file, directory).open_uow() as uow:
        accounts.end_session(uow, login=login, session_id=session_id, by=by_this_user())
        uow.commit()
    click.echo(f"session {session_id} of {login} ended")


@click.command(
    epilog="""\b
Examples:
  sickbay user tokens
  sickbay user tokens ada --all
  sickbay user tokens -o csv
"""
)
@local_options
@click.argument("name", required=False)
@click.option("--all", "all_", is_flag=True, help="Revoked and expired ones too.")
@output_option
def tokens(
    config_file: Path | None,
    directory: Path | None,
    *,
    name: str | None,
    all_: bool,
    output: str,
) -> None:
    """List API tokens, of one user or of all; their secrets are not kept."""
    with local_storage(config_file, directory).open_reads() as uow:
        found = uow.api_tokens.all()
    items = [
        {**item, "state": state, "area": area_of(item)}
        for item in (ApiTokenItem.of(one).model_dump(mode="json") for one in found)
        if name in {None, item["user"]} and ((state := _state(item)) == "live" or all_)
    ]
    print_items(
        {"items": [*items]},
        _TOKENS,
        items,
        _token_row,
        output=output,
        nothing="no API tokens that work: make one with `sickbay user token NAME`",
    )


@click.command(
    "revoke-token",
    epilog="""\b
Example:
  sickbay user revoke-token 0195a000-0000-7000-8000-0000000000cc
""",
)
@local_options
@click.argument("token_id", metavar="TOKEN")
def revoke_token(config_file: Path | None, directory: Path | None, *, token_id: str) -> None:
    """End one API token, as `sickbay user tokens` names it."""
    with local_storage(config_file, directory).open_uow() as uow:
        ended = revoke_api_token(uow, token_id, by=by_this_user())
        uow.commit()
    click.echo(f"token {token_id} of {ended.user} is revoked")


KEYS = (sessions, end_session, tokens, revoke_token)
"""What `sickbay user` does with sessions and API tokens."""


def area_of(item: Record) -> str:
    """Return what an account or token is narrowed to, in words; "" where it is not."""
    sites, tags = item["sites"], item["tags"]
    named = [*(sites if isinstance(sites, list) else ())]
    named += [f"tag {tag}" for tag in (tags if isinstance(tags, list) else ())]
    return ", ".join(map(str, named))


def _session_row(item: Record) -> tuple[Cell, ...]:
    return (
        text_of(item, "session_id"),
        local(item["created_at"]),
        ago(item["seen_at"], now=utc_now()),
        text_of(item, "address"),
        text_of(item, "agent"),
    )


def _token_row(item: Record) -> tuple[Cell, ...]:
    return (
        text_of(item, "token_id"),
        text_of(item, "user"),
        text_of(item, "state"),
        text_of(item, "role"),
        text_of(item, "area") or NOTHING,
        local(item["created_at"]),
        local(item["expires_at"]),
        text_of(item, "made_by") or NOTHING,
    )


def _state(item: Record) -> str:
    """Return whether a token works, in a word."""
    if item["revoked_at"] is not None:
        return "revoked"
    until = moment(item["expires_at"])
    return "live" if until is None or utc_now() < until else "expired"
