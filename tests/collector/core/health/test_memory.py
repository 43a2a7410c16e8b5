"""Tests of the memory as JSON values."""

import json

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, VolumeFacts
from tests.collector.core.health.samples import NO_BATTERY, SOUND, START, laptop, remembered, sample

SICK = laptop(
    {
        "drive.pending_sectors": {"WD-HDD1": 4.0},
        "drive.nvme_media_errors": {"NVME1": 4.0},
        "crash.oom_kills": {"chrome": 2.0},
        "crash.app_crashes": {"teams": 2.0},
        "crash.kernel_panics": {"": 1.0},
        "updates.security_count": {"": 4.0},
        "updates.security_age_s": {"": 9e5},
        "updates.reboot_pending": {"": 1.0},
    },
    failed_units=("cups.service",),
    absences=(
        NO_BATTERY,
        Absence(topic="drives/USB1", kind=AbsenceKind.UNKNOWN, reason="no permission"),
    ),
)


@pytest.mark.parametrize(
    "memory",
    [
        pytest.param(HealthMemory(), id="empty"),
        pytest.param(remembered(laptop()), id="sound"),
        pytest.param(remembered(laptop(), SICK), id="sick"),
    ],
)
def test_a_memory_survives_json(memory: HealthMemory) -> None:
    text = json.dumps(memory.to_plain(), allow_nan=False)

    assert memory == HealthMemory.from_plain(json.loads(text))


def test_a_typical_sick_device_stays_small() -> None:
    """3 volumes and 2 drives take under 1.5 KiB."""
    ids = [f"0b4a4c2e-1f3d-4c47-9a51-6f0a4f8a1c0{n}" for n in range(3)]
    volumes = {
        one: VolumeFacts(mount_point=f"/mnt/volume{n}", is_system=not n)
        for n, one in enumerate(ids)
    }
    readings = {
        **SICK.readings,
        "volume.free_ratio": dict.fromkeys(ids, 0.04),
        "volume.free_bytes": dict.fromkeys(ids, 4e9),
    }
    full = sample(
        readings,
        volumes=volumes,
        drives=SICK.drives,
        absences=(NO_BATTERY,),
        failed_units=("cups.service", "snapd.service"),
    )
    text = json.dumps(remembered(laptop(), full).to_plain(), separators=(",", ":"))

    assert len(text) < 1536


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"version": 2}, "version 2 is not 1", id="newer-version"),
        pytest.param({"version": None}, "version None", id="no-version"),
        pytest.param({"volumes": []}, "not a mapping", id="wrong-shape"),
        pytest.param({"drives": {"a": ["tape", None, [], 0, "", 0, 0, 0]}}, "tape", id="medium"),
    ],
)
def test_another_form_is_refused(change: dict[str, object], message: str) -> None:
    value = {**remembered(laptop()).to_plain(), **change}

    with pytest.raises(InvalidError, match=message):
        HealthMemory.from_plain(value)  # type: ignore[arg-type]


def test_a_missing_part_is_refused() -> None:
    value = remembered(laptop()).to_plain()
    del value["stability"]

    with pytest.raises(InvalidError, match="stability"):
        HealthMemory.from_plain(value)


def test_the_fixture_names_only_what_the_sound_laptop_reads() -> None:
    """Guards the other tests: the sound laptop's memory holds both drives and both volumes."""
    memory = remembered(laptop())

    assert set(memory.volumes) == set(SOUND["volume.free_ratio"])
    assert {drive.medium for drive in memory.drives.values()} == {Medium.NVME, Medium.HDD}
    assert memory.stability.seen_at_s == int(START.timestamp())
