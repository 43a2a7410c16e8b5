"""Piecewise linear curves: how a measured quantity becomes a penalty."""

from typing import TypeAlias

Points: TypeAlias = tuple[tuple[float, float], ...]
"""Knees as (x, y), x ascending."""


def pl(x: float, points: Points) -> float:
    """Return the height of a piecewise linear curve at `x`, flat outside its knees.

    Args:
        x: Where to look, finite.
        points: At least one knee, x ascending.
    """
    left_x, left_y = points[0]
    if x <= left_x:
        return left_y
    for right_x, right_y in points:
        if x < right_x:
            return left_y + (right_y - left_y) * (x - left_x) / (right_x - left_x)
        left_x, left_y = right_x, right_y
    return left_y
