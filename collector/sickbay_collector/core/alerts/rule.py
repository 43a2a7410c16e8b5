"""A rule as the engine uses it, and a set of rules with the index that makes samples cheap."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import TypeAlias

from sickbay_collector.core.alerts.condition import TESTS, Condition, Leaf, leaves, triggers
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import InvalidError

PLATFORMS = ("linux", "windows", "macos")
# An agent reads these at start and every hour, so a reading stands for two hours and a little.
_SLOW_TOPICS = frozenset({"drive", "battery", "updates", "protection"})
_FAST_METRICS = frozenset({"drive.busy_ratio"})
SLOW_HOLD_S = 7500.0


class Kind(StrEnum):
    """How a rule looks at its metrics."""

    THRESHOLD = "threshold"
    STATE = "state"
    TREND = "trend"
    RATE = "rate"
    BASELINE = "baseline"
    ABSENCE = "absence"


class Minutes(StrEnum):
    """Which minutes count toward `for`."""

    OBSERVED = "observed"
    """Covered by a sample."""
    ACTIVE = "active"
    """Observed, with user input within 5 min."""


class VolumeScope(StrEnum):
    """Which volumes a rule looks at."""

    SYSTEM = "system"
    ANY = "any"
    OTHER = "other"


class Effect(StrEnum):
    """What the condition means for who works on the device; one for each priority."""

    NONE = "none"
    """No effect on performance (Low)."""
    DEGRADED = "degraded"
    """Performance is degraded, or it needs investigation (Medium)."""
    LOSS = "loss"
    """A critical function is lost or will be soon (High)."""
    FAILURE = "failure"
    """Total failure or a security breach (Urgent)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a rule applies. An empty tuple means everywhere."""

    os: tuple[str, ...] = ()
    volume: VolumeScope = VolumeScope.ANY
    drive: tuple[str, ...] = ()
    """Media of drives, as `core.sample.Medium` names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveDays:
    """So many of the last days must have seen active use before an alert opens."""

    at_least: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. Durations in seconds, counted in samples that were really seen."""

    id: str
    family: str
    """Rules of one family share one ticket of a device."""
    kind: Kind
    title: str
    says: str
    """The sentence of an alert, with {instance} and {metric} in it; "" for a generic one."""
    raise_when: Condition
    clear_when: Condition
    for_s: float
    clear_for_s: float
    clear_active_days: int
    """Days of use without the condition before an alert closes; 0 where time alone decides."""
    active_days: ActiveDays | None
    reads: int
    """Consecutive readings that must be true."""
    minutes: Minutes
    grace_s: float
    """No alert opens so long after enrollment or boot."""
    scope: Scope
    urgency: int
    """1 (highest) to 3."""
    minimum_priority: Priority | None
    effect: Effect | None
    category: str
    subcategory: str | None
    tier: str
    queue: str
    runbook: str
    """Id of the article in `rules/runbooks`."""
    reopen_s: float
    """How long after closing a new alert reopens the ticket; 0 for never."""
    muted_by: tuple[str, ...]
    """Ids, or patterns like `disk.*`, of rules whose open alert keeps this one from opening."""
    content: str
    """The rule as canonical JSON: what `version` is the hash of."""
    version: str
    """SHA-256 of `content`, hexadecimal."""

    primary_metric: str = field(init=False)
    """The metric that the rule names first."""
    topic: str = field(init=False)
    """What kind of thing an instance is: "volume", "drive", "crash", ..."""
    window: Leaf | None = field(init=False)
    """The comparison that sums readings over a time; None where there is none."""
    hold_s: float = field(init=False)
    """How long a reading stands for the samples without one; 0 for metrics of each sample."""

    def __post_init__(self) -> None:
        """Work out what each sample would ask again."""
        found = tuple(leaves(self.raise_when))
        metric = found[0].metric
        topic = metric.partition(".")[0]
        slow = topic in _SLOW_TOPICS and metric not in _FAST_METRICS
        derived = {
            "primary_metric": metric,
            "topic": topic,
            "window": next((leaf for leaf in found if leaf.within_s), None),
            "hold_s": SLOW_HOLD_S if slow else 0.0,
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


Test: TypeAlias = tuple[Callable[[float, float], bool], float, Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to look at in a sample of one platform."""

    rules: Mapping[str, Rule]
    """By id; rules that may mute others come first."""
    tests: tuple[tuple[str, tuple[Test, ...]], ...]
    """Metric -> comparisons that make an instance worth a closer look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules in force. Build it with `RuleSet.of`."""

    rules: Mapping[str, Rule]
    muters: Mapping[str, tuple[str, ...]]
    """Rule id -> ids of the rules that mute it, patterns resolved."""
    plans: Mapping[str, Plan]
    """Platform -> plan; "" for platforms that no rule names."""

    @classmethod
    def of(cls, rules: Iterable[Rule], *, disabled: Iterable[str] = ()) -> "RuleSet":
        """Return the set of these rules.

        Args:
            rules: At most one of an id.
            disabled: Ids of rules that exist but are switched off; `muted_by` may name them.

        Raises:
            InvalidError: `muted_by` names an unknown rule or goes in a circle.
        """
        by_id = {rule.id: rule for rule in rules}
        known = sorted({*by_id, *disabled})
        muters = {rule.id: _muters(rule, known) for rule in by_id.values()}
        try:
            order = [
                name
                for name in TopologicalSorter(muters).static_order()
                if name in by_id  # a disabled muter is in the graph only
            ]
        except CycleError as error:
            raise InvalidError(
                f"rules mute each other in a circle: {' -> '.join(error.args[1])};"
                " remove one muted_by"
            ) from None
        ordered = {name: by_id[name] for name in order}
        plans = {name: _plan(ordered.values(), name) for name in ("", *PLATFORMS)}
        return cls(
            rules=MappingProxyType(ordered),
            muters=MappingProxyType(muters),
            plans=MappingProxyType(plans),
        )

    def plan(self, platform: str) -> Plan:
        """Return what to look at in samples of a platform."""
        return self.plans.get(platform) or self.plans[""]


def _muters(rule: Rule, known: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for pattern in rule.muted_by:
        hits = [name for name in known if fnmatchcase(name, pattern) and name != rule.id]
        if not hits and "*" not in pattern:
            raise InvalidError(
                f"rule {rule.id}: muted_by names {pattern!r}, which is no rule;"
                f" rules: {', '.join(known)}"
            )
        found.extend(hits)
    return tuple(found)


def _plan(rules: Iterable[Rule], platform: str) -> Plan:
    chosen = {rule.id: rule for rule in rules if not rule.scope.os or platform in rule.scope.os}
    tests: dict[str, list[Test]] = {}
    for rule in chosen.values():
        for leaf in triggers(rule.raise_when):
            test = (TESTS[leaf.comparison], leaf.limit, rule)
            tests.setdefault(leaf.metric, []).append(test)
    return Plan(
        rules=MappingProxyType(chosen),
        tests=tuple((metric, tuple(found)) for metric, found in tests.items()),
    )
