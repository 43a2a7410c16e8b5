"""`sickbay demo`: a state directory that holds weeks of an invented company."""

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.cli.local import local_config
from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.db.engine import sqlite_file
from sickbay_collector.simulator.demo.build import Demo, Made
from sickbay_collector.simulator.fleet.device import LARGEST_SEED
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.storage import open_storage

DEVICES, WEEKS = (1, 2000), (1, 52)
_MARK = "demo.json"
# Four hours of samples: fewer and larger reports take a fifth less time.
_BATCH = 48
_WEEK_MINUTES = 7 * 24 * 60
_EPILOG = """\b
Examples:
  sickbay demo --dir ./demo && sickbay quickstart --dir ./demo
  sickbay demo --dir ./small --devices 30 --weeks 2

The last simulated minute is now. Devices, people and tickets are invented; no message leaves."""


@click.command(name="demo", epilog=_EPILOG)
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A new folder: the state directory of the demo's collector.",
)
@click.option("--devices", type=click.IntRange(*DEVICES), default=300, show_default=True)
@click.option("--weeks", type=click.IntRange(*WEEKS), default=8, show_default=True)
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    default=1,
    show_default=True,
    help="The same seed gives the same fleet.",
)
def command(directory: Path, devices: int, weeks: int, seed: int) -> None:
    """Make weeks of an invented company: reports, alerts, tickets, people, shifts.

    All is made by the collector's own engine on a simulated clock. A demo that is there already
    stays as it is.
    """
    mark = directory / _MARK
    if mark.exists():
        click.echo(f"{directory} holds a demo already; remove the folder for a new one", err=True)
        return
    config = local_config(None, directory)
    file = _new_file(config, directory)
    plan = Plan(devices=devices, minutes=weeks * _WEEK_MINUTES, seed=seed, batch=_BATCH)
    # A demo that was not finished is made anew, so no commit waits for the disk.
    storage = open_storage(config, migrate=True, durable=False)
    try:
        now = utc_now()
        demo = Demo(config, storage, plan, new_id, now)
        with _progress(plan, now) as told:
            made = demo.make(told)
    finally:
        storage.engine.dispose()
    with file.open("r+b") as whole:
        os.fsync(whole)
    mark.write_text(json.dumps(dataclasses.asdict(made)) + "\n")
    click.echo(_summary(made, weeks))


def _new_file(config: CollectorConfig, directory: Path) -> Path:
    """Return where the database is to be."""
    file = sqlite_file(config.database)
    if file is None:
        raise ConflictError("a demo is made in a new SQLite database: leave `database_url` unset")
    if file.exists():
        raise ConflictError(
            f"{directory} holds a collector's database, or a demo that was not finished:"
            " name another folder, or remove this one"
        )
    return file


def _summary(made: Made, weeks: int) -> str:
    return (
        f"{made.devices:,} devices, {weeks} weeks: {made.samples:,} samples,"
        f" {made.tickets:,} tickets, {made.contacts:,} of them by people"
    )


@contextmanager
def _progress(plan: Plan, now: datetime) -> Iterator[Callable[[datetime], None]]:
    """Show which simulated day it is: a bar on a terminal, else a line a week."""
    total = plan.minutes * 60
    since_s = now.timestamp() - total
    if not sys.stderr.isatty():
        yield _Lines(since_s, plan.minutes // _WEEK_MINUTES).told
        return
    columns = (TextColumn("demo"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)

        def told(moment: datetime) -> None:
            done = moment.timestamp() - since_s
            bar.update(task, completed=done, description=f"{moment:%a %d %b}")

        yield told


class _Lines:
    """Says each week that is done."""

    def __init__(self, since_s: float, weeks: int) -> None:
        self._since_s, self._weeks, self._said = since_s, weeks, 0

    def told(self, moment: datetime) -> None:
        # A second less than the whole is the whole: moments are cut to seconds.
        done = int((moment.timestamp() + 1 - self._since_s) / (_WEEK_MINUTES * 60))
        if done > self._said:
            self._said = done
            click.echo(f"week {done} of {self._weeks} done", err=True)
