"""Tests of counting crashes: each event once."""

from collections.abc import Mapping

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.events import (
    MAX_APPS_A_DAY,
    MAX_NAME_CHARS,
    observe_events,
)
from sickbay_collector.core.health.records import EventKind, StabilityMemory
from sickbay_collector.core.sample import Sample
from tests.collector.core.health.samples import START_S, sample

DAY_S = 86400
CALM: Mapping[str, Mapping[str, float]] = {"crash.failed_units": {"": 0.0}}


def told(
    changes: Mapping[str, Mapping[str, float]] | None = None,
    *,
    units: tuple[str, ...] = (),
    boot: str = "boot-1",
) -> Sample:
    return sample({**CALM, **(changes or {})}, failed_units=units, boot_id=boot)


def observed(*samples: Sample, every_s: int = 60) -> StabilityMemory:
    memory = StabilityMemory()
    for n, one in enumerate(samples):
        memory = observe_events(memory, one, at_s=START_S + n * every_s)
    return memory


def counts(memory: StabilityMemory) -> dict[str, int]:
    return {kind.value: event.count for kind, event in memory.events.items()}


def test_a_sample_that_did_not_look_is_no_evidence() -> None:
    memory = StabilityMemory()

    assert observe_events(memory, sample({"cpu.busy_ratio": {"": 0.5}}), at_s=START_S) is memory


def test_a_calm_sample_is_evidence() -> None:
    memory = observed(told())

    assert (memory.seen_at_s, counts(memory)) == (START_S, {})


def test_a_calm_sample_soon_after_changes_nothing() -> None:
    memory = observed(told())

    assert observe_events(memory, told(), at_s=START_S + 899) is memory
    assert observe_events(memory, told(), at_s=START_S + 900).seen_at_s == START_S + 900


def test_kills_for_lack_of_memory_add_up() -> None:
    memory = observed(
        told({"crash.oom_kills": {"chrome": 2.0, "idle": 0.0}}),
        told({"crash.oom_kills": {"java": 1.0}}),
    )
    event = memory.events[EventKind.OOM_KILL]

    assert (event.load, event.count, event.last) == (9.0, 3, "java")
    assert (event.since_s, event.seen_at_s) == (START_S, START_S + 60)


def test_a_failed_service_counts_when_it_newly_failed() -> None:
    memory = observed(
        told(units=("a.service",)),
        told(units=("a.service",)),
        told(units=("a.service", "b.service")),
    )

    assert counts(memory) == {"service_crash": 2}


def test_a_service_that_fails_again_counts_again() -> None:
    memory = observed(told(units=("a.service",)), told(), told(units=("a.service",)))

    assert counts(memory) == {"service_crash": 2}


def test_a_sample_that_did_not_look_at_services_forgets_none() -> None:
    other = sample({"boot.unclean_shutdown": {"": 0.0}})
    memory = observed(told(units=("a.service",)), other, told(units=("a.service",)), every_s=1000)

    assert counts(memory) == {"service_crash": 1}


@pytest.mark.parametrize(
    ("crashes", "expected"),
    [
        pytest.param([9.0], 9, id="below-the-cap"),
        pytest.param([10.0], 10, id="at-the-cap"),
        pytest.param([11.0], 10, id="one-past"),
        pytest.param([6.0, 6.0], 10, id="over-samples"),
    ],
)
def test_an_application_counts_at_most_ten_times_a_day(crashes: list[float], expected: int) -> None:
    memory = observed(*[told({"crash.app_crashes": {"teams": count}}) for count in crashes])

    assert expected == memory.events[EventKind.APP_CRASH].count


def test_the_next_day_an_application_counts_again() -> None:
    crash = told({"crash.app_crashes": {"teams": 10.0}})
    memory = observed(crash, crash, every_s=DAY_S)

    assert memory.events[EventKind.APP_CRASH].count == 20
    assert memory.crashes_today == {"teams": 10}


@pytest.mark.parametrize(
    ("apps", "expected"),
    [
        pytest.param(MAX_APPS_A_DAY, MAX_APPS_A_DAY * 10, id="at-the-limit"),
        pytest.param(MAX_APPS_A_DAY + 1, MAX_APPS_A_DAY * 10 + 10, id="one-past"),
        pytest.param(MAX_APPS_A_DAY + 9, MAX_APPS_A_DAY * 10 + 10, id="further-ones-are-one"),
    ],
)
def test_only_so_many_applications_are_told_apart(apps: int, expected: int) -> None:
    memory = observed(told({"crash.app_crashes": {f"app{n}": 50.0 for n in range(apps)}}))

    assert expected == memory.events[EventKind.APP_CRASH].count
    assert len(memory.crashes_today) <= MAX_APPS_A_DAY + 1


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        pytest.param(MAX_NAME_CHARS, MAX_NAME_CHARS, id="at-the-limit"),
        pytest.param(MAX_NAME_CHARS + 1, MAX_NAME_CHARS, id="one-past"),
    ],
)
def test_a_long_name_is_cut(length: int, expected: int) -> None:
    memory = observed(told({"crash.oom_kills": {"x" * length: 1.0}}))

    assert expected == len(memory.events[EventKind.OOM_KILL].last)


PANIC = {"crash.kernel_panics": {"": 1.0}}
UNCLEAN = {"boot.unclean_shutdown": {"": 1.0}}


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([told(PANIC), told(PANIC)], {"panic": 1}, id="told-twice"),
        pytest.param(
            [told(PANIC), told({"crash.kernel_panics": {"": 3.0}})], {"panic": 3}, id="more"
        ),
        pytest.param([told(PANIC), told(PANIC, boot="boot-2")], {"panic": 2}, id="next-boot"),
        pytest.param([told(PANIC), told(), told(PANIC)], {"panic": 1}, id="not-told-between"),
        pytest.param([told(UNCLEAN), told(UNCLEAN)], {"power_loss": 1}, id="power-loss-twice"),
        pytest.param([told(UNCLEAN), told(), told(UNCLEAN)], {"power_loss": 1}, id="not-told"),
        pytest.param(
            [told(UNCLEAN), told(UNCLEAN, boot="boot-2")], {"power_loss": 2}, id="power-loss-again"
        ),
        pytest.param(
            [told(UNCLEAN), told(boot="boot-2"), told(UNCLEAN, boot="boot-2")],
            {"power_loss": 2},
            id="told-late-in-a-boot",
        ),
        pytest.param([told({**PANIC, **UNCLEAN})], {"panic": 1}, id="a-panic-is-one-event"),
        pytest.param(
            [told(UNCLEAN, boot=""), told(UNCLEAN, boot="")], {"power_loss": 1}, id="no-boot-id"
        ),
    ],
)
def test_what_a_boot_tells_counts_once(samples: list[Sample], expected: dict[str, int]) -> None:
    assert expected == counts(observed(*samples))


def test_load_decays_by_days_of_use_only() -> None:
    """Ten days switched off are no days of use: the next sample is the first day after."""
    panic = told(PANIC)
    used = observed(panic, *[told()] * 7, every_s=DAY_S)
    off = observed(panic, told(), every_s=11 * DAY_S)

    assert used.events[EventKind.PANIC].load == pytest.approx(5.0)
    assert off.events[EventKind.PANIC].load == pytest.approx(10 * 0.5 ** (1 / 7))


def test_an_event_that_weighs_nothing_is_forgotten() -> None:
    memory = observed(told({"crash.app_crashes": {"teams": 1.0}}), *[told()] * 40, every_s=DAY_S)

    assert counts(memory) == {}


def test_a_clock_that_steps_back_begins_no_new_day() -> None:
    memory = observed(told(PANIC))
    later = observe_events(memory, told(), at_s=START_S - 3 * DAY_S)

    assert later is memory


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"crash.oom_kills": {"chrome": float("nan")}}, id="nan-kills"),
        pytest.param({"crash.app_crashes": {"chrome": float("inf")}}, id="infinite-crashes"),
        pytest.param({"crash.kernel_panics": {"": float("nan")}}, id="nan-panics"),
        pytest.param({"boot.unclean_shutdown": {"": float("nan")}}, id="nan-power-loss"),
    ],
)
def test_an_impossible_count_is_refused(changes: Mapping[str, Mapping[str, float]]) -> None:
    with pytest.raises(InvalidError, match="a reading must be"):
        observed(told(changes))
