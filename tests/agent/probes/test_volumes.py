from dataclasses import replace
from pathlib import Path

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.hardware import Volume, VolumesSection
from sickbay_agent.model.sample import VolumeSample
from sickbay_agent.probes import volume_list, volumes
from tests.agent.fakes import LAPTOP_VOLUMES, FakeStatVfs, laptop_context, write_tree

ROOT_ID = "0c9bb1f7-6f9a-4f1c-8d5e-2f0b9f3f7d11"


def test_laptop_fill_levels() -> None:
    """Free is what an ordinary user can fill; FAT has no inodes."""
    observation = volumes.PROBE.read(laptop_context())

    assert observation.sample.volumes == (
        VolumeSample(
            volume_id=ROOT_ID,
            mount_point="/",
            total_bytes=491_520_000_000,
            free_bytes=221_184_000_000,
            inodes_total=30_531_584,
            inodes_free=29_000_000,
            is_system=True,
        ),
        VolumeSample(
            volume_id="7A1C-40E2",
            mount_point="/boot/efi",
            total_bytes=535_801_856,
            free_bytes=527_413_248,
        ),
    )


def test_a_volume_that_fails_costs_only_itself() -> None:
    """A dying disk must not hide how full the others are; its absence bears the volume's own id."""
    context = laptop_context(volumes={"/": LAPTOP_VOLUMES["/"]})
    (efi,) = (one for one in volumes.PROBE.read(laptop_context()).sample.volumes[1:])
    sample = volumes.PROBE.read(context).sample

    assert [volume.mount_point for volume in sample.volumes] == ["/"]
    assert sample.absences == (
        Absence(
            topic=f"volumes/{efi.volume_id}",
            kind=AbsenceKind.UNKNOWN,
            reason="the size of /boot/efi cannot be read: Input/output error",
        ),
    )


def test_no_mountinfo(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="mountinfo cannot be read"):
        volumes.PROBE.read(laptop_context(folder=tmp_path))


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [pytest.param(255, [], id="below a MiB"), pytest.param(256, ["/mnt/t"], id="a MiB")],
)
def test_tiny_tmpfs_is_no_volume(tmp_path: Path, blocks: int, expected: list[str]) -> None:
    """Credentials and sockets live in these; they are full by design."""
    line = "42 28 0:42 / /mnt/t rw - tmpfs tmpfs rw,size=1m\n"
    write_tree(tmp_path, {"proc/self/mountinfo": line})
    context = laptop_context(
        folder=tmp_path, volumes={"/mnt/t": FakeStatVfs(f_blocks=blocks, f_bavail=1)}
    )

    assert expected == [v.mount_point for v in volumes.PROBE.read(context).sample.volumes]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(64, (64, False), id="at the limit"),
        pytest.param(65, (64, True), id="one more"),
    ],
)
def test_limit(tmp_path: Path, count: int, expected: tuple[int, bool]) -> None:
    lines = [f"42 28 8:{n} / /data/{n} rw - ext4 /dev/sda{n} rw\n" for n in range(count)]
    write_tree(tmp_path, {"proc/self/mountinfo": "".join(lines)})
    sizes = {f"/data/{n}": FakeStatVfs(f_blocks=9, f_bavail=9) for n in range(count)}
    context = laptop_context(folder=tmp_path, volumes=sizes)
    sample = volumes.PROBE.read(context).sample
    (section,) = volume_list.PROBE.read(context).sections

    assert expected == (len(sample.volumes), sample.truncated)
    assert isinstance(section, VolumesSection)
    assert expected == (len(section.volumes), section.truncated)


def test_laptop_list() -> None:
    """Root is LUKS on a partition; a label's blank is escaped by udev."""
    (section,) = volume_list.PROBE.read(laptop_context()).sections

    assert section == VolumesSection(
        volumes=(
            Volume(
                volume_id=ROOT_ID,
                mount_point="/",
                device="/dev/mapper/root",
                filesystem="ext4",
                total_bytes=491_520_000_000,
                options="rw,relatime,errors=remount-ro",
                encrypted=True,
                encryption="LUKS2",
                is_system=True,
            ),
            Volume(
                volume_id="7A1C-40E2",
                mount_point="/boot/efi",
                device="/dev/nvme0n1p1",
                filesystem="vfat",
                total_bytes=535_801_856,
                options="rw,relatime,fmask=0077,dmask=0077,errors=remount-ro",
                encrypted=False,
                label="EFI SYSTEM",
            ),
        )
    )


def test_the_list_does_not_change_with_free_space() -> None:
    """The section is content-addressed: it must stay the same while files come and go."""
    root = LAPTOP_VOLUMES["/"]
    assert isinstance(root, FakeStatVfs)
    fuller = {**LAPTOP_VOLUMES, "/": replace(root, f_bavail=5, f_favail=5)}
    before = volume_list.PROBE.read(laptop_context())
    after = volume_list.PROBE.read(laptop_context(volumes=fuller))

    assert before == after


def test_a_volume_that_cannot_be_measured_stays_in_the_list() -> None:
    """It is still mounted; only its size is absent."""
    (section,) = volume_list.PROBE.read(laptop_context(volumes={})).sections

    assert isinstance(section, VolumesSection)
    assert [(volume.mount_point, volume.total_bytes) for volume in section.volumes] == [
        ("/", None),
        ("/boot/efi", None),
    ]


def test_a_zfs_data_set_has_no_size(tmp_path: Path) -> None:
    """Its total moves with what other data sets of the pool use."""
    write_tree(tmp_path, {"proc/self/mountinfo": "42 28 0:60 / /tank rw - zfs tank rw\n"})
    context = laptop_context(folder=tmp_path, volumes={"/tank": FakeStatVfs(f_blocks=9)})
    (section,) = volume_list.PROBE.read(context).sections

    assert section == VolumesSection(
        volumes=(Volume(volume_id="/tank", mount_point="/tank", filesystem="zfs", options="rw"),)
    )
