"""Runs the probes and lays their findings together; no probe can hold up or break the others.

All due probes run one after another in one thread. One that does not end before its deadline is
left behind in that thread and not started again until it has ended; the rest goes on in a new one.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.merge import merge_samples, merge_sections
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.inventory import SectionContent, SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import ProbeOutcome, ProbeRun, Sample
from sickbay_agent.probes.contract import (
    Cadence,
    CommandRunner,
    Context,
    Probe,
    Roots,
    run_command,
)
from sickbay_agent.worker import Worker

log = logging.getLogger(__name__)

# Source: proto/sickbay/v1, Absence.reason and ProbeRun.error.
SENTENCE_LIMIT = 256

# Three quarters of the default sampling interval of 60 s: a sample never runs into the next.
BUDGET_S = 45.0

_SAMPLE_FIELDS = frozenset(item.name for item in fields(Sample))
_QUIET = frozenset({ProbeOutcome.OK, ProbeOutcome.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the device is like now."""

    at: datetime
    sample: Sample
    sections: Mapping[SectionKind, SectionContent]
    """All sections that are known, whether read now or in an earlier slow run."""
    section_absences: tuple[Absence, ...]
    """Sections without a value, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How a probe's run ended, and what it found."""

    outcome: ProbeOutcome
    observation: Observation = field(default_factory=Observation)
    error: str = ""


class Sampler:
    """Takes samples. Not thread-safe: one caller at a time.

    Args:
        probes: What to run, each with a name of its own.
        roots: Where the system's files are.
        monotonic: Seconds that never go back; measures durations and elapsed times.
        run: Runs the programs that probes need.
        cache: Folder of the agent's own where probes remember things; None keeps nothing.
        budget_s: Time for all probes of one sample together; who comes after it has timed out.
    """

    def __init__(
        self,
        probes: Sequence[Probe],
        roots: Roots,
        *,
        monotonic: Callable[[], float],
        run: CommandRunner = run_command,
        cache: Path | None = None,
        budget_s: float = BUDGET_S,
    ) -> None:
        # Probes of every sample come first, so that their values are close to the sample's time.
        self._probes = sorted(probes, key=lambda probe: probe.cadence is Cadence.SLOW)
        self._roots = roots
        self._monotonic = monotonic
        self._run = run
        self._cache = cache
        self._budget_s = budget_s
        self._worker: Worker[_Ended] = Worker()
        self._stuck: dict[str, tuple[Worker[_Ended], float]] = {}
        self._counters: dict[str, tuple[Mapping[str, float], float]] = {}
        self._sections: dict[str, Observation] = {}
        self._runs: dict[str, ProbeRun] = {}
        self._failures: Counter[str] = Counter()
        self._is_first = True

    @property
    def runs(self) -> Mapping[str, ProbeRun]:
        """The last run of each probe, by its name."""
        return MappingProxyType(self._runs)

    @property
    def failures(self) -> Mapping[str, int]:
        """How often each probe failed or timed out since the start, by its name."""
        return MappingProxyType(self._failures)

    def take(self, now: datetime, *, slow: bool, process_names: bool = True) -> Taken:
        """Run the due probes and return what they found.

        Args:
            now: The device's wall clock, aware UTC.
            slow: Whether probes of slow cadence are due too, as at start and every hour.
            process_names: Whether names of killed or crashed programs may be reported.
        """
        start = self._monotonic()
        context = Context(
            roots=self._roots,
            now=now,
            run=self._run,
            previous=MappingProxyType({}),
            elapsed_s=None,
            process_names=process_names,
            cache=self._cache,
        )
        due = (probe for probe in self._probes if slow or probe.cadence is Cadence.SAMPLE)
        deadline = start + self._budget_s
        parts = [self._sample_part(probe, context, deadline=deadline) for probe in due]
        self._worker.close()
        self._worker = Worker()
        self._is_first = False
        contents = [part for kept in self._sections.values() for part in kept.sections]
        sections = merge_sections(contents)
        return Taken(
            at=now,
            sample=merge_samples(parts),
            sections=MappingProxyType(sections),
            section_absences=self._section_absences(sections),
        )

    def _sample_part(self, probe: Probe, context: Context, *, deadline: float) -> Sample:
        """Run one probe, remember what later runs need, and return its part of the sample."""
        start = self._monotonic()
        ended = self._attempt(probe, context, start=start, deadline=deadline)
        run = ProbeRun(
            probe=probe.name,
            outcome=ended.outcome,
            duration_s=self._monotonic() - start,
            error=ended.error,
        )
        self._record(run)
        self._keep_sections(probe, ended)
        told = run.outcome not in _QUIET or self._is_first
        return replace(
            ended.observation.sample,
            absences=ended.observation.sample.absences + _absences(ended, _topics(probe)),
            probe_runs=(run,) if told else (),
        )

    def _attempt(self, probe: Probe, context: Context, *, start: float, deadline: float) -> _Ended:
        stuck = self._stuck.get(probe.name)
        if stuck is not None and stuck[0].is_alive():
            return _late(f"still running after {start - stuck[1]:.0f} s, not started again")
        self._stuck.pop(probe.name, None)
        limit_s = min(probe.deadline_s, deadline - start)
        if limit_s <= 0:
            return _late(f"the probes before it took all of {self._budget_s:g} s")
        counters, counted = self._counters.get(probe.name, (MappingProxyType({}), None))
        elapsed_s = None if counted is None else start - counted
        own = replace(context, previous=counters, elapsed_s=elapsed_s)
        ended = self._worker.call(lambda: _read(probe, own), limit_s)
        if ended is None:
            self._worker.close()
            self._stuck[probe.name] = (self._worker, start)
            self._worker = Worker()
            return _late(f"did not end within {limit_s:g} s")
        if ended.outcome is ProbeOutcome.OK:
            self._counters[probe.name] = (ended.observation.counters, start)
        return ended

    def _record(self, run: ProbeRun) -> None:
        before = self._runs.get(run.probe)
        self._runs[run.probe] = run
        if run.outcome not in _QUIET:
            self._failures[run.probe] += 1
            # Once when it begins: a probe that fails each minute must not fill the journal.
            is_new = before is None or before.outcome is not run.outcome
            level = logging.WARNING if is_new else logging.DEBUG
            log.log(level, "probe=%s outcome=%s error=%r", run.probe, run.outcome, run.error)

    def _keep_sections(self, probe: Probe, ended: _Ended) -> None:
        """Keep what a probe found; after a failure its sections of before stay, being likelier."""
        found = ended.observation
        kept = self._sections.get(probe.name)
        if ended.outcome in _QUIET or kept is None or not kept.sections:
            absences = found.section_absences + _absences(ended, _section_topics(probe))
            self._sections[probe.name] = Observation(
                sections=found.sections, section_absences=absences
            )

    def _section_absences(
        self, sections: Mapping[SectionKind, SectionContent]
    ) -> tuple[Absence, ...]:
        absences = {
            absence.topic: absence
            for kept in self._sections.values()
            for absence in kept.section_absences
            if absence.topic not in sections
        }
        return tuple(absences.values())


def _read(probe: Probe, context: Context) -> _Ended:
    """Run a probe; whatever it raises becomes an outcome."""
    try:
        return _Ended(outcome=ProbeOutcome.OK, observation=probe.read(context))
    except NotApplicable as reason:
        return _Ended(outcome=ProbeOutcome.NOT_APPLICABLE, error=_sentence(str(reason)))
    except Unknown as reason:
        return _Ended(outcome=ProbeOutcome.FAILED, error=_sentence(str(reason)))
    except Exception as error:  # the isolation boundary: one probe's bug is not the others' loss
        log.debug("probe=%s raised", probe.name, exc_info=True)
        return _Ended(
            outcome=ProbeOutcome.FAILED, error=_sentence(f"{type(error).__name__}: {error}")
        )


def _late(error: str) -> _Ended:
    return _Ended(outcome=ProbeOutcome.TIMED_OUT, error=error)


def _absences(ended: _Ended, topics: Sequence[str]) -> tuple[Absence, ...]:
    if ended.outcome is ProbeOutcome.OK:
        return ()
    is_nothing = ended.outcome is ProbeOutcome.NOT_APPLICABLE
    kind = AbsenceKind.NOT_APPLICABLE if is_nothing else AbsenceKind.UNKNOWN
    return tuple(Absence(topic=str(topic), kind=kind, reason=ended.error) for topic in topics)


def _topics(probe: Probe) -> Sequence[str]:
    if probe.topics or probe.section_topics:
        return probe.topics
    return (probe.name,) if probe.name in _SAMPLE_FIELDS else ()


def _section_topics(probe: Probe) -> Sequence[str]:
    if probe.topics or probe.section_topics:
        return probe.section_topics
    return (probe.name,) if probe.name in set(SectionKind) else ()


def _sentence(text: str) -> str:
    return " ".join(text.split())[:SENTENCE_LIMIT]
