"""Turns alert changes into alerts and tickets, inside the transaction that stores the report.

Never commits. A ticket that another collector opened or wrote meanwhile raises ConflictError or
is joined; whoever opened the transaction tries the whole of it again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.rule import Rule, RuleSet
from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import AlertId, TicketId
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.alert_tickets import AlertTickets
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.fleet import look_at_fleet
from sickbay_collector.services.muting import (
    end_mute,
    keep_quiet,
    mute_again,
    mute_for,
    note_measured,
)
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.problem_raising import look_for_problems

_STATUS = {ChangeKind.CLEARING: "clearing", ChangeKind.RETURNED: "open"}


def apply_alert_changes(
    uow: UnitOfWork,
    device: Device,
    changes: Sequence[AlertChange],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[TicketEvent, ...]:
    """Store what happened to a device's alerts, and what follows for its tickets.

    Each event has one worklog entry, and one outbox message where the ticket itself changed.

    Args:
        uow: The report's own unit of work.
        device: Whose alerts they are.
        changes: In the order in which they happened.
        now: When the report was received.
        new_id: Makes ids of alerts and tickets.

    Raises:
        ConflictError: Another collector wrote one of the tickets at the same time.
        InvalidError: A rule's urgency, category or queue is not among those allowed.
    """
    open_alerts = uow.alerts.open_of(device.device_id)
    triage = _Triage(uow, device, open_alerts, now=now, new_id=new_id)
    for change in changes:
        triage.apply(change)
    # Last, so that an alert that opens while another closes keeps the ticket open.
    return triage.settle()


def let_go_of_alert(
    uow: UnitOfWork,
    alert_id: AlertId,
    rules: RuleSet,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Look at an alert whose mute ends: still true and muted by nothing else, its ticket opens.

    One that is clearing is left to the next report: it closes, or is back and looked at again.

    Raises:
        ConflictError: Another collector wrote the ticket at the same time.
    """
    muted, alert = uow.quiet.muted(alert_id), uow.alerts.get(alert_id)
    if muted is None or alert is None or alert.status != "open":
        return
    device, rule = uow.devices.get(alert.device_id), rules.rules.get(alert.rule_id)
    if device is None or device.status in GONE:
        end_mute(uow, muted, "dropped", now=now)
        return
    if rule is None:  # its next report closes it
        return
    change = muted.change(rule)
    mute = mute_for(uow, device, change, rule, now=now)
    if mute is not None:
        mute_again(uow, muted, mute, now=now)
        uow.alerts.save(replace(alert, suppressed_reason=mute.reason))
        return
    end_mute(uow, muted, "ticket", now=now)
    triage = _Triage(uow, device, [alert], now=now, new_id=new_id)
    triage.let_go(alert, change, rule)
    triage.settle()


class _Triage:
    """One device's alert changes on their way into the stores.

    Args:
        uow: Where all of it is written.
        device: Whose alerts they are.
        alerts: Its open alerts.
        now: The present time.
        new_id: Makes ids of alerts and tickets.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        device: Device,
        alerts: Iterable[AlertRecord],
        *,
        now: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self.uow = uow
        self.device = device
        self.alerts = {(one.rule_id, one.instance): one for one in alerts}
        self.now = now
        self.new_id = new_id
        self.tickets = AlertTickets(uow=uow, device=device, now=now, new_id=new_id)
        self.closed: dict[TicketId, list[str]] = {}
        """Tickets of alerts that closed just now, and why they closed."""

    def apply(self, change: AlertChange) -> None:
        """Store one change, and bring it to its ticket."""
        alert = self.alerts.get((change.rule_id, change.instance))
        if alert is not None and alert.suppressed_reason:
            alert = self._unless_muted(change, alert)
            if alert is None:
                return
        if change.kind in {ChangeKind.OPENED, ChangeKind.EVIDENCE}:
            self._standing(change, alert)
        elif change.kind is ChangeKind.SUPPRESSED:
            self._suppressed(change)
        elif alert is None:
            return  # an alert from before its record was there; nothing to change
        elif change.kind is ChangeKind.CLOSED:
            self._closed(change, alert)
        elif change.kind is ChangeKind.FLAPPING:
            self.tickets.tell(alert.ticket_id, TicketEventKind.FLAPPING, change)
        else:
            self._save(replace(alert, status=_STATUS[change.kind]))

    def let_go(self, alert: AlertRecord, change: AlertChange, rule: Rule) -> None:
        """Open the ticket of an alert that outlived what muted it, or join the one there is."""
        ticket = self.tickets.bring(change, rule, owner=None)
        self._save(
            replace(alert, suppressed_reason="", ticket_id=ticket.ticket_id if ticket else None)
        )
        look_at_fleet(self.uow, rule.id, self.device.device_id, now=self.now)
        if ticket is not None:
            text = f"It was muted by {alert.suppressed_reason}"
            self.tickets.note(ticket, TicketEventKind.SUPPRESSED, text)

    def settle(self) -> tuple[TicketEvent, ...]:
        """Resolve the tickets whose alerts are all closed now; return what happened to any."""
        for ticket_id, reasons in self.closed.items():
            self.tickets.settle(ticket_id, reasons)
        look_for_problems(self.uow, self.tickets.events)
        return tuple(self.tickets.events)

    def _standing(self, change: AlertChange, alert: AlertRecord | None) -> None:
        rule = change.rule
        if rule is None:
            return  # only an alert that closes may be without its rule
        if alert is None:
            self._opens(change, rule)
            return
        owner = self.uow.tickets.get(alert.ticket_id) if alert.ticket_id else None
        ticket = self.tickets.bring(replace(change, kind=ChangeKind.EVIDENCE), rule, owner=owner)
        ticket_id = ticket.ticket_id if ticket is not None else alert.ticket_id
        self._save(replace(_measured(alert, change), ticket_id=ticket_id))

    def _opens(self, change: AlertChange, rule: Rule) -> None:
        mute = mute_for(self.uow, self.device, change, rule, now=self.now)
        if mute is not None:
            quiet = replace(change, reason=mute.reason)
            alert = self._add(quiet, rule, status="open", ticket_id=None)
            keep_quiet(self.uow, alert, change, mute, now=self.now)
            return
        ticket = self.tickets.bring(replace(change, kind=ChangeKind.OPENED), rule, owner=None)
        self._add(change, rule, status="open", ticket_id=ticket.ticket_id if ticket else None)
        look_at_fleet(self.uow, rule.id, self.device.device_id, now=self.now)

    def _unless_muted(self, change: AlertChange, alert: AlertRecord) -> AlertRecord | None:
        """Keep what happened to a muted alert; return it where it is muted no longer."""
        muted = self.uow.quiet.muted(alert.alert_id)
        if muted is None:  # let go since the alerts were read
            return self.uow.alerts.get(alert.alert_id)
        if change.kind is ChangeKind.CLOSED:
            self._save(replace(alert, status="closed", closed_at=self.now))
            end_mute(self.uow, muted, "closed", now=self.now)
        elif change.kind in {ChangeKind.OPENED, ChangeKind.EVIDENCE, ChangeKind.RETURNED}:
            self._save(replace(_measured(alert, change), status="open"))
            note_measured(self.uow, muted, change, now=self.now)
        elif change.kind is ChangeKind.CLEARING:
            self._save(replace(alert, status="clearing"))
        return None

    def _closed(self, change: AlertChange, alert: AlertRecord) -> None:
        self._save(replace(alert, status="closed", closed_at=self.now))
        if alert.ticket_id is not None:
            self.closed.setdefault(alert.ticket_id, []).append(change.reason)

    def _suppressed(self, change: AlertChange) -> None:
        rule = change.rule
        if rule is None:
            return
        # Listed under the ticket of what mutes it; an alert that is over keeps none open.
        parent = self._muting_ticket(rule, change.instance)
        self._add(change, rule, status="suppressed", ticket_id=parent)
        self.tickets.tell(parent, TicketEventKind.SUPPRESSED, change)

    def _muting_ticket(self, rule: Rule, instance: str) -> TicketId | None:
        """Return the ticket of the open alert that keeps this rule's from opening, if one does."""
        muting = [
            alert
            for alert in self.alerts.values()
            if any(fnmatchcase(alert.rule_id, pattern) for pattern in rule.muted_by)
        ]
        # The engine looks at the same instance, or at another topic's.
        muting.sort(key=lambda alert: alert.instance != instance)
        return muting[0].ticket_id if muting else None

    def _add(
        self, change: AlertChange, rule: Rule, *, status: str, ticket_id: TicketId | None
    ) -> AlertRecord:
        is_over = status == "suppressed"
        alert = AlertRecord(
            alert_id=AlertId(self.new_id()),
            device_id=self.device.device_id,
            rule_id=change.rule_id,
            rule_version=rule.version,
            family=rule.family,
            instance=change.instance,
            instance_label=change.instance_label,
            status=status,
            since=change.since,
            opened_at=self.now,
            closed_at=self.now if is_over else None,
            sentence=change.sentence,
            suppressed_reason=change.reason,
            ticket_id=ticket_id,
            urgency=change.urgency,
            measured_at=change.at,
            readings=change.readings,
            history=change.history,
            closes_when=change.closes_when,
        )
        self.uow.alerts.add(alert)
        if not is_over:
            self.alerts[change.rule_id, change.instance] = alert
        return alert

    def _save(self, alert: AlertRecord) -> None:
        self.uow.alerts.save(alert)
        key = (alert.rule_id, alert.instance)
        if alert.status == "closed":
            del self.alerts[key]
        else:
            self.alerts[key] = alert


def _measured(alert: AlertRecord, change: AlertChange) -> AlertRecord:
    """Return the alert with what was measured now."""
    return replace(
        alert,
        sentence=change.sentence,
        urgency=change.urgency,
        measured_at=change.at,
        readings=change.readings,
        history=change.history,
        closes_when=change.closes_when,
    )
