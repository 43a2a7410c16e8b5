"""`sickbay ticket why`, `escalate`, `reroute`: why a ticket is where it is, and handing it on."""

from types import MappingProxyType

import click
from rich.console import Console
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Record
from sickbay_collector.cli.options import asking_collector, choice_of, output_option
from sickbay_collector.cli.output import Column, make_console, make_table, print_csv, print_json
from sickbay_collector.cli.ticket_page import path_of, print_ticket
from sickbay_collector.cli.words import local, number_of, records_of, text_of
from sickbay_collector.core.desk.factors import FactorName
from sickbay_collector.core.desk.ranking import Missing

_CANDIDATES = (
    Column(title="Login", field="login"),
    Column(title="Score", field="score", right=True),
    *(Column(title=name.capitalize(), field=name.value, right=True) for name in FactorName),
)
_CSV = (
    Column(title="At", field="at"),
    Column(title="Cause", field="cause"),
    Column(title="Tier", field="tier"),
    *_CANDIDATES,
    Column(title="Missing", field="missing"),
    Column(title="Text", field="text"),
)
_CAUSES = MappingProxyType(
    {"opened": "When it was opened", "escalated": "Escalated", "rerouted": "Routed anew"}
)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket why 12
  sickbay ticket why 12 -o json
"""
)
@click.argument("number")
@output_option
@asking_collector
def why(client: ApiClient, number: str, output: str) -> None:
    """Show why a ticket is in its tier and with its technician: who was weighed, and how."""
    found = client.get(f"{path_of(number)}/routing")
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(
            _CSV, [row for ranking in records_of(found, "rankings") for row in _rows(ranking)]
        )
    else:
        _print_page(make_console(), found)


@click.command(
    epilog="""\b
Examples:
  sickbay ticket escalate 12 --missing skill -m "The database needs a specialist."
  sickbay ticket escalate 12 --missing access -m "I may not enter the server room."
"""
)
@click.argument("number")
@click.option("--missing", required=True, type=choice_of(Missing), help="What this tier has not.")
@click.option("-m", "--reason", required=True, metavar="TEXT", help="In your words.")
@output_option
@asking_collector
def escalate(client: ApiClient, number: str, missing: str, reason: str, output: str) -> None:
    """Hand a ticket to the next tier, with its whole worklog."""
    _, etag = client.get_with_etag(path_of(number))
    body: Record = {"missing": missing, "reason": reason}
    print_ticket(client.post(f"{path_of(number)}/escalate", body, etag=etag), output)


@click.command(
    epilog="""\b
Example:
  sickbay ticket reroute 12 -m "It is the VPN after all; the category is corrected."
"""
)
@click.argument("number")
@click.option("-m", "--reason", required=True, metavar="TEXT", help="In your words.")
@output_option
@asking_collector
def reroute(client: ApiClient, number: str, reason: str, output: str) -> None:
    """Decide anew where a ticket goes, by what is known of it by now."""
    _, etag = client.get_with_etag(path_of(number))
    print_ticket(client.post(f"{path_of(number)}/reroute", {"reason": reason}, etag=etag), output)


def _print_page(console: Console, found: Record) -> None:
    assignee = text_of(found, "assignee") or "nobody"
    console.print(
        Text.assemble(
            (f"#{found.get('number')}  ", "bold"),
            f"tier {text_of(found, 'tier')}, queue {text_of(found, 'queue')},"
            f" assigned to {assignee}",
        )
    )
    console.print(Text(text_of(found, "reason")))
    if skills := found.get("required_skills"):
        console.print(Text(f"required skills: {', '.join(str(one) for one in _items(skills))}"))
    if found.get("tier_due_at"):
        console.print(
            Text(f"goes to {text_of(found, 'next_tier')} at {local(found['tier_due_at'])}")
        )
    for ranking in records_of(found, "rankings"):
        _print_ranking(console, ranking)


def _print_ranking(console: Console, ranking: Record) -> None:
    cause = _CAUSES.get(text_of(ranking, "cause"), text_of(ranking, "cause"))
    console.print(
        Text(f"\n{cause}, {local(ranking.get('at'))}: tier {text_of(ranking, 'tier')}", "bold")
    )
    console.print(Text(f"  {text_of(ranking, 'text')}"))
    candidates = records_of(ranking, "candidates")
    if candidates:
        rows = [
            tuple(str(_candidate(one).get(column.field, "")) for column in _CANDIDATES)
            for one in candidates
        ]
        console.print(make_table(_CANDIDATES, rows, width=console.width))
        _print_factors(console, candidates[0])
    _print_more(console, ranking, "candidate_count", len(candidates), "who could have it")
    refusals = records_of(ranking, "refusals")
    for one in refusals:
        console.print(Text(f"  not {text_of(one, 'login')}: {text_of(one, 'text')}", style="dim"))
    _print_more(console, ranking, "refusal_count", len(refusals), "who could not")


def _print_factors(console: Console, best: Record) -> None:
    for factor in records_of(best, "factors"):
        points, weight = number_of(factor, "points") or 0.0, number_of(factor, "weight") or 0.0
        console.print(
            Text(
                f"  {text_of(best, 'login')}, {text_of(factor, 'name')}:"
                f" {points:.1f} of {weight:.0f}, {text_of(factor, 'text')}"
            )
        )


def _print_more(console: Console, ranking: Record, key: str, shown: int, who: str) -> None:
    more = int(number_of(ranking, key) or 0) - shown
    if more > 0:
        console.print(Text(f"  and {more} more {who}", style="dim"))


def _rows(ranking: Record) -> list[Record]:
    """Return a row for each candidate and each refusal, for CSV."""
    base = {key: ranking.get(key) for key in ("at", "cause", "tier")}
    found = [{**base, **_candidate(one)} for one in records_of(ranking, "candidates")]
    return [*found, *({**base, **one} for one in records_of(ranking, "refusals"))]


def _candidate(candidate: Record) -> Record:
    """Return a candidate with the points of each factor in a field of its own."""
    points = {
        text_of(factor, "name"): f"{number_of(factor, 'points') or 0.0:.1f}"
        for factor in records_of(candidate, "factors")
    }
    score = f"{number_of(candidate, 'score') or 0.0:.1f}"
    return {"login": candidate.get("login"), "score": score, **points}


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
