"""The categories in one table: weight, how long evidence lasts, and who judges it.

A category without a judge is not measured by this version; it shows as unknown, never as healthy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sickbay_collector.core.health.capacity import capacity
from sickbay_collector.core.health.currency import currency
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.model import WEIGHTS, Category, CategoryScore, Evidence
from sickbay_collector.core.health.stability import stability
from sickbay_collector.core.health.storage import storage
from sickbay_collector.core.health.tally import Row
from sickbay_collector.core.health.verdict import Verdict, nothing

_DAY_S = 86400.0
_NOT_MEASURED = "This version does not measure it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """One category's row of the table."""

    category: Category
    weight: float
    ttl_s: float
    """How long evidence counts in full; after that confidence halves with each further such span.
    A choice: several times the interval at which each is read."""
    topic: str
    """The topic whose absence tells why nothing is known."""
    judge: Callable[[HealthMemory], Verdict | None]
    """Returns None where nothing was ever read."""
    unread: Row
    """Where nothing was read and the agent gave no reason: made once, most devices have it."""
    unread_score: CategoryScore

    def verdict(self, memory: HealthMemory) -> Verdict | None:
        """Return the verdict; evidence counts more than a statement of its absence.

        None where there is neither.
        """
        verdict = self.judge(memory)
        if verdict is not None:
            return verdict
        absence = memory.absences.get(self.topic)
        if absence is None:
            return None
        return nothing(
            self.category, reason=absence.reason, is_not_applicable=absence.is_not_applicable
        )


def _storage(memory: HealthMemory) -> Verdict | None:
    if not memory.drives:
        return None
    absence = memory.absences.get("drives")
    unread = "its health was not read" if absence is None else absence.reason.rstrip(".")
    return storage(memory.drives, unread=unread)


def _stability(memory: HealthMemory) -> Verdict | None:
    return None if memory.stability.seen_at_s is None else stability(memory.stability)


def _capacity(memory: HealthMemory) -> Verdict | None:
    return capacity(memory.volumes) if memory.volumes else None


def _currency(memory: HealthMemory) -> Verdict | None:
    if memory.security is None and memory.reboot is None:
        return None
    return currency(memory.security, memory.reboot)


def _unmeasured(_: HealthMemory) -> None:
    return None


def _row(
    category: Category,
    days: float,
    *,
    topic: str = "",
    judge: Callable[[HealthMemory], Verdict | None] = _unmeasured,
    unread: str = _NOT_MEASURED,
) -> Weighing:
    return Weighing(
        category=category,
        weight=WEIGHTS[category],
        ttl_s=days * _DAY_S,
        topic=topic,
        judge=judge,
        unread=Row(
            verdict=nothing(category, reason=unread), weight=WEIGHTS[category], confidence=0.0
        ),
        unread_score=CategoryScore(
            category=category,
            evidence=Evidence.UNKNOWN,
            penalty=None,
            confidence=0.0,
            reason=unread,
        ),
    )


CATEGORIES = (
    _row(Category.STORAGE, 7, topic="drives", judge=_storage, unread="No drive was seen yet."),
    _row(
        Category.STABILITY,
        3,
        topic="crashes",
        judge=_stability,
        unread="Crashes were not looked for yet.",
    ),
    _row(Category.CAPACITY, 1, topic="volumes", judge=_capacity, unread="No volume was seen yet."),
    _row(Category.PERFORMANCE, 1),
    _row(
        Category.CURRENCY, 3, topic="updates", judge=_currency, unread="Updates were not read yet."
    ),
    _row(Category.BATTERY, 7, topic="battery"),
    _row(Category.STARTUP, 7),
    _row(Category.LIFECYCLE, 90),
)
