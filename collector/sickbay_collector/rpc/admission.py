"""How much one device may ask for: a token bucket each, so that one that floods slows itself alone.

Checked before a request is parsed, when it has cost next to nothing.
"""

from collections import OrderedDict
from collections.abc import Callable

from sickbay_collector.core.errors import BusyError
from sickbay_collector.core.ids import DeviceId

# Devices that are remembered; one that is forgotten starts with a full bucket.
_REMEMBERED = 50_000
# A request counts as one call for each of these that it fills, and one: work grows with size. The
# sample of a minute takes 1 KiB, those of a day 1.3 MiB.
CALL_BYTES = 16 << 10
# Sums of shares of a second are not exact.
_ROUNDING_S = 1e-6


class CallLimiter:
    """Gives each device so many calls a second, and a burst after a pause.

    Args:
        calls_per_s: How fast a bucket fills; an agent calls once a minute, and once a second while
            it delivers what it kept.
        burst: How many calls a full bucket holds.
        monotonic: Seconds that never go back.
    """

    def __init__(self, calls_per_s: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._calls_per_s = calls_per_s
        self._burst = burst
        self._monotonic = monotonic
        # Device -> when its bucket will be full again.
        self._full_at_s: OrderedDict[DeviceId, float] = OrderedDict()

    def take(self, device_id: DeviceId, size_bytes: int = 0) -> None:
        """Count one call, or more where its request is large.

        A call that is larger than a full bucket passes when the bucket is full.

        Raises:
            BusyError: The bucket is empty; it says when the next call is welcome.
        """
        now_s = self._monotonic()
        calls = min(1 + size_bytes // CALL_BYTES, self._burst)
        full_at_s = max(now_s, self._full_at_s.get(device_id, now_s)) + calls / self._calls_per_s
        over_s = full_at_s - now_s - self._burst / self._calls_per_s
        if over_s > _ROUNDING_S:
            raise BusyError("this device calls too often", retry_after_s=max(1.0, over_s))
        self._full_at_s[device_id] = full_at_s
        self._full_at_s.move_to_end(device_id)
        if len(self._full_at_s) > _REMEMBERED:
            self._full_at_s.popitem(last=False)
