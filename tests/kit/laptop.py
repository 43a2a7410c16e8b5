"""The fixture laptop: a sampler on a copy of its files, and its report to a collector."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sickbay.v1 import telemetry_pb2
from sickbay_agent.encode import encode_record, encode_section, inventory_state
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes import PROBES
from sickbay_agent.probes.contract import Context, Probe, Roots
from sickbay_agent.sampler import Sampler, Taken
from tests.agent.fakes import LAPTOP, FixtureRunner, laptop_context
from tests.kit.device import FakeDevice

# git keeps no times, and several probes report when a file was last changed.
CHANGED_AT = datetime(2026, 11, 19, 8, tzinfo=UTC)
BOOT_ID = "5f2b1c1e-6a0f-4c9b-9d38-0c7b1c6f0a11"


def on_the_laptop(probe: Probe) -> Probe:
    """Return a probe that asks the laptop, not this machine, for sizes and addresses."""
    own = laptop_context()

    def read(context: Context) -> Observation:
        return probe.read(replace(context, statvfs=own.statvfs, addresses=own.addresses))

    return replace(probe, read=read)


def laptop_sampler(folder: Path, changed_at: datetime = CHANGED_AT) -> Sampler:
    """Return a sampler of all probes on a copy of the laptop whose files all have one age.

    Whoever judges it by this machine's clock says one: years later a restart would be overdue.
    """
    tree = folder / "laptop"
    shutil.copytree(LAPTOP, tree, symlinks=True)
    changed_s = changed_at.timestamp()
    for path in tree.rglob("*"):
        os.utime(path, (changed_s, changed_s), follow_symlinks=False)
    return Sampler(
        [on_the_laptop(probe) for probe in PROBES],
        Roots.under(tree),
        monotonic=lambda: 1000.0,
        run=FixtureRunner(tree / "commands"),
        cache=folder,
    )


def deliver(device: FakeDevice, taken: Taken) -> telemetry_pb2.ReportResponse:
    """Send a sample and the inventory as the agent does; return the answer before the upload."""
    sections = [encode_section(section) for section in taken.sections.values()]
    state = inventory_state(sections, taken.section_absences)
    since_boot_s = 7200.0
    records = (
        (telemetry_pb2.LANE_SAMPLES, taken.sample),
        (telemetry_pb2.LANE_STATE, state),
    )
    envelopes = [
        device.envelope(
            encode_record(
                content, observed_at=taken.at, boot_id=BOOT_ID, since_boot_s=since_boot_s
            ),
            lane,
        )
        for lane, content in records
    ]
    answer = device.report(*envelopes)
    missing = set(answer.missing_section_hashes)
    wanted = [section for section in sections if section.hash in missing]
    if wanted:
        device.upload(telemetry_pb2.UploadSectionsRequest(sections=wanted))
    return answer
