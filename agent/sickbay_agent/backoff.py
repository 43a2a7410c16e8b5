"""When to try again, and when to report: spread out, so that a fleet never comes at once.

Pure: randomness is an argument, time is nobody's business here.
"""

import hashlib
from dataclasses import dataclass, replace
from random import Random

# Source: proposal of the design, "full jitter"; a fleet of 15,000 is back within five minutes.
BASE_S = 1.0
CAP_S = 180.0
# The first report after a lost connection waits at most this long.
SPLAY_S = 60.0
_LARGEST_EXPONENT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How often in a row it went wrong. Only a good acknowledgement makes it a fresh one."""

    failures: int = 0

    def failed(self) -> "Backoff":
        """Return the state after one more failure."""
        return replace(self, failures=self.failures + 1)

    def delay_s(self, rng: Random, *, floor_s: float = 0.0) -> float:
        """Return how long to wait: random(0, min(cap, base * 2^n)) for the n-th failure from 0.

        Args:
            rng: Where randomness comes from.
            floor_s: The least that the server asked for.
        """
        exponent = min(max(self.failures - 1, 0), _LARGEST_EXPONENT)
        return max(floor_s, rng.uniform(0.0, min(CAP_S, BASE_S * 2.0**exponent)))


def splay_s(rng: Random, interval_s: float) -> float:
    """Return how long the first report after a lost connection waits."""
    return rng.uniform(0.0, min(interval_s, SPLAY_S))


def share(identifier: str, purpose: str) -> float:
    """Return a number in [0, 1) that is always the same for a device and a purpose."""
    digest = hashlib.sha256(f"{purpose}\0{identifier}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2.0**64


def next_in_phase(now_s: float, *, interval_s: float, phase: float) -> float:
    """Return the next moment of a device's own rhythm that is later than now.

    Args:
        now_s: Seconds since any fixed moment.
        interval_s: Time between two moments.
        phase: How far into the interval, in intervals.
    """
    offset = phase * interval_s
    count = (now_s - offset) // interval_s
    following = (count + 1) * interval_s + offset
    # Rounding may give now itself, or a moment a full interval late.
    return following if following > now_s else following + interval_s
