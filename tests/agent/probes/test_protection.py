import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.model.common import AbsenceKind
from sickbay_agent.model.sample import ProtectionSample
from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.protection import PROBE, read_antivirus, read_disk_encrypted
from tests.agent.fakes import LAPTOP, laptop_context

MOUNTS = "28 1 253:0 / / rw - ext4 /dev/mapper/root rw\n"


def test_laptop(tmp_path: Path) -> None:
    """All on."""
    shutil.copytree(LAPTOP, tmp_path / "laptop", symlinks=True)
    os.utime(tmp_path / "laptop/var/lib/clamav/daily.cld", (1_760_000_000, 1_760_000_000))
    sample = PROBE.read(laptop_context(folder=tmp_path / "laptop")).sample

    assert sample.protection == ProtectionSample(
        firewall_on=True,
        antivirus_on=True,
        disk_encrypted=True,
        definitions_at=datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC),
    )
    assert sample.absences == ()


def test_nothing_known(tmp_path: Path) -> None:
    """What is not known is not off."""
    sample = PROBE.read(laptop_context(folder=tmp_path)).sample

    assert sample.protection == ProtectionSample()
    assert [(absence.topic, absence.kind) for absence in sample.absences] == [
        ("protection/firewall_on", AbsenceKind.UNKNOWN),
        ("protection/antivirus_on", AbsenceKind.UNKNOWN),
        ("protection/disk_encrypted", AbsenceKind.UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param((), None, id="not installed"),
        pytest.param(("etc/clamav/clamd.conf",), False, id="not running"),
        pytest.param(("etc/clamav/clamd.conf", "run/clamav/clamd.ctl"), True, id="running"),
    ],
)
def test_antivirus(tmp_path: Path, names: tuple[str, ...], expected: bool | None) -> None:  # noqa: FBT001
    """The daemon's socket or process id is there while it runs."""
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()

    assert expected == read_antivirus(Roots.under(tmp_path))


@pytest.mark.parametrize(
    ("mounts", "uuid", "expected"),
    [
        pytest.param(MOUNTS, "CRYPT-LUKS2-0123-root", True, id="encrypted"),
        pytest.param(MOUNTS, "LVM-abcdef", False, id="plain"),
        pytest.param("28 1 0:50 / / rw - overlay overlay rw\n", "", None, id="container"),
        pytest.param("", "", None, id="no mounts"),
    ],
)
def test_disk_encrypted(
    tmp_path: Path,
    mounts: str,
    uuid: str,
    expected: bool | None,  # noqa: FBT001
) -> None:
    """The device mapper says what lies below the volume at /."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(mounts)
    (tmp_path / "sys/block/dm-0/dm").mkdir(parents=True)
    (tmp_path / "sys/block/dm-0/dev").write_text("253:0\n")
    (tmp_path / "sys/block/dm-0/dm/name").write_text("root\n")
    (tmp_path / "sys/block/dm-0/dm/uuid").write_text(f"{uuid}\n")

    assert expected == read_disk_encrypted(Roots.under(tmp_path))
