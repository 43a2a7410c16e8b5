"""Flapping: how much an alert's condition changed in its last 21 readings.

Source: Nagios Core base/flapping.c: 21 hard states, later changes weigh more (0.75 to 1.25);
start at 20 %, stop at 5 %, the limits of its shipped configuration.
"""

STATES = 21
START_PERCENT = 20.0
STOP_PERCENT = 5.0
_MASK = (1 << STATES) - 1


def remember(bits: int, *, bad: bool) -> int:
    """Return the history with one more state; bit 0 is the newest, 1 is bad."""
    return ((bits << 1) | bad) & _MASK


def change_percent(bits: int) -> float:
    """Return how much the states changed, weighted, 0 to 100."""
    changes = bits ^ (bits >> 1)
    total = 0.0
    # x counts states from the oldest, 0, to the newest, 20, as the source does.
    for x in range(1, STATES):
        if changes >> (STATES - 1 - x) & 1:
            total += 0.75 + 0.5 * (x - 1) / (STATES - 2)
    return 100.0 * total / (STATES - 1)


def is_flapping(bits: int, *, was_flapping: bool) -> bool:
    """Return whether it flaps now; between the limits nothing changes."""
    percent = change_percent(bits)
    return percent > STOP_PERCENT if was_flapping else percent >= START_PERCENT
