"""The three ways to simulate: into a database, on this machine's collector, on another one."""

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.cli.local import local_config
from sickbay_collector.cli.simulate_target import count_tickets, local_reach
from sickbay_collector.config import CollectorConfig
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.simulator.drive import default_patience, drive
from sickbay_collector.simulator.identity import Reach
from sickbay_collector.simulator.in_process import simulate_in_process
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.tally import Summary, Tally, summarize
from sickbay_collector.storage import open_storage

_REFRESH_S = 0.25


def run_in_process(plan: Plan, config_file: Path | None, directory: Path | None) -> Summary:
    """Simulate into the database of a collector's directory, or into one that is thrown away."""
    if config_file is not None or directory is not None:
        return _into_database(plan, local_config(config_file, directory))
    with tempfile.TemporaryDirectory(prefix="sickbay-simulate-") as folder:
        return _into_database(plan, local_config(None, Path(folder)))


def run_local(plan: Plan, config_file: Path | None, directory: Path | None) -> Summary:
    """Simulate on the collector of this machine, which runs."""
    config = local_config(config_file, directory)
    storage = open_storage(config, migrate=False)
    since, began = utc_now(), time.monotonic()
    reach = local_reach(config, storage, devices=plan.devices)
    tally = Tally(plan.devices)
    device_ids = _driven(plan, reach, tally)
    seconds = time.monotonic() - began
    opened = count_tickets(storage.open_reads, frozenset(device_ids), since=since)
    return summarize(tally, seconds=seconds, tickets_opened=opened)


def run_remote(plan: Plan, reach: Reach) -> Summary:
    """Simulate on another collector."""
    tally, began = Tally(plan.devices), time.monotonic()
    _driven(plan, reach, tally)
    return summarize(tally, seconds=time.monotonic() - began, tickets_opened=None)


def _into_database(plan: Plan, config: CollectorConfig) -> Summary:
    storage = open_storage(config, migrate=True)
    tally, began = Tally(plan.devices), time.monotonic()
    try:
        with _progress(tally):
            opened = simulate_in_process(
                plan, storage.open_uow, load_rules([config.rules]), new_id, tally
            )
    finally:
        storage.engine.dispose()
    return summarize(tally, seconds=time.monotonic() - began, tickets_opened=opened)


def _driven(plan: Plan, reach: Reach, tally: Tally) -> list[str]:
    with _progress(tally), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(drive(plan, reach, tally, default_patience()))


@contextmanager
def _progress(tally: Tally) -> Iterator[None]:
    """Show how far a simulation is, where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    columns = (TextColumn("devices"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=tally.devices)
        ended = threading.Event()

        def show() -> None:
            while not ended.wait(_REFRESH_S):
                said = f"{tally.finished:,} of {tally.devices:,}, {tally.samples:,} samples"
                bar.update(task, completed=tally.finished, description=said)

        thread = threading.Thread(target=show, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
