"""One contract for the collector in memory and the real one over gRPC."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay.v1 import inventory_pb2
from sickbay_agent.exchange import (
    Answer,
    CallError,
    Collector,
    Enrollment,
    EnrollmentDesk,
    ExpiredRenewal,
    HardwareEvidence,
    LaneMark,
    Outgoing,
    OwnStatus,
    Reaction,
    RecordResult,
    RecordStatus,
    Report,
    SectionResult,
    Settings,
    Upload,
    WatchLine,
)
from sickbay_agent.identity.child import answer as child_answer
from sickbay_agent.identity.keysmith import Keysmith
from sickbay_agent.identity.store import Identity, IdentityStore
from sickbay_agent.model.record import Lane
from sickbay_agent.transport import GrpcCollector, GrpcEnrollmentDesk
from tests.agent.authority import Authority
from tests.agent.fake_collector import REACTIONS, RECEIVED_AT, Core, Failure, FakeCollector
from tests.agent.grpc_stub import serving

NOW = datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC)
EPOCH = bytes(range(16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two ports as the agent sees them, and what stands behind them."""

    collector: Collector
    desk: EnrollmentDesk
    core: Core


def identity_of(folder: Path, authority: Authority) -> Identity:
    """Return an identity that an authority issued."""
    store, keysmith = IdentityStore(folder), Keysmith(child_answer)
    store.prepare()
    key_file = store.key_file(1)
    grant = authority.grant(keysmith.request(key_file))
    return store.commit(1, keysmith.check(key_file, grant))


@pytest.fixture(params=["memory", "grpc"])
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sides]:
    core = Core()
    if request.param == "memory":
        fake = FakeCollector(core)
        yield Sides(collector=fake, desk=fake, core=core)
        return
    with ExitStack() as stack:
        ports = stack.enter_context(serving(core))
        collector = GrpcCollector([ports.agents], identity_of(tmp_path, core.authority))
        desk = GrpcEnrollmentDesk(ports.enrollment, core.authority.pem)
        stack.callback(collector.close)
        stack.callback(desk.close)
        yield Sides(collector=collector, desk=desk, core=core)


def report(*bodies: bytes) -> Report:
    records = tuple(
        Outgoing(lane=Lane.EVENTS, epoch=EPOCH, seq=seq, body=body)
        for seq, body in enumerate(bodies, start=1)
    )
    return Report(records=records, sent_at=NOW, report_interval_s=60)


def test_a_report_arrives_whole_and_its_answer_comes_back(sides: Sides) -> None:
    sides.core.rejected.add(b"bad")
    sides.core.missing = (b"h" * 32,)
    sides.core.settings = Settings(
        version=7,
        sample_interval_s=30,
        report_interval_s=300,
        slow_interval_s=7200,
        process_names=False,
        watch_lines=(WatchLine(metric="cpu.busy_ratio", above=0.9), WatchLine(metric="x", below=0)),
    )
    sent = report(b"good", b"bad")
    answer = sides.collector.report(sent)
    again = sides.collector.report(report(b"good"))

    assert sides.core.reports[0] == sent
    assert answer == Answer(
        results=(
            RecordResult(lane=Lane.EVENTS, seq=1, status=RecordStatus.OK),
            RecordResult(lane=Lane.EVENTS, seq=2, status=RecordStatus.REJECTED, reason="odd"),
        ),
        marks=(LaneMark(lane=Lane.EVENTS, epoch=EPOCH, seq=1),),
        missing_hashes=(b"h" * 32,),
        settings=sides.core.settings,
        received_at=RECEIVED_AT,
    )
    assert again.results[0].status is RecordStatus.DUPLICATE


@pytest.mark.parametrize("rss_bytes", [44_000_000, None])
def test_how_the_agent_fares_arrives_whole(sides: Sides, rss_bytes: int | None) -> None:
    own = OwnStatus(
        sample_interval_s=60,
        uptime_s=86_400.5,
        waiting_records=0,
        spool_bytes=1 << 20,
        cpu_time_s=12.25,
        rss_bytes=rss_bytes,
    )
    sent = replace(report(), own=own)
    sides.collector.report(sent)

    assert [sent] == sides.core.reports


def test_sections_arrive_whole(sides: Sides) -> None:
    section = inventory_pb2.Section(
        hash=b"h" * 32, system=inventory_pb2.SystemSection(manufacturer="Example")
    )
    body = section.SerializeToString()
    sides.core.rejected.add(b"r" * 32)
    results = sides.collector.upload_sections(
        [
            Upload(hash=b"h" * 32, body=body),
            Upload(hash=b"r" * 32, body=inventory_pb2.Section(hash=b"r" * 32).SerializeToString()),
        ]
    )

    assert sides.core.sections == {b"h" * 32: body}
    assert results == (
        SectionResult(hash=b"h" * 32, status=RecordStatus.OK),
        SectionResult(hash=b"r" * 32, status=RecordStatus.REJECTED),
    )


@pytest.mark.parametrize(("code", "reaction"), REACTIONS.items(), ids=REACTIONS)
def test_each_code_has_its_reaction(sides: Sides, code: str, reaction: Reaction) -> None:
    sides.core.failures.append(Failure(code))
    with pytest.raises(CallError, match=code) as caught:
        sides.collector.report(report())

    assert caught.value.reaction is reaction
    assert caught.value.pushback_s == 0
    assert "\n" not in str(caught.value)
    assert sides.collector.report(report()).results == ()


def test_the_collectors_wish_to_be_left_alone_is_passed_on(sides: Sides) -> None:
    sides.core.failures.append(Failure("RESOURCE_EXHAUSTED", pushback_ms=2500))
    with pytest.raises(CallError) as caught:
        sides.collector.report(report())

    assert caught.value.pushback_s == 2.5


def test_certificates_come_from_both_ports(sides: Sides, tmp_path: Path) -> None:
    csr = Keysmith(child_answer).request(tmp_path / "key")
    enrollment = Enrollment(
        token="token",
        csr_der=csr,
        instance_id="0190a1b2-0000-4000-8000-000000000001",
        nonce=bytes(16),
        hostname="laptop",
        evidence=HardwareEvidence(smbios_uuid="uuid", permanent_macs=("00:11:22:33:44:55",)),
    )
    renewal = ExpiredRenewal(
        certificate_der=b"c", csr_der=csr, nonce=bytes(16), signed_at=NOW, signature=b"s"
    )
    grants = [
        sides.desk.enroll(enrollment),
        sides.desk.renew_expired(renewal),
        sides.collector.renew(csr),
    ]

    assert sides.core.enrollments == [enrollment]
    assert sides.core.expired == [renewal]
    assert all(grant.authorities_der == (sides.core.authority.der,) for grant in grants)


def test_a_refused_enrollment_is_told(sides: Sides) -> None:
    sides.core.failures.append(Failure("UNAUTHENTICATED"))
    with pytest.raises(CallError) as caught:
        sides.desk.renew_expired(
            ExpiredRenewal(
                certificate_der=b"", csr_der=b"", nonce=b"", signed_at=NOW, signature=b""
            )
        )

    assert caught.value.reaction is Reaction.REFUSED


def test_a_server_of_another_authority_gets_nothing(tmp_path: Path) -> None:
    """A collector that our authority did not issue a certificate to sees no report."""
    core, other = Core(), Authority("other CA")
    with serving(core, other.server()) as ports:
        collector = GrpcCollector([ports.agents], identity_of(tmp_path, core.authority))
        with pytest.raises(CallError) as caught:
            collector.report(report(b"secret"))
        collector.close()

    assert caught.value.is_lost
    assert core.reports == []


def test_a_server_of_another_name_gets_nothing_unless_it_is_named(tmp_path: Path) -> None:
    core = Core()
    identity = identity_of(tmp_path, core.authority)
    with serving(core, core.authority.server("collector.example")) as ports:
        strict = GrpcCollector([ports.agents], identity)
        named = GrpcCollector([ports.agents], identity, server_name="collector.example")
        with pytest.raises(CallError):
            strict.report(report(b"secret"))
        named.report(report(b"record"))
        strict.close()
        named.close()

    assert [one.records[0].body for one in core.reports] == [b"record"]


def test_the_next_address_is_tried_after_a_lost_connection(tmp_path: Path) -> None:
    core = Core()
    with serving(core) as ports:
        dead = "127.0.0.1:9"
        collector = GrpcCollector([dead, ports.agents], identity_of(tmp_path, core.authority))
        with pytest.raises(CallError) as caught:
            collector.report(report())
        collector.report(report(b"record"))
        collector.close()

    assert caught.value.is_lost
    assert len(core.reports) == 1
