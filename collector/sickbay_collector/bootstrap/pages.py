"""The side of people: API and console on one port, metrics and readiness on another."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sickbay_collector import __version__
from sickbay_collector.bootstrap.agents import AgentPorts
from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.bootstrap.foundation import Foundation
from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.desk.coverage import coverage
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.db.device_lists import list_devices
from sickbay_collector.db.live import read_marks
from sickbay_collector.db.reads import count_devices
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services.gaps_ahead import GapsAhead
from sickbay_collector.services.kept_glances import Glances
from sickbay_collector.services.oidc_sign_in import OidcSignIn
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.sign_in import SignIn
from sickbay_collector.web.admin import make_admin
from sickbay_collector.web.context import Joining, WebContext
from sickbay_collector.web.glancing import keep_glance
from sickbay_collector.web.listen import HttpServer, bind, serve
from sickbay_collector.web.live import Live
from sickbay_collector.web.site import make_site


class PageSide:
    """Two HTTP servers, and what open pages are told.

    Args:
        foundation: What it stands on.
        agent_ports: Returns where agents are listened for, once they are.
        is_started: Returns whether all of the collector runs, for `/readyz`.
    """

    def __init__(
        self,
        foundation: Foundation,
        agent_ports: Callable[[], AgentPorts],
        is_started: Callable[[], bool],
    ) -> None:
        storage = foundation.storage
        self._foundation = foundation
        self._agent_ports = agent_ports
        self._is_started = is_started
        self._sign_in = SignIn(storage.open_reads, storage.open_uow, Argon2Hasher())
        self._live = Live(partial(read_marks, storage.engine), self._sign_in.still_in)
        self._glances = Glances(time.monotonic)
        self._gaps_ahead = GapsAhead(coverage)
        self._servers: tuple[HttpServer, ...] = ()

    def jobs(self) -> Mapping[str, Callable[[datetime], object]]:
        """Return what open pages need each second, by name."""
        return {
            "live": self._live.look,
            "look_at_fleet": self._glances.renew,
            "coverage_ahead": self._reckon_coverage,
        }

    def listen(self) -> None:
        """Start both servers.

        Raises:
            ConfigError: A port is busy; `stop` stops what was started before.
        """
        config = self._foundation.config
        context = self._context()
        keep_glance(context)
        site = make_site(context)
        site_socket = bind(config.http_address, config.http_port, option="http_port")
        self._servers = (
            serve(site, site_socket, certificate=config.http_certificate, key=config.http_key),
        )
        admin = make_admin(self._foundation.metrics, self._is_ready)
        admin_socket = bind(config.admin_address, config.admin_port, option="admin_port")
        self._servers += (serve(admin, admin_socket, certificate=None, key=None),)

    @property
    def ports(self) -> tuple[int, int]:
        """Where API and console listen, and where metrics, once both servers run."""
        site, admin = self._servers
        return site.port, admin.port

    async def stop(self) -> None:
        """End what open pages follow, then requests under way, then the servers."""
        self._live.close()
        await asyncio.gather(*(one.stop() for one in self._servers))

    def _reckon_coverage(self, now: datetime) -> None:
        self._gaps_ahead.get_ready(self._foundation.storage.book(), now)

    def _is_ready(self) -> bool:
        return self._is_started() and self._foundation.pulse.beats

    def _context(self) -> WebContext:
        config, storage = self._foundation.config, self._foundation.storage
        return WebContext(
            open_reads=storage.open_reads,
            open_writes=storage.open_uow,
            list_devices=partial(list_devices, storage.engine),
            rules=self._foundation.shelf.rules,
            count_devices=partial(count_devices, storage.engine),
            sign_in=self._sign_in,
            is_secure=config.http_certificate is not None or config.behind_proxy,
            clock=utc_now,
            new_id=new_id,
            started_at=self._foundation.started_at,
            version=__version__,
            shelf=self._foundation.shelf,
            joining=self._joining,
            oidc=_oidc(config, storage.open_uow),
            glances=self._glances,
            gaps_ahead=self._gaps_ahead,
            live=self._live,
            sample_interval_s=config.sample_interval_s,
        )

    def _joining(self) -> Joining:
        host = self._foundation.config.server_names[0]
        name = f"[{host}]" if ":" in host else host
        ports = self._agent_ports()
        return Joining(
            collector=f"{name}:{ports.agents}",
            enrollment=f"{name}:{ports.strangers}",
            fingerprint=self._foundation.authority.fingerprint,
        )


def _oidc(config: CollectorConfig, open_uow: OpenUnitOfWork) -> OidcSignIn | None:
    if config.oidc is None:
        return None
    try:
        # PyJWT is an extra: only who signs in elsewhere has it.
        from sickbay_collector.oidc import OidcProvider  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "oidc_issuer: PyJWT is missing; install sickbay[collector,oidc]"
        ) from error
    return OidcSignIn(OidcProvider(config.oidc, utc_now), open_uow, config.oidc_name)
