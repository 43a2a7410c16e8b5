"""PostgreSQL that goes away, hangs or is locked: nothing acknowledged is lost, and it heals."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import grpc
import httpx2
import pytest

from sickbay.v1 import sample_pb2, telemetry_pb2
from tests.faults.conftest import Say
from tests.faults.inquest import inquire
from tests.faults.victim import Victim
from tests.faults.witness import FullVolume, Witness
from tests.kit.device import FakeDevice, sample_record
from tests.kit.postgres import Cluster

DEVICES = 4
MIB = 1 << 20
# Less than the agents' own deadline, and more than the collector gives the database.
_CALL_S = 14.0
# A device was told to come back after 5 s at most; the rest is for a busy machine.
_RETURN_S = 30.0
_LOOK_S = 30.0
_RSS_GROWTH_BYTES = 50 * MIB
_PUSHBACK = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


@contextmanager
def crashed(cluster: Cluster, _url: str) -> Iterator[None]:
    """It ends at once, as if it was killed, and comes back."""
    cluster.stop("immediate")
    try:
        yield
    finally:
        cluster.start()


@contextmanager
def frozen(cluster: Cluster, url: str) -> Iterator[None]:
    """It takes connections and answers none, as with a disk that stalls."""
    del url
    with cluster.standing_still():
        yield


@contextmanager
def frozen_sessions(cluster: Cluster, url: str) -> Iterator[None]:
    """The sessions that are open get no answer, and hold what they have locked; new ones do."""
    with cluster.frozen(url):
        yield


@contextmanager
def locked(cluster: Cluster, url: str) -> Iterator[None]:
    """Somebody's transaction holds the table that every report writes."""
    with cluster.session(url) as other, other.transaction():
        other.execute("LOCK TABLE device_state IN ACCESS EXCLUSIVE MODE")
        yield


Fault = Callable[[Cluster, str], AbstractContextManager[None]]


@dataclass(kw_only=True)
class Seen:
    """What one device and the admin port saw while the database was away."""

    codes: set[grpc.StatusCode] = field(default_factory=set)
    pushbacks_ms: list[int] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    live: set[int] = field(default_factory=set)
    ready: list[int] = field(default_factory=list)
    acked: int = 0

    @property
    def longest_wait_s(self) -> float:
        """Return how long the slowest refusal took; 0 where none was refused."""
        return max(self.waits_s, default=0.0)


class Prober:
    """A device that heeds pushback, and looks at the admin port before each call."""

    def __init__(self, device: FakeDevice, admin_url: str) -> None:
        self._device = device
        self._admin_url = admin_url
        self._envelope = self._next()

    def watch(self, seconds: float) -> Seen:
        """Send for so long; return what came of it."""
        seen = Seen()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._look(seen)
            self._send(seen)
        # The last call may have been pushed back for longer than there was to wait.
        self._look(seen)
        return seen

    def return_s(self) -> float:
        """Return after how many seconds the first report is acknowledged."""
        began = time.monotonic()
        seen = Seen()
        while not seen.acked:
            self._send(seen)
            assert time.monotonic() - began < 60, seen
        return time.monotonic() - began

    def is_ready(self) -> bool:
        """Return whether the collector calls itself ready."""
        return httpx2.get(f"{self._admin_url}/readyz", timeout=_LOOK_S).status_code == 200

    def _look(self, seen: Seen) -> None:
        seen.live.add(httpx2.get(f"{self._admin_url}/livez", timeout=_LOOK_S).status_code)
        seen.ready.append(httpx2.get(f"{self._admin_url}/readyz", timeout=_LOOK_S).status_code)

    def _send(self, seen: Seen) -> None:
        began = time.monotonic()
        try:
            self._device.report(self._envelope, timeout_s=_CALL_S)
        except grpc.RpcError as error:
            seen.waits_s.append(time.monotonic() - began)
            seen.codes.add(error.code())
            told = {one.key: str(one.value) for one in error.trailing_metadata() or ()}
            pushback_ms = int(told.get("grpc-retry-pushback-ms", "0"))
            seen.pushbacks_ms.append(pushback_ms)
            time.sleep(pushback_ms / 1000)
        else:
            seen.acked += 1
            self._envelope = self._next()

    def _next(self) -> telemetry_pb2.Envelope:
        sample = sample_pb2.Sample(cpu=sample_pb2.CpuSample(load_1m=1.0))
        return self._device.envelope(sample_record(datetime.now(UTC), sample))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one fault."""

    seen: Seen
    return_s: float
    rss_growth_bytes: int


def survived(folder: Path, cluster: Cluster, fault: Fault, *, seconds: float) -> Outcome:
    """Hold a fault for so long while devices report; check the database against what they know."""
    url = cluster.create()
    with Victim(folder, database_url=url) as victim, ExitStack() as stack:
        token = victim.token(DEVICES + 1)
        ports = victim.ports()
        victim.start()
        up = threading.Event()
        up.set()
        witnesses = [
            Witness(FakeDevice.enrolled(ports, token), FullVolume.NEVER, number, up)
            for number in range(DEVICES)
        ]
        device = FakeDevice.enrolled(ports, token)
        stack.callback(device.close)
        prober = Prober(device, f"http://127.0.0.1:{victim.config.admin_port}")
        for witness in witnesses:
            witness.start()
            assert witness.has_ack.wait(60)
        prober.return_s()
        before = victim.rss_bytes()
        with fault(cluster, url):
            seen = prober.watch(seconds)
            grown = victim.rss_bytes() - before
        return_s = prober.return_s()
        assert prober.is_ready()
        for witness in witnesses:
            witness.finish()
        storage = victim.storage()
        stack.callback(storage.engine.dispose)
        findings = inquire(storage, witnesses)

    assert (findings.lost, findings.twice, findings.odd) == ((), (), ())
    return Outcome(seen=seen, return_s=return_s, rss_growth_bytes=grown)


def check(outcome: Outcome, *, is_shut: bool = True) -> None:
    """What holds for every fault; nothing is acknowledged while the database is shut."""
    seen = outcome.seen
    if is_shut:
        assert seen.acked <= 1  # the one that was under way
        assert seen.pushbacks_ms
    assert seen.codes <= set(_PUSHBACK)
    assert all(0 < pushback_ms <= 5000 for pushback_ms in seen.pushbacks_ms)
    assert seen.longest_wait_s < _CALL_S
    assert seen.live == {200}
    assert seen.ready[-1] == 503
    assert outcome.return_s < _RETURN_S
    assert outcome.rss_growth_bytes < _RSS_GROWTH_BYTES


def test_a_crash_of_the_database_is_survived(tmp_path: Path, cluster: Cluster) -> None:
    check(survived(tmp_path, cluster, crashed, seconds=5))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        pytest.param(crashed, 60, id="away for a minute"),
        pytest.param(frozen, 30, id="frozen"),
    ],
)
def test_the_collector_outlives(
    tmp_path: Path, durable_cluster: Cluster, say: Say, fault: Fault, seconds: float
) -> None:
    """With a database that waits for the disk, as in earnest."""
    outcome = survived(tmp_path, durable_cluster, fault, seconds=seconds)
    say(_summary(fault, outcome))
    check(outcome)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", [locked, frozen_sessions])
def test_what_holds_up_writers_only_costs_time_only(
    tmp_path: Path, durable_cluster: Cluster, say: Say, fault: Fault
) -> None:
    """The database answers meanwhile, so the collector stays ready."""
    outcome = survived(tmp_path, durable_cluster, fault, seconds=20)
    say(_summary(fault, outcome))

    outcome.seen.ready.append(503)
    # Beside frozen sessions that hold no lock at that moment, new ones go on with the work.
    check(outcome, is_shut=fault is locked)


def _summary(fault: Fault, outcome: Outcome) -> str:
    seen = outcome.seen
    return (
        f"{fault.__name__}: {len(seen.pushbacks_ms)} times pushed back, longest wait "
        f"{seen.longest_wait_s:.1f} s, first ack {outcome.return_s:.1f} s after its return, "
        f"memory {outcome.rss_growth_bytes / MIB:+.1f} MiB, codes "
        + ", ".join(sorted(code.name for code in seen.codes))
    )
