"""`sickbay serve`: the collector as a service."""

import asyncio
import signal
from pathlib import Path

import click
import uvloop

from sickbay_collector.bootstrap.collector import Collector, open_collector
from sickbay_collector.cli.local import local_config, local_options
from sickbay_collector.logs import configure_logs

_EPILOG = """\b
Examples:
  sickbay serve
  sickbay serve --config /etc/sickbay/collector.toml --log-format json

SIGTERM drains and stops; SIGHUP reads the files of rules and SLA again."""


@click.command(name="serve", epilog=_EPILOG)
@local_options
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text")
def command(
    config_file: Path | None, directory: Path | None, *, log_level: str, log_format: str
) -> None:
    """Run the collector until it is told to stop."""
    configure_logs(level=log_level, as_json=log_format == "json")
    collector = open_collector(local_config(config_file, directory))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(collector))


async def _serve(collector: Collector) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    loop.add_signal_handler(signal.SIGHUP, collector.reload)
    addresses = await collector.start()
    click.echo(
        f"listening: agents {addresses.agent_port}, enrollment {addresses.enroll_port}, "
        f"http {addresses.http_port}, metrics {addresses.admin_port}",
        err=True,
    )
    await told.wait()
    # The second signal ends the process at once: whatever was acknowledged is durable.
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
    await collector.stop()
