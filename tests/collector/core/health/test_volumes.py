"""Tests of what a sample changes in the memory of volumes."""

from collections.abc import Mapping

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.records import VolumeMemory
from sickbay_collector.core.health.volumes import (
    MAX_VOLUMES,
    MISSES_UNTIL_GONE,
    observe_volumes,
)
from sickbay_collector.core.sample import Absence, AbsenceKind, Sample, VolumeFacts
from tests.collector.core.health.samples import START_S, sample

ROOT = VolumeFacts(mount_point="/", is_system=True)
DATA = VolumeFacts(mount_point="/data", is_system=False)


def listing(
    free: Mapping[str, tuple[float, float]],
    *,
    unread: Mapping[str, VolumeFacts] | None = None,
    read_only: tuple[str, ...] = (),
    absences: tuple[Absence, ...] = (),
    truncated: bool = False,
) -> Sample:
    """Return a sample of volumes with free share and free bytes; "root" is the system's."""
    facts = {key: ROOT if key == "root" else DATA for key in free}
    return sample(
        {
            "volume.free_ratio": {key: ratio for key, (ratio, _) in free.items()},
            "volume.free_bytes": {key: size for key, (_, size) in free.items()},
            "volume.read_only": dict.fromkeys(read_only, 1.0),
        },
        volumes={**facts, **(unread or {})},
        absences=absences,
        truncated=truncated,
    )


def observed(*samples: Sample, every_s: int = 60) -> Mapping[str, VolumeMemory]:
    memory: Mapping[str, VolumeMemory] = {}
    for n, one in enumerate(samples):
        memory = observe_volumes(memory, one, at_s=START_S + n * every_s)
    return memory


ROOMY = {"root": (0.5, 300e9), "data": (0.5, 300e9)}


@pytest.mark.parametrize(
    ("ratio", "size", "expected"),
    [
        pytest.param(0.29, 20e9, (290, 200), id="exact-thousandth-stays"),
        pytest.param(0.0099, 2.19e9, (9, 21), id="rounded-down"),
        pytest.param(0.2, 50e9, (200, 500), id="at-both-knees"),
        pytest.param(0.7, 900e9, (200, 500), id="plenty-is-one-value"),
        pytest.param(0.7, 49.9e9, (700, 499), id="small"),
        pytest.param(0.19, 900e9, (190, 9000), id="large"),
    ],
)
def test_free_space_is_kept_as_finely_as_it_matters(
    ratio: float, size: float, expected: tuple[int, int]
) -> None:
    root = observed(listing({"root": (ratio, size)}))["root"]

    assert expected == (root.free_permille, root.free_tenth_gb)


def test_noise_of_a_roomy_volume_changes_nothing() -> None:
    memory = observed(listing(ROOMY))
    again = listing({"root": (0.45, 270e9), "data": (0.51, 301e9)})

    assert observe_volumes(memory, again, at_s=START_S + 899) is memory


def test_evidence_is_renewed_after_a_quarter_of_an_hour() -> None:
    memory = observed(listing(ROOMY), listing(ROOMY), every_s=900)

    assert memory["root"].seen_at_s == START_S + 900


def test_a_sample_without_volumes_changes_nothing() -> None:
    memory = observed(listing(ROOMY))

    assert observe_volumes(memory, sample(), at_s=START_S + 9000) is memory


def test_since_is_when_it_began_to_cost() -> None:
    tight = {"root": (0.05, 5e9)}
    memory = observed(
        listing({"root": (0.5, 300e9)}), listing(tight), listing({"root": (0.04, 4e9)})
    )

    assert memory["root"].since_s == START_S + 60


def test_since_is_forgotten_when_there_is_room_again() -> None:
    memory = observed(listing({"root": (0.05, 5e9)}), listing({"root": (0.5, 300e9)}))

    assert memory["root"].since_s is None


@pytest.mark.parametrize(
    ("missing", "is_there"),
    [
        pytest.param(MISSES_UNTIL_GONE - 1, True, id="not-yet-gone"),
        pytest.param(MISSES_UNTIL_GONE, False, id="gone"),
    ],
)
def test_an_unmounted_volume_leaves_after_some_samples(missing: int, *, is_there: bool) -> None:
    only_root = listing({"root": (0.5, 300e9)})
    memory = observed(listing(ROOMY), *[only_root] * missing)

    assert is_there is ("data" in memory)


def test_a_volume_that_returns_is_missed_anew() -> None:
    only_root = listing({"root": (0.5, 300e9)})
    memory = observed(listing(ROOMY), only_root, listing(ROOMY))

    assert memory["data"].misses == 0


@pytest.mark.parametrize(
    ("absences", "truncated"),
    [
        pytest.param((), True, id="list-was-cut"),
        pytest.param(
            (Absence(topic="volumes", kind=AbsenceKind.UNKNOWN, reason="late"),),
            False,
            id="list-was-not-read",
        ),
        pytest.param(
            (Absence(topic="volumes/data", kind=AbsenceKind.UNKNOWN, reason="hangs"),),
            False,
            id="volume-was-not-read",
        ),
    ],
)
def test_an_incomplete_list_unmounts_nothing(
    absences: tuple[Absence, ...], *, truncated: bool
) -> None:
    only_root = listing({"root": (0.5, 300e9)}, absences=absences, truncated=truncated)
    memory = observed(listing(ROOMY), *[only_root] * (MISSES_UNTIL_GONE + 1))

    assert memory["data"].misses == 0


def test_a_volume_read_only_from_the_start_is_not_judged() -> None:
    """A full squashfs image is always full."""
    memory = observed(listing({"root": (0.5, 300e9), "snap": (0.0, 0.0)}, read_only=("snap",)))

    assert set(memory) == {"root"}


def test_a_volume_that_turns_read_only_keeps_its_evidence() -> None:
    tight = {"root": (0.05, 5e9)}
    memory = observed(
        listing(tight), listing({"root": (0.9, 90e9)}, read_only=("root",)), every_s=900
    )

    assert (memory["root"].free_permille, memory["root"].seen_at_s) == (50, START_S + 900)


def test_a_volume_that_stops_telling_keeps_its_evidence_and_ages() -> None:
    memory = observed(listing({"root": (0.05, 5e9)}), listing({}, unread={"root": ROOT}))

    assert (memory["root"].free_permille, memory["root"].seen_at_s) == (50, START_S)


def test_a_new_mount_point_is_taken_over() -> None:
    moved = {"data": VolumeFacts(mount_point="/mnt", is_system=False)}
    memory = observed(listing(ROOMY), listing({"root": (0.5, 300e9)}, unread=moved))

    assert memory["data"].mount_point == "/mnt"


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(MAX_VOLUMES, MAX_VOLUMES, id="at-the-limit"),
        pytest.param(MAX_VOLUMES + 1, MAX_VOLUMES, id="one-past"),
    ],
)
def test_only_so_many_volumes_are_remembered(count: int, expected: int) -> None:
    memory = observed(listing({f"v{n}": (0.5, 300e9) for n in range(count)}))

    assert expected == len(memory)


def test_past_the_limit_the_system_and_the_fullest_stay() -> None:
    roomy = {f"v{n}": (0.5, 300e9) for n in range(MAX_VOLUMES)}
    memory = observed(listing(roomy), listing({**roomy, "full": (0.02, 2e9), "root": (0.5, 300e9)}))

    assert {"full", "root"} <= set(memory)
    assert len(memory) == MAX_VOLUMES


@pytest.mark.parametrize("bad", [pytest.param(float("nan"), id="nan"), pytest.param(2.0, id="2")])
def test_an_impossible_share_is_refused(bad: float) -> None:
    with pytest.raises(InvalidError, match=r"volume.free_ratio of root"):
        observed(listing({"root": (bad, 1e9)}))


@pytest.mark.parametrize(
    "bad", [pytest.param(float("inf"), id="infinity"), pytest.param(-1.0, id="negative")]
)
def test_an_impossible_size_is_refused(bad: float) -> None:
    with pytest.raises(InvalidError, match=r"volume.free_bytes of root"):
        observed(listing({"root": (0.5, bad)}))
