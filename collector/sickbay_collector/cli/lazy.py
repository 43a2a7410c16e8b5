"""A command group that imports a command's module when the command is used.

`sickbay device ls` must not pay for the imports of `sickbay serve`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from sickbay_collector.core.errors import SickbayError


class LazyGroup(click.Group):
    """A group whose commands are named by module and attribute.

    Args:
        lazy: Command name -> ("module:attribute", one sentence for the overview).
        kwargs: What `click.Group` takes.
    """

    def __init__(
        self,
        *,
        lazy: Mapping[str, tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the table."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its module."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._lazy[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table names commands
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table, importing nothing."""
        rows = [(name, sentence) for name, (_, sentence) in self._lazy.items()]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)
        if self.commands:
            super().format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what goes wrong on purpose becomes one line and exit code 1."""
        try:
            return super().invoke(ctx)
        except SickbayError as error:
            raise click.ClickException(str(error)) from error
