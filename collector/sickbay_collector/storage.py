"""The database of a collector, and how to work with it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.desk.book import EMPTY_BOOK, DeskBook
from sickbay_collector.core.errors import StoreError
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.migrate import check, upgrade
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.ports import OpenUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The database and how to work with it."""

    engine: Engine
    open_uow: OpenUnitOfWork
    open_reads: OpenUnitOfWork
    book: "BookHolder"
    """What the desk is configured to be; nothing before a collector loaded it."""


class BookHolder:
    """The desk book in force; called, it returns it."""

    def __init__(self) -> None:
        self._book = EMPTY_BOOK

    def __call__(self) -> DeskBook:
        """Return what is in force."""
        return self._book

    def replace(self, book: DeskBook) -> None:
        """Put another in force, from the next transaction on."""
        self._book = book


def open_storage(config: CollectorConfig, *, migrate: bool, durable: bool = True) -> Storage:
    """Open the database; with `migrate` bring its schema up to this program's.

    Args:
        config: The collector's settings.
        migrate: Whether the schema may be changed.
        durable: As in `open_engine`.

    Raises:
        StoreError: It cannot be opened, or its schema is newer than this program.
    """
    if config.database.startswith("sqlite:"):
        _make_directory(config.state_dir)
    engine = open_engine(config.database, durable=durable)
    if migrate:
        upgrade(engine)
    check(engine)
    book = BookHolder()
    return Storage(
        engine=engine,
        open_uow=open_unit_of_work(engine, book=book, public_url=config.public_url),
        open_reads=open_read_only(engine, book=book),
        book=book,
    )


def _make_directory(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; choose a writable state_dir") from None
