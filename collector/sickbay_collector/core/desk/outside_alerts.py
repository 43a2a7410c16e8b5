"""Alerts of Prometheus, as Alertmanager tells of them: what a notification does to the desk.

Alertmanager tells of a group of alerts as often as it likes, the same thing twice too. The group
keeps which of its alerts fired when it was last heard of; only what differs is news.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.changes import window_ended
from sickbay_collector.core.desk.ticket import Ticket, TicketSource, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId

ALERTS_LIMIT = 1000
"""Alerts of one notification; `max_alerts` of Alertmanager keeps them below."""
GROUP_KEY_LIMIT = 4096
"""Characters of a group's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideAlert:
    """One alert of a notification."""

    is_firing: bool
    fingerprint: str
    started_at: datetime
    labels: Mapping[str, str]

    @property
    def episode(self) -> str:
        """Tells this firing from the alert's earlier and later ones."""
        return f"{self.fingerprint}@{self.started_at.timestamp():.3f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What Alertmanager tells of a group of alerts."""

    group_key: str
    receiver: str
    is_firing: bool
    """Whether any of its alerts fires."""
    alerts: tuple[OutsideAlert, ...]
    left_out: int
    """How many alerts it does not list, because they are too many."""
    common_labels: Mapping[str, str]
    common_annotations: Mapping[str, str]
    external_url: str
    """Where this Alertmanager is; "" where it does not say."""

    @property
    def firing(self) -> tuple[OutsideAlert, ...]:
        """Its alerts that fire."""
        return tuple(alert for alert in self.alerts if alert.is_firing)

    @property
    def episodes(self) -> frozenset[str]:
        """What fires, to compare it with what fired before."""
        return frozenset(alert.episode for alert in self.firing)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertGroup:
    """A group of alerts as it was last heard of."""

    key: str
    ticket_id: TicketId
    episodes: frozenset[str] = frozenset()
    """What fired; nothing once it was resolved."""
    left_out: int = 0
    """How many alerts the last notification did not list."""

    @property
    def is_firing(self) -> bool:
        """Whether something fired."""
        return bool(self.episodes or self.left_out)


class GroupStep(StrEnum):
    """What a notification does to the desk."""

    OPEN = "opened"
    JOIN = "joined"
    """What fires is another than before: a line in the worklog."""
    REOPEN = "reopened"
    RENEW = "renewed"
    """Close the resolved ticket, whose reopen window is over, and open another."""
    RESOLVE = "resolved"
    CONFIRM = "confirmed"
    """All is over, and the ticket stays as it is: a line in the worklog."""
    KEEP = "kept"
    """Only remember what fires."""
    NOTHING = "nothing"


def check_notification(said: Notification) -> None:
    """Refuse what cannot be from Alertmanager, or is too much.

    Raises:
        InvalidError: The message says what is wrong and what to do.
    """
    if len(said.alerts) > ALERTS_LIMIT:
        raise InvalidError(
            "alerts: %(alerts)s of them; the limit is %(limit)s, set max_alerts: "
            "%(limit)s in Alertmanager's webhook_configs",
            alerts=len(said.alerts),
            limit=ALERTS_LIMIT,
        )
    if said.is_firing and not said.firing:
        raise InvalidError("status: it is firing, but none of the alerts is")
    if not said.is_firing and said.firing:
        raise InvalidError(
            "status: it is resolved, but %(firing)s of the alerts fire", firing=len(said.firing)
        )


def decide_group(
    said: Notification,
    group: AlertGroup,
    ticket: Ticket | None,
    *,
    others_fire: bool,
    now: datetime,
) -> GroupStep:
    """Return what a notification does to the desk.

    Args:
        said: What Alertmanager tells.
        group: As it was last heard of.
        ticket: The group's ticket; None where it has none.
        others_fire: Whether another group of that ticket fires.
        now: The collector's time.
    """
    if (said.episodes, said.left_out) == (group.episodes, group.left_out):
        is_over = ticket is None or ticket.status is TicketStatus.CLOSED
        return GroupStep.OPEN if said.is_firing and is_over else GroupStep.NOTHING
    if said.is_firing or said.left_out:
        return _firing(said, group, ticket, now)
    return _over(ticket, others_fire=others_fire)


def _firing(
    said: Notification, group: AlertGroup, ticket: Ticket | None, now: datetime
) -> GroupStep:
    if not said.is_firing:  # what it left out may fire still
        return GroupStep.KEEP if ticket is None else GroupStep.JOIN
    if ticket is None or ticket.status is TicketStatus.CLOSED:
        return GroupStep.OPEN
    if ticket.status in ACTIVE:
        return GroupStep.JOIN
    is_new = bool(said.episodes - group.episodes)
    if ticket.status is TicketStatus.CANCELLED:
        return GroupStep.OPEN if is_new else GroupStep.KEEP
    if not is_new:
        return GroupStep.JOIN
    return GroupStep.RENEW if window_ended(ticket, now=now) else GroupStep.REOPEN


def _over(ticket: Ticket | None, *, others_fire: bool) -> GroupStep:
    if ticket is None or ticket.status in {TicketStatus.CLOSED, TicketStatus.CANCELLED}:
        return GroupStep.KEEP
    # A ticket that somebody asked for got the group by a merge, and a person decides.
    is_ours = ticket.source is TicketSource.ALERTMANAGER and not others_fire
    return GroupStep.RESOLVE if is_ours and ticket.status in ACTIVE else GroupStep.CONFIRM
