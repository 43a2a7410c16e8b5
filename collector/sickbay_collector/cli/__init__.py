"""The command `sickbay`. Each subcommand is a module here, imported only when it is asked for."""

import os
from types import MappingProxyType

import click

from sickbay_collector import __version__
from sickbay_collector.cli.lazy import LazyGroup

# The one thing done at import: grpc reads these when it is imported, which a subcommand's module
# does. Without them its C core writes to the terminal, and announces every child process.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

# One line a command: name, module and attribute, one sentence for `sickbay --help`.
COMMANDS = MappingProxyType(
    {
        "quickstart": (
            "sickbay_collector.cli.quickstart:command",
            "Start a collector and an agent on this machine.",
        ),
        "device": ("sickbay_collector.cli.device:device", "Look at devices."),
        "ticket": ("sickbay_collector.cli.ticket:ticket", "Look at tickets and work on them."),
        "queue": ("sickbay_collector.cli.queue:queue", "See what waits where."),
        "macro": ("sickbay_collector.cli.macro:macro", "Do several things to a ticket at once."),
        "search": (
            "sickbay_collector.cli.search:command",
            "Find devices, tickets, problems, people and sites.",
        ),
        "asset": (
            "sickbay_collector.cli.asset:asset",
            "Keep whose devices are and what was done to them.",
        ),
        "tag": ("sickbay_collector.cli.tag:tag", "Give devices tags, to find them by."),
        "view": (
            "sickbay_collector.cli.view:view",
            "Keep lists of devices under a name.",
        ),
        "notify": (
            "sickbay_collector.cli.notify:notify",
            "See what was not delivered, try a channel.",
        ),
        "person": ("sickbay_collector.cli.person:person", "Keep who asks and who owns devices."),
        "rota": ("sickbay_collector.cli.rota:rota", "Say who is on call and what is not covered."),
        "sla": (
            "sickbay_collector.cli.sla:sla",
            "Say what is promised, and how a ticket's clocks stand.",
        ),
        "report": ("sickbay_collector.cli.report:report", "Look at the desk's figures."),
        "apply": (
            "sickbay_collector.cli.apply:apply",
            "Bring the configuration to what files say.",
        ),
        "export": ("sickbay_collector.cli.apply:export", "Write the configuration as files."),
        "entry": ("sickbay_collector.cli.entry:entry", "Look at entries of the configuration."),
        "audit": ("sickbay_collector.cli.audit:command", "List who changed what."),
        "alert": ("sickbay_collector.cli.alert:alert", "Look at alerts."),
        "silence": (
            "sickbay_collector.cli.silence:silence",
            "Keep known alerts from opening tickets.",
        ),
        "window": ("sickbay_collector.cli.window:window", "Plan maintenance windows."),
        "problem": ("sickbay_collector.cli.problem:problem", "Look at what keeps coming back."),
        "rule": ("sickbay_collector.cli.rule:command", "Look at alert rules, and change them."),
        "login": ("sickbay_collector.cli.login:login", "Keep a collector's address and token."),
        "serve": ("sickbay_collector.cli.serve:command", "Run the collector as a service."),
        "simulate": (
            "sickbay_collector.cli.simulate:command",
            "Send the reports of a synthetic fleet.",
        ),
        "demo": ("sickbay_collector.cli.demo:command", "Make a company's weeks to look at."),
        "migrate": ("sickbay_collector.cli.migrate:command", "Bring the database up to date."),
        "doctor": (
            "sickbay_collector.cli.doctor:command",
            "Find what keeps the collector from working.",
        ),
        "config": ("sickbay_collector.cli.config:command", "Show and check the settings."),
        "backup": ("sickbay_collector.cli.backup:command", "Write all to one archive, online."),
        "restore": ("sickbay_collector.cli.restore:command", "Unpack a backup."),
        "token": ("sickbay_collector.cli.token:enrollment", "Make tokens that enroll devices."),
        "user": (
            "sickbay_collector.cli.account:user",
            "Let people sign in, and programs use the API.",
        ),
        "ca": ("sickbay_collector.cli.ca:command", "Show the authority, shut devices out."),
    }
)


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 failure, 2 usage, 3 partial.",
)
@click.version_option(__version__, prog_name="sickbay")
def main() -> None:
    """Sickbay: from sample to score to alert to ticket to verified fix."""
