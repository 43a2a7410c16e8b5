"""`sickbay rota`: who is on call, who is told at any moment, and what is not covered."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import click

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.rota_page import (
    print_calls,
    print_feeds,
    print_gaps,
    print_now,
    print_override,
    print_rota,
    print_rotas,
    print_staffing,
)
from sickbay_collector.cli.when import parse_when
from sickbay_collector.cli.words import records_of, text_of

_ROTAS = "/api/v1/rotas"
_FEEDS = "/api/v1/feeds"


@click.group()
@naming_collector
def rota() -> None:
    """Say who is on call, who is told when, and what is not covered."""


@rota.command("ls", epilog="\b\nExamples:\n  sickbay rota ls\n  sickbay rota ls -o csv")
@output_option
@asking_collector
def list_(client: ApiClient, *, output: str) -> None:
    """List rotas with who is on call."""
    print_rotas(client.get(_ROTAS), output)


@rota.command(
    epilog="\b\nExamples:\n  sickbay rota show nights\n  sickbay rota show nights --days 7"
)
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True)
@output_option
@asking_collector
def show(client: ApiClient, name: str, *, days: int, output: str) -> None:
    """Show a rota's layers, overrides and duties to come."""
    print_rota(client.get(_path(name), {"days": days}), output)


@rota.command(epilog="\b\nExample:\n  sickbay rota now")
@output_option
@asking_collector
def now(client: ApiClient, *, output: str) -> None:
    """Show everybody who is on call now, why, and until when."""
    print_now(client.get(_ROTAS), output)


@rota.command(
    epilog="""\b
Examples:
  sickbay rota who --at "sunday 03:00"
  sickbay rota who --at "sunday 03:00" --tier L2 --zone Europe/Berlin
  sickbay rota who nights
"""
)
@click.argument("name", required=False)
@click.option(
    "--at", default="now", metavar="TIME", help='"sunday 03:00", 03:00, or 2026-11-22T03:00.'
)
@click.option("--tier", metavar="ID", help="All rotas of a tier.  [default: L1]")
@click.option("--zone", metavar="ZONE", help="Whose wall clock it is; else this machine's.")
@output_option
@asking_collector
def who(
    client: ApiClient,
    *,
    name: str | None,
    at: str,
    tier: str | None,
    zone: str | None,
    output: str,
) -> None:
    """Say who is told at a moment, why, and who next. Nobody is told anything.

    NAME is a rota; without it the rotas of a tier are asked.
    """
    if name and tier:
        raise click.UsageError("name a rota or --tier, not both")
    moment = parse_when(at, zone, datetime.now(UTC))
    path = f"{_path(name or tier or 'L1')}/on-call"
    print_calls(client.get(path, {"at": moment.isoformat()}), output)


@rota.command(
    epilog="""\b
Examples:
  sickbay rota gaps
  sickbay rota gaps --days 7 -o csv
  sickbay rota gaps --from "monday 00:00" --days 5
"""
)
@click.option("--from", "since", default="now", metavar="TIME", help="From when on.")
@click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True)
@output_option
@asking_collector
def gaps(client: ApiClient, *, since: str, days: int, output: str) -> None:
    """Show what is required and not there, ahead of time."""
    begin = parse_when(since, None, datetime.now(UTC))
    query: Query = {
        "from": begin.isoformat(),
        "until": (begin + timedelta(days=days)).isoformat(),
    }
    print_gaps(client.get("/api/v1/coverage", query), output)


@rota.command(
    epilog="""\b
Examples:
  sickbay rota staffing
  sickbay rota staffing --tier L1 --zone Europe/Berlin --ratio 0.9 --within-min 5
"""
)
@click.option("--tier", metavar="ID", help="Only tickets of this tier.")
@click.option("--weeks", type=click.IntRange(1, 104), default=12, show_default=True)
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE")
@click.option(
    "--ratio",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    help="Which share is answered in time.",
)
@click.option(
    "--within-min",
    type=click.FloatRange(0, 10_080, min_open=True),
    default=15.0,
    show_default=True,
    help="In which time, minutes.",
)
@output_option
@asking_collector
def staffing(client: ApiClient, *, output: str, **said: str | float | None) -> None:
    """Suggest staff by hour of the week and by shift, from the past of tickets (Erlang C)."""
    query: Query = {
        name: value if isinstance(value, str | int) or value is None else str(value)
        for name, value in said.items()
    }
    print_staffing(client.get("/api/v1/coverage/staffing", query), output)


@rota.command(
    epilog="""\b
Examples:
  sickbay rota override nights bob --from "saturday 20:00" --until "sunday 08:00"
  sickbay rota override nights bob --instead-of ada --until 2026-12-27T08:00 --reason swap
"""
)
@click.argument("name", metavar="ROTA")
@click.argument("login")
@click.option("--from", "since", default="now", metavar="TIME", help="From when on.")
@click.option("--until", required=True, metavar="TIME", help="Until when, 366 days at most.")
@click.option("--instead-of", metavar="LOGIN", help="Only while this one is on call.")
@click.option("--reason", default="", metavar="TEXT", help="Up to 160 characters.")
@click.option("--zone", metavar="ZONE", help="Whose wall clock it is; else this machine's.")
@output_option
@asking_collector
def override(
    client: ApiClient,
    *,
    name: str,
    since: str,
    until: str,
    zone: str | None,
    output: str,
    **said: str | None,
) -> None:
    """Let LOGIN stand in: for everybody of the rota, or instead of one of them."""
    begin = parse_when(since, zone, datetime.now(UTC))
    body: Record = {
        **{key: value for key, value in said.items() if value is not None},
        "from": begin.isoformat(),
        "until": parse_when(until, zone, begin).isoformat(),
    }
    print_override(client.post(f"{_path(name)}/overrides", body), output)


@rota.command("override-rm", epilog="\b\nExample:\n  sickbay rota override-rm nights o195a0...")
@click.argument("name", metavar="ROTA")
@click.argument("override_id")
@asking_collector
def override_remove(client: ApiClient, name: str, override_id: str) -> None:
    """Take an override away; `sickbay rota show ROTA` lists them."""
    gone = client.remove(f"{_path(name)}/overrides/{quote(override_id, safe='')}")
    click.echo(f"{text_of(gone, 'login')} does not stand in for {text_of(gone, 'instead_of')}")


@rota.command(epilog="\b\nExample:\n  sickbay rota feed ada")
@click.argument("login")
@asking_collector
def feed(client: ApiClient, login: str) -> None:
    """Make addresses that a technician's calendar program reads; they are shown this once only.

    Who knows an address can read rotas with it, and nothing else, until it is revoked.
    """
    made = client.post(_FEEDS, {"login": login})
    secret = text_of(made, "secret")
    click.echo(f"{client.url}{text_of(made, 'path')}")
    for one in records_of(client.get(_ROTAS), "items"):
        click.echo(f"{client.url}{_path(text_of(one, 'id'))}.ics?token={secret}")
    click.echo(f"feed {text_of(made, 'feed_id')} of {login}", err=True)


@rota.command("feed-ls", epilog="\b\nExample:\n  sickbay rota feed-ls")
@output_option
@asking_collector
def feed_list(client: ApiClient, *, output: str) -> None:
    """List feeds; their secrets are not kept."""
    print_feeds(client.get(_FEEDS), output)


@rota.command("feed-revoke", epilog="\b\nExample:\n  sickbay rota feed-revoke 0195a000-...")
@click.argument("feed_id")
@asking_collector
def feed_revoke(client: ApiClient, feed_id: str) -> None:
    """Revoke a feed; calendars that use it stop at once."""
    gone = client.remove(f"{_FEEDS}/{quote(feed_id, safe='')}")
    click.echo(f"revoked the feed {text_of(gone, 'feed_id')} of {text_of(gone, 'login')}")


def _path(name: str) -> str:
    return f"{_ROTAS}/{quote(name, safe='')}"
