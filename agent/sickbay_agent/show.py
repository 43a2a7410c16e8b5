"""What the agent sees, as JSON and as lines for people; needs no collector."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime

from sickbay_agent import __version__
from sickbay_agent.merge import merge_samples
from sickbay_agent.model.common import AbsenceKind
from sickbay_agent.model.inventory import SectionContent, SectionKind
from sickbay_agent.model.sample import ProbeOutcome, Sample
from sickbay_agent.sampler import Taken

BAD_OUTCOMES = frozenset({ProbeOutcome.FAILED, ProbeOutcome.TIMED_OUT})
_GIBIBYTE = 1 << 30


def plain(value: object) -> object:
    """Return a value of the model as JSON takes it; what is None or empty is left out."""
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        items = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {name: item for name, item in items.items() if item not in (None, [], {})}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def report_json(taken: Taken, *, boot_id: str) -> str:
    """Return everything that would be reported now, as JSON."""
    report = {
        "agent_version": __version__,
        "observed_at": taken.at.isoformat(),
        "boot_id": boot_id,
        "sample": plain(taken.sample),
        "sections": plain(taken.sections),
        "section_absences": plain(taken.section_absences),
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def with_rates(first: Taken, second: Taken) -> Taken:
    """Return the first, slow sample with what only two samples tell: loads and rates."""
    merged = merge_samples([replace(first.sample, probe_runs=()), second.sample])
    runs = {run.probe: run for run in (*first.sample.probe_runs, *second.sample.probe_runs)}
    return replace(first, sample=replace(merged, probe_runs=tuple(runs.values())))


def failed_probes(sample: Sample) -> list[str]:
    """Return a line for each probe that failed or was late."""
    return [
        f"{run.probe}: {run.outcome}: {run.error}"
        for run in sample.probe_runs
        if run.outcome in BAD_OUTCOMES
    ]


def report_lines(taken: Taken) -> list[str]:
    """Return what a person wants to see first."""
    lines = [f"observed   {taken.at:%Y-%m-%d %H:%M:%S} UTC"]
    lines += [f"{kind:<10} {_headline(taken.sections[kind])}" for kind in taken.sections]
    lines += _vitals(taken.sample)
    lines += [
        f"{absence.topic:<10} {absence.kind}: {absence.reason}"
        for absence in (*taken.section_absences, *taken.sample.absences)
        if absence.kind is AbsenceKind.UNKNOWN
    ]
    return lines


def _vitals(sample: Sample) -> list[str]:
    lines = []
    if sample.cpu is not None and sample.cpu.busy_ratio is not None:
        lines.append(f"load       processor {sample.cpu.busy_ratio:.0%} busy")
    if sample.memory is not None and sample.memory.available_bytes is not None:
        lines.append(f"memory     {sample.memory.available_bytes / _GIBIBYTE:.1f} GiB available")
    lines += [
        f"volume     {volume.mount_point} {volume.free_bytes / _GIBIBYTE:.1f} GiB free"
        for volume in sample.volumes
        if volume.free_bytes is not None
    ]
    return lines


def _headline(section: SectionContent) -> str:
    """Return the first facts of a section, or how many rows it has."""
    facts = plain(section)
    if not isinstance(facts, dict):
        return ""
    for value in facts.values():
        if isinstance(value, list):
            return f"{len(value)} listed"
    shown = [str(value) for value in facts.values() if isinstance(value, str | int)]
    return ", ".join(shown[:4])


def probe_json(name: str, taken: Taken) -> str:
    """Return what one probe found, as JSON."""
    found = {
        "probe": name,
        "runs": plain(taken.sample.probe_runs),
        "sample": plain(replace(taken.sample, probe_runs=())),
        "sections": plain({str(SectionKind(kind)): one for kind, one in taken.sections.items()}),
        "section_absences": plain(taken.section_absences),
    }
    return json.dumps(found, indent=2, ensure_ascii=False)
