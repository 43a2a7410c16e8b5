"""`sickbay quickstart`: from nothing to a scored device in one command."""

import asyncio
import json
import os
from pathlib import Path

import click
import uvloop

from sickbay_collector.cli.connection import quickstart_directory
from sickbay_collector.cli.quickstart_flow import FirstReport, Options, quickstart, summary
from sickbay_collector.cli.quickstart_page import print_page
from sickbay_collector.config import load_config
from sickbay_collector.logs import configure_logs

_EPILOG = """\b
Examples:
  sickbay quickstart
  sickbay quickstart --once --json
  sickbay quickstart --dir ./state --free-ports"""


@click.command(name="quickstart", epilog=_EPILOG)
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for database, CA, agent and rules [default: below ~/.local/state].",
)
@click.option("--once", is_flag=True, help="Stop after the first report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, last.")
@click.option("--free-ports", is_flag=True, help="Use any free ports instead of the usual ones.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(1, 3600),
    default=90.0,
    show_default=True,
    help="Seconds to wait for the first report.",
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="warning")
def command(
    directory: Path | None,
    *,
    once: bool,
    as_json: bool,
    free_ports: bool,
    timeout_s: float,
    log_level: str,
) -> None:
    """Start a collector and an agent on this machine and show its first report.

    Everything is kept in one folder; a second run goes on with the same device.
    """
    configure_logs(level=log_level, as_json=False)
    folder = (directory or quickstart_directory(os.environ)).absolute()
    overrides: dict[str, object] = {"state_dir": folder, "agent_address": "127.0.0.1"}
    if free_ports:
        ports = ("agent_port", "enroll_port", "http_port", "admin_port")
        overrides |= dict.fromkeys(ports, 0)
    config = load_config(None, os.environ, overrides)
    options = Options(
        directory=folder,
        once=once,
        free_ports=free_ports,
        timeout_s=timeout_s,
        environ=os.environ,
    )

    def say(line: str) -> None:
        click.echo(line, err=True)

    def show(report: FirstReport) -> None:
        if as_json:
            click.echo(json.dumps(summary(report), allow_nan=False))
        else:
            print_page(report, stays=not once)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(quickstart(config, options, say, show))
