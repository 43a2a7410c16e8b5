"""Conditions of a rule: a small tree of comparisons, and what it says of the present readings.

Truth has three values. A reading that is not there is neither true nor false: None.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, TypeAlias

EVENT_METRICS = frozenset({"crash.oom_kills", "crash.app_crashes"})
"""Counts of events since the sample before: a sample that lists no such event counts as zero."""


class Comparison(StrEnum):
    """How a reading is held against a limit."""

    ABOVE = "above"
    BELOW = "below"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS = "is"
    ANY_BIT = "any_bit"


def _any_bit(value: float, mask: float) -> bool:
    return int(value) & int(mask) != 0


TESTS: Mapping[Comparison, Callable[[float, float], bool]] = MappingProxyType(
    {
        Comparison.ABOVE: operator.gt,
        Comparison.BELOW: operator.lt,
        Comparison.AT_LEAST: operator.ge,
        Comparison.AT_MOST: operator.le,
        Comparison.IS: operator.eq,
        Comparison.ANY_BIT: _any_bit,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One comparison of one metric."""

    metric: str
    comparison: Comparison
    limit: float
    within_s: float = 0.0
    """Compare the sum of the readings in this time; 0 compares the reading itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """True when a sample lists volumes or drives and this instance is not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """True when every part is."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """True when one part is. Parts without a reading are left out."""

    parts: tuple["Condition", ...]


Condition: TypeAlias = Leaf | Gone | AllOf | AnyOf


class Facts(Protocol):
    """What is known of one instance at one moment."""

    def value(self, leaf: Leaf) -> float | None:
        """Return the reading, or the sum over the leaf's window; None where there is none."""

    def gone(self) -> bool | None:
        """Return whether the instance is gone; None where the sample does not list any."""


def truth(condition: Condition, facts: Facts) -> bool | None:
    """Return whether a condition holds; None where the readings do not say."""
    if isinstance(condition, Leaf):
        value = facts.value(condition)
        return None if value is None else TESTS[condition.comparison](value, condition.limit)
    if isinstance(condition, Gone):
        return facts.gone()
    known = [truth(part, facts) for part in condition.parts]
    if isinstance(condition, AllOf):
        return _all(known)
    return _any(known)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Return all comparisons of a condition, in the order in which they are written."""
    if isinstance(condition, Leaf):
        yield condition
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from leaves(part)


def triggers(condition: Condition) -> tuple[Leaf, ...]:
    """Return comparisons of which at least one holds whenever the condition does.

    They decide cheaply which instances of a sample need a closer look.
    """
    if isinstance(condition, Leaf):
        if condition.within_s:
            return (Leaf(metric=condition.metric, comparison=Comparison.ABOVE, limit=0.0),)
        return (condition,)
    if isinstance(condition, AllOf):
        return triggers(condition.parts[0])
    if isinstance(condition, AnyOf):
        return tuple(leaf for part in condition.parts for leaf in triggers(part))
    return ()


def _all(known: list[bool | None]) -> bool | None:
    if False in known:
        return False
    return None if None in known else True


def _any(known: list[bool | None]) -> bool | None:
    if True in known:
        return True
    return False if False in known else None
