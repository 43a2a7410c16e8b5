import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.hardware import BatteriesSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import CpuSample, MemorySample, ProbeOutcome, ProbeRun, Sample
from sickbay_agent.model.software import OsSection
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.sampler import Sampler

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Read = Callable[[Context], Observation]


class Clock:
    """Seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def sampler(*probes: Probe, clock: Clock | None = None, budget_s: float = 45.0) -> Sampler:
    return Sampler(
        probes,
        Roots.under(Path("/nowhere")),
        monotonic=clock or Clock(),
        run=refuse,
        budget_s=budget_s,
    )


def refuse(command: Sequence[str], timeout_s: float) -> str:
    raise NotApplicable(f"{command[0]} is not installed ({timeout_s:g} s)")


def probe(
    name: str, read: Read, cadence: Cadence = Cadence.SAMPLE, deadline_s: float = 5.0
) -> Probe:
    return Probe(name=name, cadence=cadence, read=read, deadline_s=deadline_s)


def raising(error: Exception) -> Read:
    def read(_: Context) -> Observation:
        raise error

    return read


def memory(_: Context) -> Observation:
    return Observation(sample=Sample(memory=MemorySample(total_bytes=1)))


def system(_: Context) -> Observation:
    return Observation(sections=(OsSection(id="debian"),))


@pytest.mark.parametrize(
    ("error", "outcome", "kind", "text"),
    [
        pytest.param(
            NotApplicable("no battery"),
            ProbeOutcome.NOT_APPLICABLE,
            AbsenceKind.NOT_APPLICABLE,
            "no battery",
            id="not applicable",
        ),
        pytest.param(
            Unknown("no right to read"),
            ProbeOutcome.FAILED,
            AbsenceKind.UNKNOWN,
            "no right to read",
            id="unknown",
        ),
        pytest.param(
            ValueError("bad\nline"),
            ProbeOutcome.FAILED,
            AbsenceKind.UNKNOWN,
            "ValueError: bad line",
            id="bug",
        ),
        pytest.param(
            Unknown("x" * 300),
            ProbeOutcome.FAILED,
            AbsenceKind.UNKNOWN,
            "x" * 256,
            id="long sentence",
        ),
    ],
)
def test_failing_probe_is_isolated(
    error: Exception, outcome: ProbeOutcome, kind: AbsenceKind, text: str
) -> None:
    """Whatever one probe raises, the others report, and its topic is absent with the reason."""
    taken = sampler(probe("battery", raising(error)), probe("memory", memory)).take(NOW, slow=True)

    assert taken.sample.memory == MemorySample(total_bytes=1)
    assert taken.sample.absences == (Absence(topic="battery", kind=kind, reason=text),)
    assert taken.sample.probe_runs == (
        ProbeRun(probe="battery", outcome=outcome, duration_s=0.0, error=text),
        ProbeRun(probe="memory", outcome=ProbeOutcome.OK, duration_s=0.0),
    )


def test_only_the_first_sample_tells_of_runs_that_went_well() -> None:
    """Later samples name only probes that failed or were late."""
    cut = sampler(
        probe("battery", raising(NotApplicable("no battery"))),
        probe("cpu", raising(Unknown("odd"))),
        probe("memory", memory),
    )

    first = cut.take(NOW, slow=True)
    second = cut.take(NOW, slow=False)

    assert [run.probe for run in first.sample.probe_runs] == ["battery", "cpu", "memory"]
    assert [run.probe for run in second.sample.probe_runs] == ["cpu"]
    assert cut.failures == {"cpu": 2}
    assert cut.runs["memory"].outcome is ProbeOutcome.OK


def test_failure_is_logged_when_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    """A probe that fails each minute does not fill the journal."""
    cut = sampler(probe("cpu", raising(Unknown("odd"))))
    for _ in range(3):
        cut.take(NOW, slow=False)

    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert lines == ["probe=cpu outcome=failed error='odd'"]


def test_slow_probes_run_only_in_slow_runs_and_their_sections_stay() -> None:
    """The software list is not read each minute, but it is known each minute."""
    calls = count()

    def read(context: Context) -> Observation:
        next(calls)
        return system(context)

    cut = sampler(probe("os", read, Cadence.SLOW))
    cut.take(NOW, slow=True)
    taken = cut.take(NOW, slow=False)

    assert taken.sections == {SectionKind.OS: OsSection(id="debian")}
    assert next(calls) == 1


def answers(*reads: Read) -> Read:
    """Return a probe that does one thing after the other."""
    rest: Iterator[Read] = iter(reads)

    def read(context: Context) -> Observation:
        return next(rest)(context)

    return read


@pytest.mark.parametrize(
    ("reads", "sections", "absences"),
    [
        pytest.param(
            (system, raising(Unknown("busy"))),
            {SectionKind.OS: OsSection(id="debian")},
            (),
            id="a failure keeps what was read before",
        ),
        pytest.param(
            (system, raising(NotApplicable("gone"))),
            {},
            (Absence(topic="os", kind=AbsenceKind.NOT_APPLICABLE, reason="gone"),),
            id="what is gone is gone",
        ),
        pytest.param(
            (raising(Unknown("busy")), raising(Unknown("odd"))),
            {},
            (Absence(topic="os", kind=AbsenceKind.UNKNOWN, reason="odd"),),
            id="never read",
        ),
        pytest.param(
            (raising(Unknown("busy")), system),
            {SectionKind.OS: OsSection(id="debian")},
            (),
            id="read later",
        ),
    ],
)
def test_sections_over_two_runs(
    reads: tuple[Read, ...],
    sections: dict[SectionKind, OsSection],
    absences: tuple[Absence, ...],
) -> None:
    """An inventory does not flap because a probe failed once."""
    cut = sampler(probe("os", answers(*reads), Cadence.SLOW))
    cut.take(NOW, slow=True)
    taken = cut.take(NOW, slow=True)

    assert taken.sections == sections
    assert taken.section_absences == absences


def test_topics_of_a_probe_are_what_is_absent() -> None:
    """A probe's name need not be what it reads."""
    battery = Probe(
        name="power",
        cadence=Cadence.SLOW,
        read=raising(NotApplicable("no battery")),
        topics=("battery",),
        section_topics=(SectionKind.BATTERIES,),
    )
    taken = sampler(battery).take(NOW, slow=True)

    assert [absence.topic for absence in taken.sample.absences] == ["battery"]
    assert [absence.topic for absence in taken.section_absences] == ["batteries"]


def test_section_absence_of_a_probe_is_kept() -> None:
    """A probe that found nothing may say so without raising."""
    absence = Absence(topic="batteries", kind=AbsenceKind.NOT_APPLICABLE, reason="no battery")
    found = Observation(section_absences=(absence,))
    cut = sampler(probe("power", lambda _: found))

    assert cut.take(NOW, slow=True).section_absences == (absence,)
    found = Observation(sections=(BatteriesSection(),), section_absences=(absence,))
    assert cut.take(NOW, slow=True).section_absences == ()


def test_counters_and_elapsed_time_go_to_the_next_run() -> None:
    """Rates need what was counted before and how long ago, by the clock that never goes back."""
    seen: list[tuple[dict[str, float], float | None]] = []

    def read(context: Context) -> Observation:
        seen.append((dict(context.previous), context.elapsed_s))
        if len(seen) == 2:
            raise Unknown("odd")
        return Observation(sample=Sample(cpu=CpuSample()), counters={"busy": float(len(seen))})

    clock = Clock()
    cut = sampler(probe("cpu", read), clock=clock)
    for _ in range(3):
        cut.take(NOW, slow=False)
        clock.now_s += 60

    assert seen == [({}, None), ({"busy": 1.0}, 60.0), ({"busy": 1.0}, 120.0)]


def test_hung_probe_is_left_behind_until_it_ends() -> None:
    """A read that hangs costs its own topic and its deadline once, nothing else."""
    release = threading.Event()
    threads: list[threading.Thread] = []

    def hang(_: Context) -> Observation:
        threads.append(threading.current_thread())
        release.wait()
        return Observation(sample=Sample(cpu=CpuSample(busy_ratio=0.5)))

    clock = Clock()
    # On a busy machine even the third read, which ends at once, takes a while.
    cut = sampler(probe("cpu", hang, deadline_s=0.5), probe("memory", memory), clock=clock)
    first = cut.take(NOW, slow=False)
    clock.now_s += 60
    second = cut.take(NOW, slow=False)
    release.set()
    threads[0].join()
    third = cut.take(NOW, slow=False)

    assert [
        (taken.sample.cpu is not None, cut_error(taken.sample)) for taken in (first, second, third)
    ] == [
        (False, "did not end within 0.5 s"),
        (False, "still running after 60 s, not started again"),
        (True, ""),
    ]
    assert first.sample.memory == second.sample.memory == MemorySample(total_bytes=1)
    assert first.sample.absences[0].kind is AbsenceKind.UNKNOWN
    assert len(threads) == 2


def cut_error(sample: Sample) -> str:
    return "".join(run.error for run in sample.probe_runs)


def test_probes_after_the_budget_have_timed_out() -> None:
    """A sample never runs into the next one."""
    clock = Clock()

    def slow(_: Context) -> Observation:
        clock.now_s += 30
        return Observation()

    cut = sampler(probe("cpu", slow), probe("memory", memory), clock=clock, budget_s=30)
    taken = cut.take(NOW, slow=False)

    assert taken.sample.probe_runs[1] == ProbeRun(
        probe="memory",
        outcome=ProbeOutcome.TIMED_OUT,
        duration_s=0.0,
        error="the probes before it took all of 30 s",
    )


def test_no_thread_stays() -> None:
    """Between samples the agent has no thread of the sampler."""
    threads: list[threading.Thread] = []

    def read(_: Context) -> Observation:
        threads.append(threading.current_thread())
        return Observation()

    cut = sampler(probe("cpu", read), probe("memory", read))
    cut.take(NOW, slow=False)
    for thread in threads:
        thread.join(timeout=5)

    assert len(set(threads)) == 1
    assert not threads[0].is_alive()


def test_probes_learn_what_may_be_reported() -> None:
    """Names of programs are a matter of privacy, which the collector's settings decide."""
    seen: list[bool] = []

    def read(context: Context) -> Observation:
        seen.append(context.process_names)
        return Observation()

    sampler(probe("crashes", read)).take(NOW, slow=False, process_names=False)

    assert seen == [False]
