"""All that the agent reports of one laptop, as a file; SICKBAY_GOLDEN=1 writes it anew."""

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict

from sickbay_agent.encode import encode_sample, encode_section
from sickbay_agent.model import Observation, ProbeOutcome
from sickbay_agent.probes import PROBES
from sickbay_agent.probes.contract import Context, Probe, Roots
from sickbay_agent.sampler import Sampler, Taken
from tests.agent.fakes import LAPTOP, NOW, FixtureRunner, laptop_context

GOLDEN = Path(__file__).parents[1] / "golden" / "laptop_report.json"
# git keeps no times, and several probes report when a file was last changed.
CHANGED_S = datetime(2026, 11, 19, 8, tzinfo=UTC).timestamp()


def on_the_laptop(probe: Probe) -> Probe:
    """Return a probe that asks the laptop, not this machine, for sizes and addresses."""
    own = laptop_context()

    def read(context: Context) -> Observation:
        return probe.read(replace(context, statvfs=own.statvfs, addresses=own.addresses))

    return replace(probe, read=read)


@pytest.fixture
def sampler(tmp_path: Path) -> Sampler:
    """Return a sampler of all probes on a copy of the laptop whose files all have one age."""
    folder = tmp_path / "laptop"
    shutil.copytree(LAPTOP, folder, symlinks=True)
    for path in folder.rglob("*"):
        os.utime(path, (CHANGED_S, CHANGED_S), follow_symlinks=False)
    return Sampler(
        [on_the_laptop(probe) for probe in PROBES],
        Roots.under(folder),
        monotonic=lambda: 1000.0,
        run=FixtureRunner(folder / "commands"),
        cache=tmp_path,
    )


def as_json(taken: Taken) -> str:
    """Return the report as the collector will decode it."""
    report = {
        "sample": MessageToDict(encode_sample(taken.sample), preserving_proto_field_name=True),
        "sections": [
            MessageToDict(encode_section(section), preserving_proto_field_name=True)
            for _, section in sorted(taken.sections.items())
        ],
        "section_absences": [
            f"{absence.topic}: {absence.kind}: {absence.reason}"
            for absence in taken.section_absences
        ],
    }
    return json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_first_report(sampler: Sampler) -> None:
    """A change in what is reported shows in a change of the golden file."""
    report = as_json(sampler.take(NOW, slow=True))
    if os.environ.get("SICKBAY_GOLDEN") == "1":
        GOLDEN.write_text(report, encoding="utf-8")

    assert GOLDEN.read_text(encoding="utf-8") == report


def test_every_probe_finds_something(sampler: Sampler) -> None:
    """The laptop has all that there is to read, so no probe fails there."""
    sampler.take(NOW, slow=True)

    outcomes = {name: run.outcome for name, run in sampler.runs.items()}
    assert outcomes == {probe.name: ProbeOutcome.OK for probe in PROBES}
