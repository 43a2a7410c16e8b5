import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_collector.core.desk.priority import (
    decide_priority,
    impact_of,
    more_urgent,
    priority_of,
)
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.errors import InvalidError

U, H, M, L = Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW


@pytest.mark.parametrize(
    ("impact", "priorities"),
    [
        pytest.param(1, (U, H, M), id="much-is-lost"),
        pytest.param(2, (H, M, L), id="one-device"),
        pytest.param(3, (M, L, L), id="a-spare"),
    ],
)
def test_matrix(impact: int, priorities: tuple[Priority, ...]) -> None:
    """The cells for urgency 1, 2 and 3."""
    actual = tuple(priority_of(impact, urgency) for urgency in (1, 2, 3))

    assert priorities == actual


@pytest.mark.parametrize(
    ("impact", "urgency"),
    [
        pytest.param(0, 1, id="impact-below"),
        pytest.param(4, 1, id="impact-above"),
        pytest.param(1, 0, id="urgency-below"),
        pytest.param(1, 4, id="urgency-above"),
    ],
)
def test_outside_the_matrix_is_refused(impact: int, urgency: int) -> None:
    with pytest.raises(InvalidError, match="both must be 1, 2 or 3"):
        priority_of(impact, urgency)


@pytest.mark.parametrize(
    ("criticality", "impact"),
    [
        pytest.param(Criticality.HIGH, 1, id="high"),
        pytest.param(Criticality.NORMAL, 2, id="normal"),
        pytest.param(Criticality.LOW, 3, id="spare"),
    ],
)
def test_impact_follows_from_criticality(criticality: Criticality, impact: int) -> None:
    assert impact == impact_of(criticality)


def test_decision_says_why() -> None:
    decision = decide_priority(Criticality.NORMAL, 1)

    assert (decision.priority, decision.impact, decision.urgency) == (H, 2, 1)
    assert decision.reason == "High from impact 2 (one device in normal use) and urgency 1"


def test_minimum_raises_and_says_so() -> None:
    decision = decide_priority(Criticality.LOW, 3, minimum=H)

    assert decision.priority is H
    assert decision.reason == (
        "High, the rule's minimum; without it Low from impact 3 (a spare or unused device)"
        " and urgency 3"
    )


@pytest.mark.parametrize("minimum", [M, H])
def test_minimum_never_lowers(minimum: Priority) -> None:
    decision = decide_priority(Criticality.NORMAL, 1, minimum=minimum)

    assert decision.priority is H
    assert "minimum" not in decision.reason


def test_order_of_priorities() -> None:
    levels = [U, H, M, L]

    assert levels == sorted(
        levels, key=lambda one: sum(more_urgent(other, one) for other in levels)
    )
    assert not more_urgent(U, U)


def test_matrix_gives_the_priority_of_every_incident_of_a_real_desk() -> None:
    """ServiceNow's own priorities, 1 to 4, from its impact and urgency."""
    names = {"1": U, "2": H, "3": M, "4": L}
    rows = {
        (row["number"], row["impact"][0], row["urgency"][0], row["priority"][0])
        for row in _incidents()
    }
    wrong = [row for row in rows if names[row[3]] is not priority_of(int(row[1]), int(row[2]))]

    assert len({row[0] for row in rows}) > 14_000
    assert wrong == []


def _incidents() -> Iterator[dict[str, str]]:
    folder = os.environ.get("SICKBAY_DATA", "")
    path = Path(folder, "itsm", "incidents.csv.gz")
    if not folder or not path.exists():
        pytest.skip("SICKBAY_DATA has no itsm/incidents.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


@pytest.mark.parametrize(
    ("devices", "impact"), [pytest.param(4, 2, id="four"), pytest.param(5, 1, id="five")]
)
def test_five_devices_have_the_impact_of_a_site(devices: int, impact: int) -> None:
    decision = decide_priority(Criticality.NORMAL, 2, devices=devices)

    assert decision.impact == impact
    assert ("5 devices" in decision.reason) == (devices == 5)
