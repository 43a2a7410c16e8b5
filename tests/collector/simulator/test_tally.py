import pytest

from sickbay_collector.simulator.tally import Latencies, Tally, summarize


def test_no_wait_has_no_quantile() -> None:
    assert Latencies().quantile_s(0.5) is None


@pytest.mark.parametrize(
    ("share", "expected_s"),
    [
        pytest.param(0.5, 0.5, id="median"),
        pytest.param(0.99, 0.99, id="p99"),
        pytest.param(1.0, 1.0, id="longest"),
    ],
)
def test_quantiles_are_within_two_percent(share: float, expected_s: float) -> None:
    waits = Latencies()
    for number in range(1, 1001):
        waits.add(number / 1000)

    assert pytest.approx(expected_s, rel=0.02) == waits.quantile_s(share)


def test_the_summary_keeps_the_first_reasons() -> None:
    tally = Tally(3)
    tally.fail("first")
    tally.fail("second")
    tally.reject("wrong")

    summary = summarize(tally, seconds=2.0, tickets_opened=None)

    assert (summary.failed_devices, summary.first_failure) == (2, "first")
    assert (summary.rejected, summary.first_rejection, summary.samples_per_s) == (1, "wrong", 0.5)
    assert summary.p99_ms is None
