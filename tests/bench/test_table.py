"""The table of `make bench`: what was not measured shows, and goals are said with their outcome."""

import pytest

from tests.bench.table import LINES, rows


def test_what_was_not_measured_is_a_dash() -> None:
    lines = list(rows({}))

    assert len(lines) == 1 + len(LINES)
    assert all(" - " in f"{line} " for line in lines[1:])


@pytest.mark.parametrize(
    ("per_cpu_s", "outcome"),
    [
        pytest.param(700.0, "ratio >= 0.7 reached", id="at the goal"),
        pytest.param(699.0, "ratio >= 0.7 not reached", id="below"),
    ],
)
def test_a_goal_is_a_ratio_to_its_baseline(per_cpu_s: float, outcome: str) -> None:
    lines = list(rows({"unary_per_cpu_s": per_cpu_s, "echo_per_cpu_s": 1000.0}))

    assert any(line.startswith("one sample a report") and line.endswith(outcome) for line in lines)


def test_probes_follow_in_milliseconds() -> None:
    assert list(rows({"probe_cpu_ms": 1.5}))[-1].split() == ["probe", "cpu,", "ms", "1.50"]


@pytest.mark.parametrize(
    ("per_s", "outcome"),
    [
        pytest.param(3000.0, ">= 3,000 reached", id="at the goal"),
        pytest.param(2999.0, ">= 3,000 not reached", id="below"),
    ],
)
def test_a_promised_figure_is_judged_itself(per_s: float, outcome: str) -> None:
    """However fast the baseline was."""
    lines = list(rows({"batch5_samples_per_s": per_s, "echo_per_cpu_s": 9000.0}))

    assert any(
        line.startswith("five a report, SQLite") and line.endswith(outcome) for line in lines
    )
