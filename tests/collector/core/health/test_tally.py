"""Tests of the arithmetic: weights, caps, bounds, ledger and advice."""

from datetime import UTC, datetime

import pytest

from sickbay_collector.core.health.model import WEIGHTS, Cap, Category, Finding
from sickbay_collector.core.health.tally import Row, advice, ledger, tally
from sickbay_collector.core.health.verdict import Verdict, judge, nothing

SEEN = datetime(2026, 11, 2, tzinfo=UTC)


def finding(category: Category, penalty: float, name: str = "a") -> Finding:
    return Finding(
        category=category,
        key=f"{category.value}/{name}",
        title=f"{name} is ill.",
        remedy=f"Mend {name}.",
        penalty=penalty,
        value=penalty,
        unit="points",
        threshold=0.0,
        since=SEEN,
        seen_at=SEEN,
        source="test",
    )


def verdict(
    category: Category, *penalties: float, cap: float | None = None, unknown: int = 0
) -> Verdict:
    """Return a verdict with findings a, b, c...; every one has the cap where one is given."""
    findings = []
    for name, penalty in zip("abcdef", penalties, strict=False):
        one = finding(category, penalty, name)
        limit = None if cap is None else Cap(limit=cap, sentence="grave", key=one.key)
        findings.append((one, limit))
    return judge(
        category, findings, seen_at_s=[1], gaps=["gap"] * unknown, unknown=[100.0] * unknown
    )


def row(one: Verdict, confidence: float = 1.0) -> Row:
    return Row(verdict=one, weight=WEIGHTS[one.category], confidence=confidence)


SOUND = row(verdict(Category.STABILITY))
UNKNOWN = row(nothing(Category.PERFORMANCE, reason="not read"), 0.0)
ABSENT = row(nothing(Category.BATTERY, reason="none", is_not_applicable=True), 0.0)


def test_the_score_is_the_weighted_mean_of_what_is_known() -> None:
    total = tally([row(verdict(Category.STORAGE, 50.0)), SOUND, UNKNOWN, ABSENT])

    assert total.value == pytest.approx(75.0)


def test_bounds_take_the_unknown_at_its_worst_and_best() -> None:
    total = tally([row(verdict(Category.STORAGE, 50.0)), SOUND, UNKNOWN, ABSENT])

    assert total.low == pytest.approx(100 - (18 * 50 + 15 * 100) / 51)
    assert total.high == pytest.approx(100 - 18 * 50 / 51)


def test_an_unknown_part_of_a_category_lowers_only_the_low_bound() -> None:
    total = tally([row(verdict(Category.STORAGE, 50.0, unknown=1)), SOUND])

    assert (total.low, total.value, total.high) == (50.0, 75.0, 75.0)


def test_confidence_is_the_trusted_share_of_the_applicable_weight() -> None:
    total = tally([row(verdict(Category.STORAGE), 0.5), SOUND, UNKNOWN, ABSENT])

    assert total.confidence == pytest.approx((18 * 0.5 + 18) / 51)


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        pytest.param(0.49, None, id="below-a-half"),
        pytest.param(0.5, 100.0, id="at-a-half"),
        pytest.param(0.51, 100.0, id="above-a-half"),
    ],
)
def test_too_little_confidence_withholds_the_score(
    confidence: float, expected: float | None
) -> None:
    total = tally([row(verdict(Category.STABILITY), confidence)])

    assert expected == total.score


def test_nothing_applicable_is_no_knowledge() -> None:
    total = tally([ABSENT])

    assert (total.score, total.low, total.high, total.confidence) == (None, 0.0, 100.0, 0.0)


@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        pytest.param(40.0, 40.0, id="cap-below"),
        pytest.param(75.0, 75.0, id="cap-at"),
        pytest.param(90.0, 75.0, id="cap-above"),
    ],
)
def test_a_cap_bounds_the_score(cap: float, expected: float) -> None:
    rows = [row(verdict(Category.STORAGE, 50.0, cap=cap)), SOUND]
    total = tally(rows)
    lines = ledger(rows, total)

    assert expected == total.value
    assert sum(line.points for line in lines) == pytest.approx(100.0 - expected)
    assert [line.cap.limit for line in lines if line.cap] == ([cap] if cap < 75.0 else [])


def test_all_caps_are_told_the_lowest_first() -> None:
    rows = [
        row(verdict(Category.CAPACITY, 100.0, cap=40.0)),
        row(verdict(Category.STORAGE, 100.0, cap=25.0)),
    ]

    assert [cap.limit for cap in tally(rows).caps] == [25.0, 40.0]


def test_the_ledger_begins_with_what_costs_most() -> None:
    rows = [row(verdict(Category.CAPACITY, 10.0)), row(verdict(Category.STORAGE, 50.0, 40.0))]
    lines = ledger(rows, tally(rows))

    assert [line.finding.key for line in lines] == ["storage/a", "storage/b", "capacity/a"]
    assert sum(line.points for line in lines) == pytest.approx(100.0 - tally(rows).value)


def test_advice_tells_what_mending_brings() -> None:
    rows = [row(verdict(Category.STORAGE, 50.0, 40.0)), SOUND]
    told = advice(rows, tally(rows))

    assert [(one.sentence, one.key) for one in told] == [
        ("Mend a.", "storage/a"),
        ("Mend b.", "storage/b"),
    ]
    assert [one.gain_points for one in told] == [pytest.approx(10.0), pytest.approx(5.0)]


def test_advice_counts_the_cap_that_goes_with_the_finding() -> None:
    rows = [row(verdict(Category.STORAGE, 50.0, cap=25.0)), SOUND]

    assert advice(rows, tally(rows))[0].gain_points == pytest.approx(75.0)


def test_mending_one_of_two_failing_drives_brings_nothing_yet() -> None:
    rows = [row(verdict(Category.STORAGE, 100.0, 100.0, cap=25.0)), SOUND]

    assert [one.gain_points for one in advice(rows, tally(rows))] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("count", "expected"),
    [pytest.param(3, 3, id="at-the-limit"), pytest.param(4, 3, id="one-past")],
)
def test_at_most_three_pieces_of_advice(count: int, expected: int) -> None:
    rows = [row(verdict(Category.STORAGE, *[20.0] * count))]

    assert expected == len(advice(rows, tally(rows)))


def test_nothing_is_lost_and_nothing_advised_without_evidence() -> None:
    rows = [UNKNOWN, ABSENT]
    total = tally(rows)

    assert (ledger(rows, total), advice(rows, total)) == ((), ())
