"""The command `sickbay`. Each subcommand is a module here, imported only when it is asked for."""

from types import MappingProxyType

import click

from sickbay_collector import __version__
from sickbay_collector.cli.lazy import LazyGroup

# One line a command: name, module and attribute, one sentence for `sickbay --help`.
COMMANDS = MappingProxyType(
    {
        "device": ("sickbay_collector.cli.device:device", "Look at devices."),
        "ticket": ("sickbay_collector.cli.ticket:ticket", "Look at tickets and work on them."),
        "login": ("sickbay_collector.cli.login:login", "Keep a collector's address and token."),
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
