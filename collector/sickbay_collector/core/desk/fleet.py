"""When what a rule finds is one problem of the fleet, not one of each device.

Three signs: five devices that share something within an hour, a share of the fleet within a day,
and a rule that finds far more than it used to.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.fresh_ticket import fresh_ticket
from sickbay_collector.core.desk.priority import decide_priority, more_urgent
from sickbay_collector.core.desk.problem import DEVICES, CommonFactor, common_factor
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketSource
from sickbay_collector.core.desk.wording import TITLE_LIMIT, cut
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.ids import DeviceId, TicketId

AT_ONCE = timedelta(hours=1)
"""In which devices that share something make a problem."""
DAY = timedelta(days=1)
FLEET_SHARE = 0.02
"""Of the fleet, with findings within a day; at least five devices in any case."""
USUAL = timedelta(days=28)
TIMES_USUAL = 10
"""How often a rule may find what it finds in a usual day."""
PARENT_TIER = "L3"
LISTED = 50
"""Devices that the parent names; its children are all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAlert:
    """An alert that opened and has a ticket."""

    device_id: DeviceId
    ticket_id: TicketId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """Why a rule's findings are one problem."""

    reason: str
    since: datetime
    """Findings since then belong to it."""
    factor: CommonFactor | None
    """What belongs to it has in common; None where all of the rule's findings do."""


Facts = Mapping[DeviceId, Mapping[str, str]]


def devices_since(alerts: Iterable[FleetAlert], since: datetime) -> frozenset[DeviceId]:
    """Return the devices of alerts that opened since."""
    return frozenset(one.device_id for one in alerts if one.at >= since)


def best_factor(affected: Collection[DeviceId], *facts: Facts) -> CommonFactor | None:
    """Return what tells affected devices apart best, by any of these facts."""
    found = [factor for one in facts if (factor := common_factor(affected, one)) is not None]
    return max(found, key=lambda one: one.difference, default=None)


def shared_trip(factor: CommonFactor | None, *, now: datetime) -> Trip | None:
    """Return why devices that share something within an hour are one problem; None without it."""
    if factor is None:
        return None
    return Trip(reason=f"within an hour, {factor.words()}", since=now - AT_ONCE, factor=factor)


def share_trip(alerts: Collection[FleetAlert], *, fleet: int, now: datetime) -> Trip | None:
    """Return why a share of the fleet within a day is one problem; None where it is too small."""
    affected = len(devices_since(alerts, now - DAY))
    if affected < DEVICES or affected <= FLEET_SHARE * fleet:
        return None
    reason = f"{affected} of {fleet} devices within a day, more than {FLEET_SHARE:.0%}"
    return Trip(reason=reason, since=now - DAY, factor=None)


def rate_trip(alerts: Collection[FleetAlert], *, before: int, now: datetime) -> Trip | None:
    """Return why a rule that finds far more than it used to is one problem; None where not.

    Args:
        alerts: Of the rule; those of the last day count.
        before: How many it had in the 28 days before that.
        now: The present time.
    """
    count = sum(one.at >= now - DAY for one in alerts)
    usual = before / (USUAL / DAY)
    # A rule that found nothing so far is held to one a day.
    if count <= TIMES_USUAL * max(1.0, usual) or len(devices_since(alerts, now - DAY)) < DEVICES:
        return None
    reason = f"{count} findings within a day, {usual:.1f} a day in the 28 days before"
    return Trip(reason=reason, since=now - DAY, factor=None)


def headline(said: str, devices: int, factor: CommonFactor | None) -> str:
    """Return what a problem of the fleet is called."""
    shared = f" with {factor.name} {factor.value}" if factor else ""
    return cut(f'"{said}" on {devices} devices{shared}', TITLE_LIMIT)


def parent_ticket(
    children: Collection[Ticket],
    *,
    ticket_id: TicketId,
    title: str,
    reason: str,
    names: Collection[str],
    problem_id: str,
    now: datetime,
) -> Ticket:
    """Return the ticket that stands for those of all devices; the store gives it its number.

    Args:
        children: At least one.
        ticket_id: Its id.
        title: What it is called.
        reason: Why it is one problem.
        names: Of the devices.
        problem_id: The problem that it belongs to.
        now: The present time.
    """
    first = min(children, key=lambda one: one.number)
    decision = decide_priority(
        Criticality.NORMAL,
        min(one.urgency for one in children),
        minimum=_most_urgent(children),
        devices=len(names),
    )
    draft = fresh_ticket(
        ticket_id=ticket_id,
        source=TicketSource.ALERT,
        title=title,
        description=_why(reason, names),
        category=first.category,
        priority=decision,
        reopen_window_s=first.reopen_window_s,
        opened_at=now,
    )
    return replace(
        draft,
        kind=first.kind,
        subcategory=first.subcategory,
        service=first.service,
        requester=first.requester,
        runbook=first.runbook,
        tier=PARENT_TIER,
        problem_id=problem_id,
    )


def _why(reason: str, names: Collection[str]) -> str:
    listed = sorted(names)[:LISTED]
    more = len(names) - len(listed)
    devices = ", ".join(listed) + (f" and {more} more" if more else "")
    return (
        f"Why: {reason}\nDevices: {devices}\nTheir tickets are its children; it resolves when"
        " all of them are over.\nSteps: find what they have in common, and roll it back."
    )


def _most_urgent(tickets: Collection[Ticket]) -> Priority:
    found = Priority.LOW
    for one in tickets:
        found = one.priority if more_urgent(one.priority, found) else found
    return found
