"""Whether the database answers: asked every second, so that nobody else has to wait to find out."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine, text

from sickbay_collector.core.errors import BusyError, StoreError
from sickbay_collector.db.uow import read_connection

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
"""Between two questions."""
_ANSWER_S = 2.0
# One question may be lost in a burst of work; a second one may not.
_MISSES = 2


class Pulse:
    """Remembers whether the database answered of late.

    Args:
        engine: The database.
        monotonic: Seconds that never go back.
    """

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._misses = 0
        self._gone_since_s = 0.0

    @property
    def beats(self) -> bool:
        """Whether the database answered of late; true before the first question."""
        return self._misses < _MISSES

    def require(self) -> None:
        """Refuse what cannot succeed anyway.

        Raises:
            StoreError: The database does not answer.
        """
        if not self.beats:
            raise StoreError("the database does not answer")

    def feel(self) -> None:
        """Ask the database; one line is logged when it goes and one when it is back."""
        try:
            with read_connection(self._engine, within_s=_ANSWER_S) as connection:
                connection.execute(text("SELECT 1"))
        except (StoreError, BusyError) as error:
            self._miss(error)
        else:
            self._hit()

    def _miss(self, error: Exception) -> None:
        self._misses += 1
        if self._misses == _MISSES:
            self._gone_since_s = self._monotonic()
            log.error("database.gone reason=%s", error)

    def _hit(self) -> None:
        if not self.beats:
            log.warning("database.back after_s=%.1f", self._monotonic() - self._gone_since_s)
        self._misses = 0
