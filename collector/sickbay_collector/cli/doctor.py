"""`sickbay doctor`: what keeps the collector from working, and what to do."""

from pathlib import Path
from types import MappingProxyType

import click

from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.cli.local import local_config, local_options
from sickbay_collector.cli.output import make_console, print_json
from sickbay_collector.doctor.examine import examine
from sickbay_collector.doctor.finding import Finding, Verdict, worst

_EPILOG = """\b
Examples:
  sickbay doctor
  sickbay doctor --dir ./state -o json

Exit codes: 0 all is ok, 3 warnings, 1 problems."""

_EXIT = MappingProxyType({Verdict.OK: 0, Verdict.WARNING: 3, Verdict.PROBLEM: 1})
_STYLES = MappingProxyType(
    {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "bold red"}
)


@click.command(name="doctor", epilog=_EPILOG)
@local_options
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)
def command(config_file: Path | None, directory: Path | None, *, output: str) -> None:
    """Check settings, files, ports and database; one line a check, with what to do."""
    found: list[Finding] = []
    for finding in examine(lambda: local_config(config_file, directory), now=utc_now()):
        found.append(finding)
        if output == "table":
            print_finding(finding)
    verdict = worst(found)
    if output == "json":
        print_json(
            {
                "verdict": verdict.value,
                "findings": [
                    {"check": one.check, "verdict": one.verdict.value, "text": one.text}
                    for one in found
                ],
            }
        )
    raise SystemExit(_EXIT[verdict])


def print_finding(finding: Finding) -> None:
    """Print a finding as a line; only its verdict has a colour."""
    console = make_console()
    console.print(f"{finding.verdict.value:<8}", style=_STYLES[finding.verdict], end="")
    console.print(f"{finding.check}: {finding.text}", soft_wrap=True)
