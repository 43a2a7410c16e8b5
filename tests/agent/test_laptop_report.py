"""All that the agent reports of one laptop, as a file; SICKBAY_GOLDEN=1 writes it anew."""

import json
import os
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict

from sickbay_agent.encode import encode_sample, encode_section
from sickbay_agent.model.sample import ProbeOutcome
from sickbay_agent.probes import PROBES
from sickbay_agent.sampler import Sampler, Taken
from tests.agent.fakes import NOW
from tests.kit.laptop import laptop_sampler

GOLDEN = Path(__file__).parents[1] / "golden" / "laptop_report.json"


@pytest.fixture
def sampler(tmp_path: Path) -> Sampler:
    return laptop_sampler(tmp_path)


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
