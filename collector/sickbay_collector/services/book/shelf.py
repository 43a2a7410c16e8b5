"""What is in force in this process: files as they were read, and what was applied over them.

Every collector follows the revision of the database, so that what is applied at one of them is in
force at all within two seconds.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.desk.book import EMPTY_BOOK, DeskBook
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.kind import Layer
from sickbay_collector.services.book.layers import (
    Places,
    default_layer,
    empty_layer,
    file_layer,
    laid_over,
)
from sickbay_collector.services.book.load import Configuration, configure
from sickbay_collector.services.book.plan import applied_layer
from sickbay_collector.services.config_ports import ConfigEntry
from sickbay_collector.services.ports import Clock, OpenUnitOfWork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What is in force, and of what it is made."""

    files: Layer
    base: Layer
    """The defaults with the files over them."""
    revision: int
    """Of the applied entries."""
    configuration: Configuration
    problem: str
    """Why the newest revision is not in force; "" where it is."""


class Shelf:
    """Holds what is in force; who reads it gets whole values, never a mixture.

    Args:
        places: Where the files are.
        open_reads: Opens where applied entries are.
        clock: The present time, for public holidays.
        put: Is given the desk book whenever another comes in force.
    """

    def __init__(
        self,
        places: Places,
        open_reads: OpenUnitOfWork,
        clock: Clock,
        put: Callable[[DeskBook], None],
    ) -> None:
        self._places = places
        self._open_reads = open_reads
        self._clock = clock
        self._put = put
        self._lock = Lock()
        self._refused = -1
        self._defaults = empty_layer()
        self._now = InForce(
            files=empty_layer(),
            base=empty_layer(),
            revision=-1,
            configuration=Configuration(book=EMPTY_BOOK, rules=RuleSet.of([])),
            problem="not started",
        )

    @property
    def now(self) -> InForce:
        """Return what is in force."""
        return self._now

    def rules(self) -> RuleSet:
        """Return the alert rules in force."""
        return self._now.configuration.rules

    def start(self) -> None:
        """Read files and applied entries for the first time.

        Entries that do not go with the files any more are left out, and said so: without a
        collector nobody could mend them.

        Raises:
            InvalidError: A file is wrong; the message names file, line and key.
        """
        self._defaults = default_layer()
        try:
            self.reload()
        except InvalidError as error:
            self._enforce(file_layer(self._places), (), 0)
            self._refuse(self._newest()[0], error)

    def reload(self) -> None:
        """Read the files and the applied entries again.

        Raises:
            InvalidError: Something is wrong; what is in force stays so.
        """
        with self._lock:
            revision, entries = self._newest()
            self._enforce(file_layer(self._places), entries, revision)

    def follow(self) -> bool:
        """Put the newest revision in force; return whether it is.

        One that is wrong here, because of other files or another program, is left and said once.
        """
        with self._lock:
            with self._open_reads() as uow:
                revision = uow.config.revision()
            if revision in {self._now.revision, self._refused}:
                return revision == self._now.revision
            revision, entries = self._newest()
            try:
                self._enforce(self._now.files, entries, revision)
            except InvalidError as error:
                self._refuse(revision, error)
                return False
            log.info("event=config.followed revision=%d", revision)
            return True

    def _newest(self) -> tuple[int, Sequence[ConfigEntry]]:
        with self._open_reads() as uow:
            return uow.config.revision(), uow.config.all()

    def _enforce(self, files: Layer, entries: Sequence[ConfigEntry], revision: int) -> None:
        base = laid_over(self._defaults, files)
        configuration = self._configured(laid_over(base, applied_layer(entries)))
        self._now = InForce(
            files=files, base=base, revision=revision, configuration=configuration, problem=""
        )
        self._refused = -1
        self._put(configuration.book)

    def _refuse(self, revision: int, error: InvalidError) -> None:
        log.error("event=config.refused revision=%d error=%s", revision, error)
        self._refused = revision
        self._now = replace(self._now, problem=f"revision {revision} is not in force: {error}")

    def _configured(self, layer: Layer) -> Configuration:
        return configure(layer, today=self._clock().date())
