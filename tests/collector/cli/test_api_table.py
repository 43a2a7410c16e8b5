"""What the API does, the command line does, or the table says why not."""

import click
import pytest

from sickbay_collector.cli import main
from tests.collector.cli.api_table import COMMANDS, NONE
from tests.collector.clinic import Clinic
from tests.collector.served import api_on

_METHODS = frozenset({"get", "post", "put", "patch", "delete"})


def _command(words: str) -> click.Command | None:
    found: click.Command | None = main
    for word in words.split():
        group = found
        if not isinstance(group, click.Group):
            return None
        found = group.get_command(click.Context(group), word)
    return found


def test_every_operation_stands_in_the_table(clinic: Clinic) -> None:
    """Whoever adds an operation adds its command, or says why it has none."""
    paths = api_on(clinic.context()).openapi()["paths"]
    there = {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method in operations
        if method in _METHODS
    }

    assert there - COMMANDS.keys() == set()
    assert COMMANDS.keys() - there == set()


@pytest.mark.parametrize(
    "words", sorted({one for one in COMMANDS.values() if not one.startswith(NONE)})
)
def test_every_command_of_the_table_is_there(words: str) -> None:
    found = _command(words)

    assert found is not None
    assert not isinstance(found, click.Group)
