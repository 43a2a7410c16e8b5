"""A whole collector on free ports, in a thread of the test's process or as a process of its own."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import uvloop

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.bootstrap.collector import Addresses, Collector, open_collector
from sickbay_collector.config import load_config
from sickbay_collector.services.access import Role, TokenWish, make_api_token
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.enrollment_tokens import ANY_TERMS, Terms, make_token
from tests.kit.device import FakeDevice, Ports

# Alone it starts in a second; the machine may be busy with other tests.
_PATIENCE_S = 100.0


class RunningCollector:
    """A collector that runs in a thread with its own event loop, as `sickbay serve` would."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        overrides = {
            "state_dir": folder,
            "agent_address": "127.0.0.1",
            "drain_s": 0,
            **dict.fromkeys(("agent_port", "enroll_port", "http_port", "admin_port"), 0),
            **settings,
        }
        self.collector: Collector = open_collector(load_config(None, {}, overrides))
        self.addresses = Addresses(agent_port=0, enroll_port=0, http_port=0, admin_port=0)
        self._started = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(_PATIENCE_S)
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop as SIGTERM would."""
        self._stop()
        self._thread.join(_PATIENCE_S)

    @property
    def ports(self) -> Ports:
        """Where it listens."""
        return Ports(
            agent=self.addresses.agent_port,
            enroll=self.addresses.enroll_port,
            ca_pem=self.collector.authority.certificate_pem,
        )

    @property
    def api_url(self) -> str:
        """Return where the API is."""
        return f"http://127.0.0.1:{self.addresses.http_port}"

    @property
    def metrics_url(self) -> str:
        """Return where the metrics are."""
        return f"http://127.0.0.1:{self.addresses.admin_port}/metrics"

    def token(
        self,
        *,
        uses: int = 1,
        lifetime: timedelta = timedelta(hours=1),
        terms: Terms = ANY_TERMS,
    ) -> str:
        """Return a new enrollment token."""
        made = make_token(
            self.collector.storage.open_uow,
            by=By(at=utc_now()),
            lifetime=lifetime,
            max_uses=uses,
            comment="test",
            new_id=new_id,
            terms=terms,
        )
        return made.secret

    def api_token(self, role: Role = Role.ADMINISTRATOR) -> str:
        """Return a new API token."""
        wish = TokenWish(user="tester", role=role, lifetime=None)
        with self.collector.storage.open_uow() as uow:
            made = make_api_token(uow, wish, by=By(at=utc_now()), new_id=new_id)
            uow.commit()
        return made.secret

    def device(self) -> FakeDevice:
        """Return a newly enrolled device."""
        return FakeDevice.enrolled(self.ports, self.token())

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._stop = lambda: loop.call_soon_threadsafe(told.set)
        try:
            self.addresses = await self.collector.start()
        except Exception as error:  # noqa: BLE001 - handed to the thread of the test
            self._failure = error
            # The loop ends with this; who stops later must not ask it.
            self._stop = lambda: None
            self._started.set()
            return
        self._started.set()
        await told.wait()
        await self.collector.stop()
