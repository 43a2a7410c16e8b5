"""Tests of the penalty of full volumes."""

import pytest

from sickbay_collector.core.health.capacity import capacity, full_penalty, is_nearly_full
from sickbay_collector.core.health.model import Cap
from sickbay_collector.core.health.records import VolumeMemory
from tests.collector.core.health.samples import START_S


def volume(
    permille: int | None, tenth_gb: int | None, *, is_system: bool = True, mount: str = "/"
) -> VolumeMemory:
    return VolumeMemory(
        mount_point=mount,
        is_system=is_system,
        free_permille=permille,
        free_tenth_gb=tenth_gb,
        seen_at_s=START_S,
    )


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        pytest.param(0.5, 100.0, id="below-1"),
        pytest.param(1.0, 100.0, id="at-1"),
        pytest.param(3.0, 90.0, id="above-1"),
        pytest.param(4.9, 80.5, id="below-5"),
        pytest.param(5.0, 80.0, id="at-5"),
        pytest.param(7.5, 60.0, id="above-5"),
        pytest.param(9.9, 40.8, id="below-10"),
        pytest.param(10.0, 40.0, id="at-10"),
        pytest.param(15.0, 20.0, id="above-10"),
        pytest.param(19.9, 0.4, id="below-20"),
        pytest.param(20.0, 0.0, id="at-20"),
        pytest.param(21.0, 0.0, id="above-20"),
    ],
)
def test_penalty_by_share(percent: float, expected: float) -> None:
    """Knees 20:0, 10:40, 5:80, 1:100 (Zabbix, Checkmk)."""
    actual = full_penalty(free_percent=percent, free_gb=None)

    assert expected == pytest.approx(actual)


@pytest.mark.parametrize(
    ("gb", "expected"),
    [
        pytest.param(0.9, 100.0, id="below-1"),
        pytest.param(1.0, 100.0, id="at-1"),
        pytest.param(3.0, 90.0, id="above-1"),
        pytest.param(5.0, 80.0, id="at-5"),
        pytest.param(7.5, 60.0, id="above-5"),
        pytest.param(10.0, 40.0, id="at-10"),
        pytest.param(15.0, 30.0, id="above-10"),
        pytest.param(20.0, 20.0, id="at-20"),
        pytest.param(35.0, 10.0, id="above-20"),
        pytest.param(49.9, 1 / 15, id="below-50"),
        pytest.param(50.0, 0.0, id="at-50"),
        pytest.param(51.0, 0.0, id="above-50"),
    ],
)
def test_penalty_by_size(gb: float, expected: float) -> None:
    """Knees 50:0, 20:20, 10:40, 5:80, 1:100."""
    actual = full_penalty(free_percent=None, free_gb=gb)

    assert expected == pytest.approx(actual)


@pytest.mark.parametrize(
    ("percent", "gb", "expected"),
    [
        pytest.param(5.0, 200.0, 0.0, id="large-volume"),
        pytest.param(60.0, 2.0, 0.0, id="small-volume"),
        pytest.param(5.0, 10.0, 40.0, id="both-short"),
    ],
)
def test_the_milder_of_both_curves_counts(percent: float, gb: float, expected: float) -> None:
    """5 % of 4 TB is plenty, and 2 GB of a 3 GB volume too."""
    actual = full_penalty(free_percent=percent, free_gb=gb)

    assert expected == pytest.approx(actual)


def test_another_volume_counts_half() -> None:
    actual = capacity({"data": volume(50, 50, is_system=False)}).penalty

    assert pytest.approx(40.0) == actual


@pytest.mark.parametrize(
    ("permille", "tenth_gb", "expected"),
    [
        pytest.param(9, 500, True, id="under-1-percent"),
        pytest.param(10, 500, False, id="at-1-percent"),
        pytest.param(500, 9, True, id="under-1-gb"),
        pytest.param(500, 10, False, id="at-1-gb"),
        pytest.param(None, 9, True, id="only-size"),
        pytest.param(9, None, True, id="only-share"),
    ],
)
def test_an_almost_full_system_volume_caps(
    permille: int | None, tenth_gb: int | None, *, expected: bool
) -> None:
    actual = is_nearly_full(volume(permille, tenth_gb))

    assert expected is actual


def test_another_volume_never_caps() -> None:
    assert not is_nearly_full(volume(0, 0, is_system=False))


def test_a_cap_holds_even_where_the_curves_cost_nothing() -> None:
    """0.9 GB free of a 4 GB system volume is 22 %, and yet updates no longer fit."""
    verdict = capacity({"root": volume(220, 9)})

    assert verdict.parts[0].cap == Cap(
        limit=40.0,
        sentence="The system volume has less than 1 % or less than 1 GB free.",
        key="capacity/root",
    )
    assert verdict.penalty == 0.0


@pytest.mark.parametrize(
    ("permille", "tenth_gb", "expected"),
    [
        pytest.param(
            13, 21, ("Volume / has 2.1 GB (1.3 %) free.", 2.1, "GB", 50.0), id="size-counts"
        ),
        pytest.param(
            150, 51, ("Volume / has 5.1 GB (15.0 %) free.", 15.0, "%", 20.0), id="share-counts"
        ),
        pytest.param(13, None, ("Volume / has 1.3 % free.", 1.3, "%", 20.0), id="share-only"),
        pytest.param(
            8, 0, ("Volume / has under 0.1 GB (0.8 %) free.", 0.0, "GB", 50.0), id="next to none"
        ),
        pytest.param(None, 21, ("Volume / has 2.1 GB free.", 2.1, "GB", 50.0), id="size-only"),
    ],
)
def test_a_finding_tells_the_value_that_counts(
    permille: int | None, tenth_gb: int | None, expected: tuple[str, float, str, float]
) -> None:
    finding = capacity({"root": volume(permille, tenth_gb)}).parts[0].finding

    assert expected == (finding.title, finding.value, finding.unit, finding.threshold)


def test_a_volume_without_readings_is_unknown_and_not_roomy() -> None:
    verdict = capacity(
        {"root": volume(500, 900), "data": volume(None, None, is_system=False, mount="/data")}
    )

    assert verdict.gaps == ("Free space of /data was not read.",)
    assert (verdict.penalty, verdict.worst) == (0.0, 50.0)
    assert verdict.seen_at_s == (START_S,)
