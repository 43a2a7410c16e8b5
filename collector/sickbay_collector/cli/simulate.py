"""`sickbay simulate`: a synthetic fleet, through the real ports or into a database."""

import dataclasses
import json
import sys
from pathlib import Path

import click

from sickbay_collector.cli.simulate_flow import run_in_process, run_local, run_remote
from sickbay_collector.cli.simulate_target import explicit_reach
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.simulator import plan as limits
from sickbay_collector.simulator.fleet.device import LARGEST_SEED
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.tally import Summary

_EPILOG = """\b
Examples:
  sickbay simulate --dir ./state --devices 200 --minutes 1440
  sickbay simulate --devices 50 --minutes 43200 --in-process
  sickbay simulate --devices 1000 --minutes 60 --interval 60 --speed 1 --hours always \\
    --agent-address c1:7443 --enroll-address c1:7444 --token T --ca-file ca.crt

The last simulated minute is now. Batches of 100 samples are sent as fast as the collector takes
them; with --speed each sample when it is due."""
_PARTIAL = 3


@click.command(name="simulate", epilog=_EPILOG)
@click.option("--devices", type=click.IntRange(*limits.DEVICES), default=20, show_default=True)
@click.option(
    "--minutes",
    type=click.IntRange(*limits.MINUTES),
    default=1440,
    show_default=True,
    help="Simulated time.",
)
@click.option(
    "--interval",
    "interval_s",
    type=click.IntRange(*limits.INTERVAL_S),
    default=300,
    show_default=True,
    help="Seconds between samples.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    default=1,
    show_default=True,
    help="The same seed gives the same fleet.",
)
@click.option(
    "--batch",
    type=click.IntRange(*limits.BATCH),
    help="Samples in a report [default: 100; 1 with --speed].",
)
@click.option(
    "--hours",
    type=click.Choice([hours.value for hours in Hours]),
    default=Hours.OFFICE.value,
    show_default=True,
    help="When devices are on; office hours are UTC.",
)
@click.option(
    "--connections",
    type=click.IntRange(*limits.CONNECTIONS),
    default=32,
    show_default=True,
    help="Connections at a time.",
)
@click.option(
    "--speed",
    type=click.FloatRange(*limits.SPEED),
    help="Simulated seconds a second [default: as fast as possible].",
)
@click.option("--in-process", is_flag=True, help="Without gRPC, into the database of --dir.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file of the collector on this machine.",
)
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="State directory of the collector on this machine, such as the quick start's.",
)
@click.option("--agent-address", metavar="HOST:PORT", help="Agents' port of another collector.")
@click.option("--enroll-address", metavar="HOST:PORT", help="Its enrollment port.")
@click.option("--token", metavar="TOKEN", help="Enrollment token with a use for each device.")
@click.option(
    "--ca-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Authority of its certificate.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(  # noqa: PLR0913 - one argument an option
    *,
    devices: int,
    minutes: int,
    interval_s: int,
    seed: int,
    batch: int | None,
    hours: str,
    connections: int,
    speed: float | None,
    in_process: bool,
    config_file: Path | None,
    directory: Path | None,
    agent_address: str | None,
    enroll_address: str | None,
    token: str | None,
    ca_file: Path | None,
    as_json: bool,
) -> None:
    """Send the reports of a synthetic fleet: days with boots, load, full disks, failing drives.

    Each device enrolls, has its own certificate and connection, and is marked by a host name that
    begins with "sim-". The collector is the one of --dir or --config, or the one at the addresses.
    """
    plan = Plan(
        devices=devices,
        minutes=minutes,
        interval_s=interval_s,
        seed=seed,
        batch=batch or (100 if speed is None else 1),
        hours=Hours(hours),
        connections=connections,
        speed=speed,
    )
    remote = (agent_address, enroll_address, token, ca_file)
    if in_process:
        if speed is not None or any(remote):
            raise ConfigError("--in-process takes neither --speed nor another collector's address")
        summary = run_in_process(plan, config_file, directory)
    elif any(remote):
        if agent_address is None or enroll_address is None or token is None or ca_file is None:
            raise ConfigError(
                "--agent-address, --enroll-address, --token and --ca-file belong together"
            )
        summary = run_remote(plan, explicit_reach(agent_address, enroll_address, token, ca_file))
    else:
        summary = run_local(plan, config_file, directory)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary), allow_nan=False))
    else:
        _print(summary, plan)
    if summary.failed_devices or summary.rejected:
        sys.exit(_PARTIAL)


def _print(summary: Summary, plan: Plan) -> None:
    lines = [
        ("devices", f"{summary.devices:,}"),
        ("simulated", f"{plan.minutes:,} min, a sample every {plan.interval_s} s"),
        ("samples", f"{summary.samples:,} in {summary.reports:,} reports"),
        ("acknowledged", f"{summary.acknowledged:,}"),
        ("duplicates", f"{summary.duplicates:,}"),
        ("rejected", f"{summary.rejected:,}"),
        ("latency", _latency(summary)),
        ("samples/s", f"{summary.samples_per_s:,.0f} over {summary.seconds:.1f} s"),
        ("tickets opened", _tickets(summary)),
    ]
    if summary.retries:
        lines.append(("retries", f"{summary.retries:,}"))
    if summary.failed_devices:
        lines.append(("failed devices", f"{summary.failed_devices:,}: {summary.first_failure}"))
    if summary.rejected:
        lines.append(("first rejection", summary.first_rejection))
    for name, text in lines:
        click.echo(f"{name:16}{text}")
    if not summary.samples and not summary.failed_devices:
        click.echo(
            "no device was on: office hours are 8 to 18 UTC on weekdays; raise --minutes, "
            "or use --hours always",
            err=True,
        )


def _latency(summary: Summary) -> str:
    if summary.p50_ms is None or summary.p99_ms is None:
        return "no report was answered"
    return f"p50 {summary.p50_ms:.1f} ms, p99 {summary.p99_ms:.1f} ms"


def _tickets(summary: Summary) -> str:
    if summary.tickets_opened is None:
        return "not known: the collector's database is elsewhere"
    return f"{summary.tickets_opened:,}"
