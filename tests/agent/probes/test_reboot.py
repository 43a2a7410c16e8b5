import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.model.common import AbsenceKind
from sickbay_agent.model.sample import UpdatesSample
from sickbay_agent.probes.reboot import PROBE
from tests.agent.fakes import laptop_context


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        pytest.param(
            True,
            UpdatesSample(
                reboot_pending=True,
                reboot_pending_at=datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC),
            ),
            id="asked for",
        ),
        pytest.param(False, UpdatesSample(reboot_pending=False), id="not asked for"),
    ],
)
def test_flag(tmp_path: Path, flag: bool, expected: UpdatesSample) -> None:  # noqa: FBT001
    """The flag's age says since when."""
    (tmp_path / "var/lib/dpkg/status").mkdir(parents=True)
    (tmp_path / "run").mkdir()
    if flag:
        (tmp_path / "run/reboot-required").touch()
        os.utime(tmp_path / "run/reboot-required", (1_760_000_000, 1_760_000_000))

    assert expected == PROBE.read(laptop_context(folder=tmp_path)).sample.updates


def test_other_systems(tmp_path: Path) -> None:
    """Without dpkg nothing writes the flag, so its absence says nothing."""
    sample = PROBE.read(laptop_context(folder=tmp_path)).sample

    assert sample.updates is None
    assert [(absence.topic, absence.kind) for absence in sample.absences] == [
        ("updates/reboot_pending", AbsenceKind.UNKNOWN)
    ]
