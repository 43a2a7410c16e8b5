"""A bar on the terminal while something long runs; nothing where nobody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


@contextmanager
def showing_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give what is told of the work that is being done: its name, bytes done, bytes in all."""
    columns = (TextColumn("{task.description:<9}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True, emoji=False)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not _is_watched()
    ) as bars:
        task = bars.add_task("", total=None)

        def show(work: str, done: int, total: int) -> None:
            bars.update(task, description=work, completed=done, total=total)

        yield show


@contextmanager
def showing_rows() -> Iterator[Callable[[str, int, int], None]]:
    """Give what is told of tables that are copied: the name, rows done, rows in all."""
    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True, emoji=False)
    with Progress(*columns, console=console, transient=True, disable=not _is_watched()) as bars:
        task = bars.add_task("", total=None)

        def show(table: str, done: int, total: int) -> None:
            bars.update(task, description=table, completed=done, total=total)

        yield show


def _is_watched() -> bool:
    return sys.stderr.isatty()
