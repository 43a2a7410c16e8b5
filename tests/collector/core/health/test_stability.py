"""Tests of the load of events and its penalty."""

from math import exp

import pytest

from sickbay_collector.core.health.records import EventKind, EventMemory, StabilityMemory
from sickbay_collector.core.health.stability import (
    SEVERITY,
    decayed,
    stability,
    stability_penalty,
)
from tests.collector.core.health.samples import START_S


def event(load: float, *, count: int = 1, last: str = "") -> EventMemory:
    return EventMemory(load=load, count=count, since_s=START_S, seen_at_s=START_S, last=last)


def upset(**loads: EventMemory) -> StabilityMemory:
    return StabilityMemory(
        seen_at_s=START_S, day=1, events={EventKind(kind): one for kind, one in loads.items()}
    )


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        pytest.param(0.0, 0.0, id="none"),
        pytest.param(1.0, 100 * (1 - exp(-1 / 15)), id="one-crash"),
        pytest.param(10.0, 48.658, id="one-stop-error-costs-49"),
        pytest.param(1e6, 100.0, id="never-past-100"),
    ],
)
def test_penalty_saturates(load: float, expected: float) -> None:
    actual = stability_penalty(load)

    assert expected == pytest.approx(actual, abs=1e-3)


def test_severities_are_those_of_the_model() -> None:
    assert {kind.value: SEVERITY[kind] for kind in EventKind} == {
        "panic": 10.0,
        "power_loss": 6.0,
        "oom_kill": 3.0,
        "service_crash": 1.0,
        "app_crash": 1.0,
    }


@pytest.mark.parametrize(
    ("load", "days", "expected"),
    [
        pytest.param(10.0, 0, 10.0, id="today"),
        pytest.param(10.0, 7, 5.0, id="half-after-a-week-of-use"),
        pytest.param(10.0, 14, 2.5, id="a-quarter-after-two"),
        pytest.param(0.1, 7, 0.05, id="just-remembered"),
        pytest.param(0.1, 8, None, id="forgotten"),
    ],
)
def test_load_halves_with_a_week_of_use(load: float, days: int, expected: float | None) -> None:
    actual = decayed(event(load), days)

    assert expected == actual


def test_each_kind_explains_its_share() -> None:
    verdict = stability(upset(panic=event(10.0), oom_kill=event(5.0, count=2, last="chrome")))
    shares = {part.finding.key: part.share for part in verdict.parts}

    assert pytest.approx(100 * (1 - exp(-1))) == verdict.penalty
    assert shares == {
        "stability/panic": pytest.approx(verdict.penalty * 2 / 3),
        "stability/oom_kill": pytest.approx(verdict.penalty / 3),
    }
    assert [part.without for part in verdict.parts] == [
        pytest.approx(stability_penalty(5.0)),
        pytest.approx(stability_penalty(10.0)),
    ]


@pytest.mark.parametrize(
    ("kind", "one", "expected"),
    [
        pytest.param("panic", event(10.0), "The operating system stopped with a panic.", id="one"),
        pytest.param(
            "service_crash",
            event(1.0, last="cups.service"),
            "A system service failed: cups.service.",
            id="one-named",
        ),
        pytest.param(
            "power_loss",
            event(12.0, count=2),
            "The device lost power without a shutdown 2 times.",
            id="several",
        ),
        pytest.param(
            "oom_kill",
            event(6.0, count=2, last="chrome"),
            "2 programs were killed for lack of memory, last chrome.",
            id="several-named",
        ),
    ],
)
def test_titles(kind: str, one: EventMemory, expected: str) -> None:
    finding = stability(upset(**{kind: one})).parts[0].finding

    assert expected == finding.title


def test_a_calm_device_loses_nothing() -> None:
    verdict = stability(StabilityMemory(seen_at_s=START_S))

    assert (verdict.penalty, verdict.parts, verdict.seen_at_s) == (0.0, (), (START_S,))


def test_never_looked_for_is_not_known() -> None:
    assert stability(StabilityMemory()).seen_at_s == ()
