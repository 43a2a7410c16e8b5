"""Tests of what a sample changes in the memory of updates and restarts."""

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.records import WaitingMemory
from sickbay_collector.core.health.updates import observe_reboot, observe_security
from tests.collector.core.health.samples import START_S, sample

DAY_S = 86400


def security(
    old: WaitingMemory | None,
    *,
    at_s: int = START_S,
    count: float | None = None,
    age_s: float | None = None,
    check_age_s: float | None = None,
) -> WaitingMemory | None:
    told = {
        "updates.security_count": count,
        "updates.security_age_s": age_s,
        "updates.check_age_s": check_age_s,
    }
    readings = {metric: {"": value} for metric, value in told.items() if value is not None}
    return observe_security(old, sample(readings), at_s=at_s)


def restart(
    old: WaitingMemory | None, *, at_s: int = START_S, pending: float, age_s: float | None = None
) -> WaitingMemory | None:
    ages = {} if age_s is None else {"updates.reboot_pending_age_s": {"": age_s}}
    readings = {"updates.reboot_pending": {"": pending}, **ages}
    return observe_reboot(old, sample(readings), at_s=at_s)


def waiting(count: int, since_s: int, *, seen_at_s: int = START_S) -> WaitingMemory:
    return WaitingMemory(count=count, since_s=since_s, checked_at_s=None, seen_at_s=seen_at_s)


@pytest.mark.parametrize(
    ("count", "age_s", "expected"),
    [
        pytest.param(3.0, 7200.0, waiting(3, START_S - 7200), id="count-and-age"),
        pytest.param(None, 7200.0, waiting(1, START_S - 7200), id="age-only"),
        pytest.param(3.0, None, waiting(3, START_S), id="count-only-since-first-seen"),
        pytest.param(0.0, None, waiting(0, 0), id="none"),
        pytest.param(0.0, 7200.0, waiting(0, 0), id="none-whatever-the-age"),
        pytest.param(None, None, None, id="not-told"),
    ],
)
def test_security_updates(
    count: float | None, age_s: float | None, expected: WaitingMemory | None
) -> None:
    assert expected == security(None, count=count, age_s=age_s)


def test_without_an_age_the_first_sight_is_kept() -> None:
    first = security(None, count=3.0)
    later = security(first, count=4.0, at_s=START_S + DAY_S)

    assert later == waiting(4, START_S, seen_at_s=START_S + DAY_S)


def test_the_wait_begins_anew_after_nothing_waited() -> None:
    none = security(None, count=0.0)
    later = security(none, count=1.0, at_s=START_S + DAY_S)

    assert later == waiting(1, START_S + DAY_S, seen_at_s=START_S + DAY_S)


def test_an_age_that_grows_with_time_changes_nothing() -> None:
    first = security(None, count=3.0, age_s=7200.0, check_age_s=60.0)
    later = security(first, count=3.0, age_s=7260.0, check_age_s=120.0, at_s=START_S + 60)

    assert later is first


@pytest.mark.parametrize(
    ("check_age_s", "expected"),
    [
        pytest.param(None, None, id="no-longer-told"),
        pytest.param(60.0, START_S, id="checked-anew"),
    ],
)
def test_a_new_look_for_updates_is_kept(check_age_s: float | None, expected: int | None) -> None:
    first = security(None, count=0.0, check_age_s=9000.0)
    later = security(first, count=0.0, check_age_s=check_age_s, at_s=START_S + 60)

    assert later is not None
    assert expected == later.checked_at_s


@pytest.mark.parametrize(
    ("pending", "age_s", "expected"),
    [
        pytest.param(1.0, 7200.0, waiting(1, START_S - 7200), id="pending"),
        pytest.param(1.0, None, waiting(1, START_S), id="pending-since-first-seen"),
        pytest.param(0.0, None, waiting(0, 0), id="not-pending"),
    ],
)
def test_restart(pending: float, age_s: float | None, expected: WaitingMemory) -> None:
    assert expected == restart(None, pending=pending, age_s=age_s)


def test_what_is_not_told_of_a_restart_is_kept() -> None:
    old = restart(None, pending=1.0)

    assert observe_reboot(old, sample(), at_s=START_S + DAY_S) is old


def test_what_is_not_told_of_security_is_kept() -> None:
    old = security(None, count=1.0)

    assert security(old, at_s=START_S + DAY_S) is old


@pytest.mark.parametrize(
    "bad", [pytest.param(float("nan"), id="nan"), pytest.param(float("inf"), id="infinity")]
)
def test_an_impossible_age_is_refused(bad: float) -> None:
    with pytest.raises(InvalidError, match=r"updates.security_age_s is"):
        security(None, count=1.0, age_s=bad)
