"""How soon a ticket matters: impact x urgency, with a minimum that a rule may ask for.

Urgent: total failure or a security breach. High: a critical function is or will soon be lost.
Medium: performance is degraded. Low: no effect on performance.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.device import Criticality, Device, DeviceClass
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

# From these numbers of devices or people on, the impact is at least 2 and 1. The field's rule of
# thumb: a team, and a department.
_TEAM = 5
_DEPARTMENT = 20
MANY_DEVICES = 5
"""From so many devices on, what the same rule finds on them has the impact of a site."""
AFFECTED_LIMIT = 1_000_000
"""Devices or people that a ticket may name."""


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
            "impact %(impact)s and urgency %(urgency)s: both must be 1, 2 or 3",
            impact=impact,
            urgency=urgency,
        ) from None


def impact_of(criticality: Criticality) -> int:
    """Return how much is lost with a device, from 1 (most) to 3."""
    return _impact(criticality, None)[0]


def more_urgent(left: Priority, right: Priority) -> bool:
    """Return whether the left priority comes before the right one."""
    return _LEVELS.index(left) < _LEVELS.index(right)


def decide_priority(
    criticality: Criticality,
    urgency: int,
    *,
    minimum: Priority | None = None,
    device_class: DeviceClass | None = None,
    devices: int = 1,
) -> PriorityDecision:
    """Return the priority of something that concerns one device, or several alike.

    Args:
        criticality: Of the device.
        urgency: From 1 (most) to 3.
        minimum: The rule's least priority; None where it has none.
        device_class: Of the device; the reason names it.
        devices: How many are concerned; from five on the impact is the highest.

    Raises:
        InvalidError: Urgency is not 1, 2 or 3.
    """
    impact, whose = _impact(criticality, device_class)
    if devices >= MANY_DEVICES:
        impact, whose = 1, f"{devices} devices"
    decision = because(impact, whose, urgency)
    if minimum is None or not more_urgent(minimum, decision.priority):
        return decision
    reason = f"{minimum.capitalize()}, the rule's minimum; without it {decision.reason}"
    return replace(decision, priority=minimum, reason=reason)


def weigh(device: Device | None, affected: int) -> tuple[int, str]:
    """Return the impact of what a person reports, and whose impact it is, in words.

    Args:
        device: What is concerned; None for one person without a device.
        affected: How many devices or people are, at least 1.

    Raises:
        InvalidError: Nobody is affected, or more than a million are.
    """
    if not 1 <= affected <= AFFECTED_LIMIT:
        raise InvalidError(
            "affected %(affected)s: how many devices or people, 1 to %(limit)s",
            affected=affected,
            limit=AFFECTED_LIMIT,
        )
    impact, whose = 2, "one person"
    if device is not None:
        impact, whose = _impact(device.criticality, device.device_class)
    if affected == 1:
        return impact, whose
    at_most = 1 if affected >= _DEPARTMENT else 2 if affected >= _TEAM else 3
    return min(impact, at_most), f"{affected} devices or people, {whose} among them"


def because(impact: int, whose: str, urgency: int) -> PriorityDecision:
    """Return the priority with a reason that says whose impact it is.

    Raises:
        InvalidError: Impact or urgency is not 1, 2 or 3.
    """
    priority = priority_of(impact, urgency)
    reason = f"{priority.capitalize()} from impact {impact} ({whose}) and urgency {urgency}"
    return PriorityDecision(priority=priority, impact=impact, urgency=urgency, reason=reason)


def _impact(criticality: Criticality, device_class: DeviceClass | None) -> tuple[int, str]:
    noun = "device" if device_class is None else _NOUNS[device_class]
    match criticality:
        case Criticality.HIGH:
            return 1, f"a {noun} of high criticality"
        case Criticality.NORMAL:
            return 2, f"one {noun} in normal use"
        case Criticality.LOW:
            return 3, f"a spare or unused {noun}"


_NOUNS = MappingProxyType(
    {
        DeviceClass.WORKSTATION: "workstation",
        DeviceClass.LAPTOP: "laptop",
        DeviceClass.SERVER: "server",
        DeviceClass.ALWAYS_ON: "device that is always on",
    }
)
