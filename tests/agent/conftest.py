"""The agent's delivery half with a set clock, a sampler that is told what to see, and a spool."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest

from sickbay_agent.config import AgentConfig
from sickbay_agent.deliver import Courier
from sickbay_agent.exchange import Goodbye, HardwareEvidence
from sickbay_agent.identity.child import answer as child_answer
from sickbay_agent.identity.keeper import IdentityKeeper
from sickbay_agent.identity.keysmith import Keysmith
from sickbay_agent.identity.store import IdentityStore
from sickbay_agent.loop import Loop, Parts, Progress
from sickbay_agent.model.hardware import SystemSection
from sickbay_agent.model.inventory import SectionContent, SectionKind
from sickbay_agent.model.record import Gap, ProblemReport
from sickbay_agent.model.sample import CpuSample, Sample
from sickbay_agent.observe import Moment, Observer, record_body
from sickbay_agent.own import OwnUse
from sickbay_agent.sampler import Taken
from sickbay_agent.session import Session
from sickbay_agent.settings import SettingsFile
from sickbay_agent.spool.spool import Spool, SpoolLimits
from tests.agent.fake_collector import Core, FakeCollector

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OWN_USE = OwnUse(uptime_s=3600.0, cpu_time_s=7.2, rss_bytes=46_000_000)


class SetClock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.at = START
        self.since_boot_s = 1000.0
        self.asleep_s = 0.0

    def now(self) -> datetime:
        return self.at

    def elapsed_s(self) -> float:
        return self.since_boot_s

    def active_s(self) -> float:
        return self.since_boot_s - self.asleep_s

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.since_boot_s += seconds

    def sleep(self, seconds: float) -> None:
        """Pass time with the device suspended."""
        self.advance(seconds)
        self.asleep_s += seconds


@dataclass(slots=True)
class SetWaiter:
    """Lets the clock go on instead of waiting; stops at the end of its time."""

    clock: SetClock
    end_s: float = 0.0
    waits: list[float] = field(default_factory=list)

    @property
    def is_stopping(self) -> bool:
        return self.clock.since_boot_s >= self.end_s

    def wait(self, seconds: float) -> None:
        seconds = max(0.0, min(seconds, self.end_s - self.clock.since_boot_s))
        self.waits.append(seconds)
        self.clock.advance(seconds)


@dataclass(slots=True)
class ToldSleep:
    """Says that sleep is coming when a test says so."""

    is_coming: bool = False

    def let(self) -> None:
        self.is_coming = False


@dataclass(slots=True)
class ToldSampler:
    """Sees what it is told."""

    sample: Sample = field(default_factory=lambda: Sample(cpu=CpuSample(busy_ratio=0.1)))
    sections: dict[SectionKind, SectionContent] = field(
        default_factory=lambda: {SectionKind.SYSTEM: SystemSection(manufacturer="Example")}
    )
    takes: list[tuple[datetime, bool, bool]] = field(default_factory=list)

    def take(self, now: datetime, *, slow: bool, process_names: bool = True) -> Taken:
        self.takes.append((now, slow, process_names))
        return Taken(
            at=now,
            sample=self.sample,
            sections=MappingProxyType(dict(self.sections)),
            section_absences=(),
        )


@dataclass(slots=True, kw_only=True)
class Rig:
    """A loop and everything around it."""

    core: Core
    collector: FakeCollector
    clock: SetClock
    waiter: SetWaiter
    sampler: ToldSampler
    spool: Spool
    observer: Observer
    courier: Courier
    session: Session
    folder: Path
    problems: list[ProblemReport]
    published: list[Progress]
    config: AgentConfig
    loop: Loop
    sleep: ToldSleep = field(default_factory=ToldSleep)

    def run(self, seconds: float) -> None:
        """Let the loop run for some time, goodbye included."""
        self.waiter.end_s = self.clock.since_boot_s + seconds
        self.loop.run()

    def step_for(self, seconds: float) -> None:
        """Let the loop run for some time without stopping it."""
        self.waiter.end_s = self.clock.since_boot_s + seconds
        while not self.waiter.is_stopping:
            self.loop.step()
            due_s = min(self.loop._next_sample_s, self.loop._next_report_s)
            self.waiter.wait(due_s - self.clock.since_boot_s)

    def new_loop(self) -> Loop:
        """Return a loop as after a restart."""
        return Loop(
            Parts(
                config=self.config,
                clock=self.clock,
                waiter=self.waiter,
                rng=Random(1),  # noqa: S311 - not for secrets
                spool=self.spool,
                observer=self.observer,
                courier=self.courier,
                session=self.session,
                settings_file=SettingsFile(self.folder / "settings.json"),
                take_problems=self._take_problems,
                sleep=self.sleep,
                goodbye=lambda: Goodbye.AGENT_STOPPING,
                instance_id="instance",
                publish=self.published.append,
            )
        )

    def _take_problems(self) -> list[ProblemReport]:
        taken, self.problems[:] = list(self.problems), []
        return taken


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Return an agent that is not enrolled yet, and its collector."""
    core = Core(valid_from=START - timedelta(minutes=10))
    clock, sampler = SetClock(), ToldSampler()
    collector = FakeCollector(core)

    def moment() -> Moment:
        return Moment(at=clock.now(), boot_id="boot", since_boot_s=clock.elapsed_s())

    def encode_gap(gap: Gap, _now: datetime) -> bytes:
        return record_body(gap, moment())

    spool = Spool(tmp_path / "spool", limits=SpoolLimits(), encode_gap=encode_gap, now=clock.now())
    observer = Observer(sampler, spool, moment)
    keeper = IdentityKeeper(
        IdentityStore(tmp_path), Keysmith(child_answer), lambda _pem: FakeCollector(core)
    )
    session = Session(
        keeper,
        enroll=lambda: keeper.enroll(
            token="token", authority_pem=b"", hostname="laptop", evidence=HardwareEvidence()
        ),
        dial=lambda _identity: collector,
    )
    rig = Rig(
        core=core,
        collector=collector,
        clock=clock,
        waiter=SetWaiter(clock),
        sampler=sampler,
        spool=spool,
        observer=observer,
        courier=Courier(spool, observer.inventory, lambda: OWN_USE),
        session=session,
        folder=tmp_path,
        problems=[],
        published=[],
        config=AgentConfig(collector=("a:1",)),
        loop=None,  # type: ignore[arg-type]  # made from the rig in the next line
    )
    rig.loop = rig.new_loop()
    yield rig
    spool.close()
