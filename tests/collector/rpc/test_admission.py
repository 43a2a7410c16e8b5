"""One device that floods is slowed down; the others do not notice."""

import pytest

from sickbay_collector.core.errors import BusyError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.rpc.admission import CALL_BYTES, CallLimiter

LOUD, QUIET = DeviceId("loud"), DeviceId("quiet")


class Watch:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def refused(limiter: CallLimiter, device: DeviceId, calls: int) -> int:
    """Return how many of these calls are refused."""
    count = 0
    for _ in range(calls):
        try:
            limiter.take(device)
        except BusyError:
            count += 1
    return count


def test_burst_is_the_limit() -> None:
    """A full bucket holds exactly the burst: one call more is refused."""
    limiter = CallLimiter(10.0, 5, Watch())

    assert refused(limiter, LOUD, 5) == 0
    assert refused(limiter, LOUD, 1) == 1


def test_others_are_untouched() -> None:
    """An empty bucket is one device's own."""
    limiter = CallLimiter(10.0, 5, Watch())
    refused(limiter, LOUD, 1000)

    assert refused(limiter, QUIET, 5) == 0


def test_bucket_fills_with_time() -> None:
    """At ten calls a second, half a second brings back five."""
    watch = Watch()
    limiter = CallLimiter(10.0, 5, watch)
    refused(limiter, LOUD, 100)
    watch.now_s += 0.5

    assert refused(limiter, LOUD, 6) == 1


def test_refusal_says_when_to_come_back() -> None:
    """The agent is told to wait at least a second."""
    limiter = CallLimiter(0.1, 1, Watch())
    limiter.take(LOUD)

    with pytest.raises(BusyError, match="too often") as caught:
        limiter.take(LOUD)

    assert caught.value.retry_after_s == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("size_bytes", "calls"),
    [
        pytest.param(CALL_BYTES - 1, 5, id="small"),
        pytest.param(CALL_BYTES, 2, id="large"),
        pytest.param(4 * CALL_BYTES, 1, id="as large as the burst"),
        pytest.param(99 * CALL_BYTES, 1, id="larger than the burst"),
    ],
)
def test_large_requests_count_more(size_bytes: int, calls: int) -> None:
    """Work grows with size; but the largest passes when the bucket is full."""
    limiter = CallLimiter(10.0, 5, Watch())
    for _ in range(calls):
        limiter.take(LOUD, size_bytes)

    with pytest.raises(BusyError):
        limiter.take(LOUD, size_bytes)
