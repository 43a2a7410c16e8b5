"""`sickbay config`: the settings in force, and whether they can work."""

import os
from pathlib import Path

import click

from sickbay_collector.cli.config_page import as_toml
from sickbay_collector.cli.doctor import print_finding
from sickbay_collector.cli.local import local_config, local_options, local_overrides
from sickbay_collector.config import trace_config
from sickbay_collector.doctor.finding import Verdict, worst
from sickbay_collector.doctor.settings import check_settings

_EPILOG = """\b
Examples:
  sickbay config
  sickbay config show --dir ./state > collector.toml
  sickbay config check --config /etc/sickbay/collector.toml"""


@click.group(name="config", invoke_without_command=True, epilog=_EPILOG)
@local_options
@click.pass_context
def command(context: click.Context, config_file: Path | None, directory: Path | None) -> None:
    """Show the settings in force and where each comes from; check them."""
    given = {"config_file": config_file, "directory": directory}
    if context.invoked_subcommand is None:
        context.invoke(show, **given)
    else:
        # `sickbay config --dir D check` means the same as `sickbay config check --dir D`.
        context.default_map = dict.fromkeys(("show", "check"), given)


@command.command(name="show", epilog="\b\nExample:\n  sickbay config show --dir ./state")
@local_options
def show(config_file: Path | None, directory: Path | None) -> None:
    """Print the settings in force as TOML, each with where it comes from."""
    config, sources = trace_config(config_file, os.environ, local_overrides(directory))
    click.echo(as_toml(config, sources), nl=False)


@command.command(name="check", epilog="\b\nExample:\n  sickbay config check --config new.toml")
@local_options
def check(config_file: Path | None, directory: Path | None) -> None:
    """Say whether the settings are valid and fit together; exit code 3 for warnings."""
    remarks = list(check_settings(local_config(config_file, directory)))
    for remark in remarks:
        print_finding(remark)
    if not remarks:
        click.echo("settings are valid")
        return
    raise SystemExit(1 if worst(remarks) is Verdict.PROBLEM else 3)
