"""Tests of the penalty of waiting updates and restarts."""

import pytest

from sickbay_collector.core.health.currency import currency, reboot_penalty, security_penalty
from sickbay_collector.core.health.records import WaitingMemory
from tests.collector.core.health.samples import START_S

DAY_S = 86400
NONE = WaitingMemory(count=0, since_s=0, checked_at_s=None, seen_at_s=START_S)


def waiting(days: float, *, count: int = 1, checked_at_s: int | None = None) -> WaitingMemory:
    return WaitingMemory(
        count=count,
        since_s=START_S - int(days * DAY_S),
        checked_at_s=checked_at_s,
        seen_at_s=START_S,
    )


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(6.9, 0.0, id="below-7"),
        pytest.param(7.0, 0.0, id="at-7"),
        pytest.param(10.5, 15.0, id="above-7"),
        pytest.param(14.0, 30.0, id="at-14"),
        pytest.param(22.0, 50.0, id="above-14"),
        pytest.param(30.0, 70.0, id="at-30"),
        pytest.param(45.0, 85.0, id="above-30"),
        pytest.param(60.0, 100.0, id="at-60"),
        pytest.param(61.0, 100.0, id="above-60"),
    ],
)
def test_penalty_of_a_waiting_security_update(days: float, expected: float) -> None:
    """Knees 7:0, 14:30, 30:70, 60:100 (CISA-derived policies)."""
    actual = security_penalty(days)

    assert expected == pytest.approx(actual)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(2.9, 0.0, id="below-3"),
        pytest.param(3.0, 0.0, id="at-3"),
        pytest.param(8.5, 20.0, id="above-3"),
        pytest.param(14.0, 40.0, id="at-14"),
        pytest.param(22.0, 55.0, id="above-14"),
        pytest.param(30.0, 70.0, id="at-30"),
        pytest.param(31.0, 70.0, id="above-30"),
    ],
)
def test_penalty_of_a_pending_restart(days: float, expected: float) -> None:
    """Knees 3:0, 14:40, 30:70."""
    actual = reboot_penalty(days)

    assert expected == pytest.approx(actual)


def test_the_worse_counts_in_full_and_the_other_a_quarter() -> None:
    verdict = currency(waiting(14), waiting(14))

    assert pytest.approx(40.0 + 0.25 * 30.0) == verdict.penalty


def test_nothing_that_waits_costs_nothing() -> None:
    verdict = currency(NONE, NONE)

    assert (verdict.penalty, verdict.parts, verdict.gaps) == (0.0, (), ())


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(1, "A security update has waited 20 days.", id="one"),
        pytest.param(
            5, "The oldest of 5 pending security updates has waited 20 days.", id="several"
        ),
    ],
)
def test_a_finding_says_how_many_wait(count: int, expected: str) -> None:
    finding = currency(waiting(20, count=count), NONE).parts[0].finding

    assert expected == finding.title


def test_a_restart_has_its_own_finding() -> None:
    finding = currency(NONE, waiting(20)).parts[0].finding

    assert (finding.key, finding.title) == (
        "currency/reboot",
        "A restart has been pending for 20 days.",
    )


def test_what_was_not_read_is_a_gap() -> None:
    without_security = currency(None, NONE)
    without_reboot = currency(NONE, None)

    assert without_security.gaps == ("Pending security updates were not read.",)
    assert without_security.worst == 100.0
    assert without_reboot.gaps == ("Whether a restart is pending was not read.",)
    assert without_reboot.worst == 70.0


def test_knowledge_of_updates_is_as_old_as_the_last_look_for_them() -> None:
    looked_s = START_S - 5 * DAY_S

    assert currency(waiting(1, checked_at_s=looked_s), None).seen_at_s == (looked_s,)
