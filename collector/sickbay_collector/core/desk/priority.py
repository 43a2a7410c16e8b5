"""How soon a ticket matters: impact x urgency, with a minimum that a rule may ask for.

Urgent: total failure or a security breach. High: a critical function is or will soon be lost.
Medium: performance is degraded. Low: no effect on performance.
"""

from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.errors import InvalidError

# Source: the field values of 14,538 incidents of a ServiceNow desk (UCI Machine Learning
# Repository, "Incident management process enriched event log"); impact 1 with urgency 3 never
# occurs there and mirrors 3 with 1.
MATRIX = MappingProxyType(
    {
        (1, 1): Priority.URGENT,
        (1, 2): Priority.HIGH,
        (1, 3): Priority.MEDIUM,
        (2, 1): Priority.HIGH,
        (2, 2): Priority.MEDIUM,
        (2, 3): Priority.LOW,
        (3, 1): Priority.MEDIUM,
        (3, 2): Priority.LOW,
        (3, 3): Priority.LOW,
    }
)
"""Priority by (impact, urgency), each from 1 (most) to 3."""

_LEVELS = (Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW)

_IMPACTS = MappingProxyType(
    {
        Criticality.HIGH: (1, "a device of high criticality"),
        Criticality.NORMAL: (2, "one device in normal use"),
        Criticality.LOW: (3, "a spare or unused device"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityDecision:
    """A priority and why it is that one."""

    priority: Priority
    impact: int
    urgency: int
    reason: str


def priority_of(impact: int, urgency: int) -> Priority:
    """Return the matrix's priority.

    Raises:
        InvalidError: Impact or urgency is not 1, 2 or 3.
    """
    try:
        return MATRIX[impact, urgency]
    except KeyError:
        raise InvalidError(
            f"impact {impact} and urgency {urgency}: both must be 1, 2 or 3"
        ) from None


def impact_of(criticality: Criticality) -> int:
    """Return how much is lost with a device, from 1 (most) to 3."""
    return _IMPACTS[criticality][0]


def more_urgent(left: Priority, right: Priority) -> bool:
    """Return whether the left priority comes before the right one."""
    return _LEVELS.index(left) < _LEVELS.index(right)


def decide_priority(
    criticality: Criticality, urgency: int, *, minimum: Priority | None = None
) -> PriorityDecision:
    """Return the priority of something that concerns one device.

    Args:
        criticality: Of the device.
        urgency: From 1 (most) to 3.
        minimum: The rule's least priority; None where it has none.

    Raises:
        InvalidError: Urgency is not 1, 2 or 3.
    """
    impact, whose = _IMPACTS[criticality]
    priority = priority_of(impact, urgency)
    reason = f"{priority.capitalize()} from impact {impact} ({whose}) and urgency {urgency}"
    if minimum is not None and more_urgent(minimum, priority):
        reason = f"{minimum.capitalize()}, the rule's minimum; without it {reason}"
        priority = minimum
    return PriorityDecision(priority=priority, impact=impact, urgency=urgency, reason=reason)
