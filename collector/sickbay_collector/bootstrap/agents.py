"""The side of the agents: a server for devices, one for strangers, and who writes reports."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sickbay.v1 import telemetry_pb2 as pb
from sickbay_collector.bootstrap.admission import Admission
from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.bootstrap.foundation import Foundation
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.frames import open_hour
from sickbay_collector.ingest_metrics import WriterMetrics
from sickbay_collector.pki.issuers import DeviceIssuer, ServerIdentities
from sickbay_collector.rpc.enrollment import EnrollmentServicer
from sickbay_collector.rpc.server import (
    STRANGER_CALLS,
    STRANGER_MESSAGE_BYTES,
    Listening,
    start_server,
)
from sickbay_collector.rpc.telemetry import TelemetryServicer, agent_settings
from sickbay_collector.rpc.writer import GroupWriter
from sickbay_collector.services.ingest import Ingest
from sickbay_collector.services.sections import ReceivedSection, store_sections

_GRACE_S = 25.0
"""What calls under way get when a collector stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPorts:
    """Where agents are listened for."""

    agents: int
    strangers: int


class AgentSide:
    """Two gRPC servers, who gets in there, and who commits what comes."""

    def __init__(self, foundation: Foundation) -> None:
        self._foundation = foundation
        storage = foundation.storage
        self.ingest = Ingest(
            storage.open_uow,
            foundation.shelf.rules,
            open_hour,
            new_id,
            sample_interval_s=foundation.config.sample_interval_s,
        )
        self.writer = GroupWriter(self.ingest, WriterMetrics(foundation.metrics))
        self.admission = Admission(foundation, self.ingest.forget)
        self._enrollment = _enrollment(foundation)
        self._servers: tuple[Listening, ...] = ()

    async def listen(self) -> None:
        """Start both servers.

        Raises:
            ConfigError: A port is busy; `end_calls` stops what was started before.
        """
        names = self._foundation.config.server_names
        identities = ServerIdentities(self._foundation.authority, names, utc_now)
        self._servers = (await self._listen_for_agents(identities),)
        self._servers += (await self._listen_for_strangers(identities),)

    @property
    def ports(self) -> AgentPorts:
        """Where it listens, once both servers run."""
        agents, strangers = self._servers
        return AgentPorts(agents=agents.port, strangers=strangers.port)

    async def end_calls(self) -> None:
        """Take no more calls, and give those under way some time."""
        await asyncio.gather(*(one.server.stop(_GRACE_S) for one in self._servers))

    async def _listen_for_agents(self, identities: ServerIdentities) -> Listening:
        config = self._foundation.config
        return await start_server(
            address=config.agent_address,
            port=config.agent_port,
            option="agent_port",
            identity=identities.current,
            client_ca_pem=self._foundation.authority.certificate_pem,
            handlers=[
                self._telemetry().handler(self.admission.admit),
                self._enrollment.identity_handler(self.admission.admit_pending),
            ],
        )

    async def _listen_for_strangers(self, identities: ServerIdentities) -> Listening:
        config = self._foundation.config
        return await start_server(
            address=config.agent_address,
            port=config.enroll_port,
            option="enroll_port",
            identity=identities.current,
            client_ca_pem=None,
            handlers=[self._enrollment.enrollment_handler()],
            max_message_bytes=STRANGER_MESSAGE_BYTES,
            max_calls=STRANGER_CALLS,
        )

    def _telemetry(self) -> TelemetryServicer:
        return TelemetryServicer(self.writer, self._store_sections, self._settings, utc_now)

    def _store_sections(
        self, device_id: DeviceId, sections: Sequence[ReceivedSection]
    ) -> tuple[str, ...]:
        return store_sections(device_id, sections, self._foundation.storage.open_uow, now=utc_now())

    def _settings(self) -> pb.AgentSettings:
        config = self._foundation.config
        return agent_settings(
            sample_interval_s=config.sample_interval_s,
            report_interval_s=config.report_interval_s,
            slow_interval_s=config.slow_interval_s,
            version=1,
        )


def _enrollment(foundation: Foundation) -> EnrollmentServicer:
    authority, metrics = foundation.authority, foundation.metrics
    lifetime = timedelta(hours=foundation.config.certificate_hours)
    return EnrollmentServicer(
        authority=authority,
        issuer=DeviceIssuer(authority, lifetime=lifetime),
        open_uow=foundation.storage.open_uow,
        clock=utc_now,
        new_id=new_id,
        issued=metrics.issue_certificate,
        refused=metrics.refuse_enrollment,
    )
