"""One collector process: what it is made of, and in which order that starts and stops."""

import asyncio
import gc
import logging
from dataclasses import dataclass

from sickbay_collector.bootstrap.agents import AgentSide
from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.bootstrap.clockwork import Clockwork
from sickbay_collector.bootstrap.foundation import Foundation, lay_foundation
from sickbay_collector.bootstrap.pages import PageSide
from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.heap import bound_heap
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.storage import open_storage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a running collector listens."""

    agent_port: int
    enroll_port: int
    http_port: int
    admin_port: int


class Collector:
    """One collector process: agents on one side, pages on the other, and a clockwork."""

    def __init__(self, foundation: Foundation) -> None:
        self.config = foundation.config
        self.storage = foundation.storage
        self.authority = foundation.authority
        self.metrics = foundation.metrics
        self.started_at = foundation.started_at
        self._shelf = foundation.shelf
        self.agents = AgentSide(foundation)
        self._pages = PageSide(foundation, lambda: self.agents.ports, lambda: self._is_started)
        self.clockwork = Clockwork(foundation, self._pages.jobs())
        self._is_started = False

    def rules(self) -> RuleSet:
        """Return the rules in force."""
        return self._shelf.rules()

    def reload(self) -> None:
        """Read the files of rules, SLA and desk again; keep what is in force when one is wrong."""
        try:
            self._shelf.reload()
        except SickbayError as error:
            log.error("files not reloaded: %s", error)  # noqa: TRY400 - the message says it all
        else:
            log.info("files reloaded")

    async def start(self) -> Addresses:
        """Start everything; return where it listens.

        Raises:
            ConfigError: A port is busy; nothing keeps running.
        """
        bound_heap()
        try:
            self._pages.listen()
            await self.agents.listen()
        except SickbayError:
            await self.stop(drain_s=0)
            raise
        # Reports make many short-lived values and no cycles, while tens of thousands of device
        # states stay: looking for garbage less often saves a fifth of the writer's time (measured).
        gc.freeze()
        gc.set_threshold(100_000, 50, 1000)
        self.agents.writer.start()
        self.clockwork.start()
        self._is_started = True
        return self._addresses()

    async def stop(self, *, drain_s: float | None = None) -> None:
        """Turn readiness off, wait, end calls, commit what is queued, stop the rest."""
        self._is_started = False
        await asyncio.sleep(self.config.drain_s if drain_s is None else drain_s)
        await self.agents.end_calls()
        await asyncio.to_thread(self.agents.writer.stop)
        await asyncio.to_thread(self.clockwork.stop)
        await self._pages.stop()
        self.storage.engine.dispose()

    def _addresses(self) -> Addresses:
        ports = self.agents.ports
        http_port, admin_port = self._pages.ports
        return Addresses(
            agent_port=ports.agents,
            enroll_port=ports.strangers,
            http_port=http_port,
            admin_port=admin_port,
        )


def open_collector(config: CollectorConfig) -> Collector:
    """Return a collector that is ready to start.

    Raises:
        SickbayError: The database, the CA or a rule file cannot be used.
    """
    storage = open_storage(config, migrate=config.database.startswith("sqlite:"))
    authority = open_authority(config.ca, now=utc_now())
    return Collector(lay_foundation(config, storage, authority))
