"""Where an alert belongs: the ticket of its family, or the one that a device's findings share.

Reads only, inside the caller's unit of work.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.desk.budget import HEALTH_FAMILY, MAX_OPEN, has_room, is_health_ticket
from sickbay_collector.core.desk.opening import Decision, Step, decide
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.device import Device
from sickbay_collector.services.ports import UnitOfWork

_ADDS = frozenset({Step.OPEN, Step.REOPEN, Step.RENEW})
"""What leaves a device with one more open ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What to do with an alert, and where."""

    decision: Decision
    existing: Ticket | None
    """The ticket that is there; None where one is to be opened."""
    family: str
    """Of the ticket, where one is opened."""


def home_of(
    uow: UnitOfWork,
    device: Device,
    change: AlertChange,
    rule: Rule,
    *,
    owner: Ticket | None,
    now: datetime,
) -> Home:
    """Return where an alert belongs that opened or is measured again.

    Args:
        uow: The caller's.
        device: Whose alert it is.
        change: Of kind OPENED or EVIDENCE.
        rule: Its rule.
        owner: The ticket that the alert belongs to; None for an alert that just opened.
        now: The collector's time.
    """
    opens = replace(change, kind=ChangeKind.OPENED)
    if is_health_ticket(owner):
        decision = decide(change, existing=owner, owner=owner, now=now)
        if decision.step is not Step.RENEW:
            return Home(decision=decision, existing=owner, family=HEALTH_FAMILY)
        change, owner = opens, None  # by now there may be room for a ticket of its own
    existing = owner if _took_over(owner, rule) else None
    existing = existing or uow.tickets.open_of(device.device_id, rule.family)
    decision = decide(change, existing=existing, owner=owner, now=now)
    if decision.step not in _ADDS or has_room(uow.tickets.automatic_of(device.device_id)):
        return Home(decision=decision, existing=existing, family=rule.family)
    shared = uow.tickets.open_of(device.device_id, HEALTH_FAMILY)
    decision = decide(opens, existing=shared, owner=None, now=now)
    if decision.step is Step.OPEN:
        reason = f"the device has {MAX_OPEN} open tickets of other families"
        decision = replace(decision, reason=reason)
    return Home(decision=decision, existing=shared, family=HEALTH_FAMILY)


def _took_over(owner: Ticket | None, rule: Rule) -> bool:
    """Return whether an alert came to a ticket of another family by a merge, and goes on there."""
    return owner is not None and owner.family != rule.family and owner.closed_at is None
