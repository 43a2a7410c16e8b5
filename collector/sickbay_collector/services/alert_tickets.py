"""The tickets of one device's alerts: opens, joins, reopens and resolves them, and says so on them.

Part of `triage`, which keeps the alerts; both are within the transaction that stores the report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.desk import changes as ticket_changes
from sickbay_collector.core.desk.budget import HEALTH_FAMILY, health_ticket
from sickbay_collector.core.desk.events import ENGINE, TicketEvent, TicketEventKind
from sickbay_collector.core.desk.opening import (
    Step,
    all_closed,
    draft_ticket,
    evidence_of,
    priority_for,
    raised,
)
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE, ActorKind
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.alert_home import Home, home_of
from sickbay_collector.services.fleet import open_child, problem_to_join
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.routing import Asked, open_ticket
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTickets:
    """The tickets of one device's alerts, as far as one report changes them."""

    uow: UnitOfWork
    device: Device
    now: datetime
    new_id: Callable[[], str]
    events: list[TicketEvent] = field(default_factory=list)
    """What happened to them, in order."""

    def bring(self, change: AlertChange, rule: Rule, *, owner: Ticket | None) -> Ticket | None:
        """Bring a change to the ticket where it belongs.

        Args:
            change: What happened to an alert.
            rule: The alert's.
            owner: The ticket that has the alert; None where none does yet.

        Returns:
            The ticket as it is now; None where the change belongs to none.

        Raises:
            ConflictError: Another collector is writing it.
        """
        for _ in range(2):
            home = home_of(self.uow, self.device, change, rule, owner=owner, now=self.now)
            if home.decision.step is Step.IGNORE:
                return None
            event = self._carry_out(home, change, rule)
            if event is not None:
                self.events.append(event)
                for item in evidence_of(change, event.after.ticket_id, now=self.now):
                    self.uow.tickets.add_evidence(item)
                return event.after
        # It was there for the insert, but not for the read: another collector is about to commit.
        raise ConflictError(
            f"device {self.device.device_id}: a ticket of {rule.family} is being written elsewhere"
        )

    def tell(self, ticket_id: TicketId | None, kind: TicketEventKind, change: AlertChange) -> None:
        """Say on a ticket what happened to an alert, where it has one."""
        ticket = self.uow.tickets.get(ticket_id) if ticket_id is not None else None
        if ticket is None:
            return
        self.note(ticket, kind, _said(change.sentence, change.reason))
        for item in evidence_of(change, ticket.ticket_id, now=self.now):
            self.uow.tickets.add_evidence(item)

    def note(self, ticket: Ticket, kind: TicketEventKind, text: str) -> None:
        """Say something on a ticket."""
        self.events.append(
            log_on_ticket(self.uow, ticket, kind=kind, actor=ENGINE, text=text, at=self.now)
        )

    def settle(self, ticket_id: TicketId, reasons: Sequence[str]) -> None:
        """Resolve a ticket some of whose alerts closed, if now all have; say why."""
        ticket = self.uow.tickets.get(ticket_id)
        statuses = [one.status for one in self.uow.alerts.of_ticket(ticket_id)]
        if ticket is None or not all_closed(statuses):
            return
        because = "; ".join(reason for reason in reasons if reason)
        if ticket.status in ACTIVE and ticket.family is None:
            # A person asked for it; the alerts came by a merge, and the person decides.
            self.note(ticket, TicketEventKind.NOTE, _said("All its alerts closed", because))
        elif ticket.status in ACTIVE:
            self._resolve(ticket, because)
        elif ticket.status is TicketStatus.RESOLVED:
            said = _said("Verified by measurement", because)
            self.note(ticket, TicketEventKind.VERIFIED, said)

    def _carry_out(self, home: Home, change: AlertChange, rule: Rule) -> TicketEvent | None:
        existing, reason = home.existing, home.decision.reason
        if existing is None:
            return self._open(change, rule, home.family, reason)
        match home.decision.step:
            case Step.REOPEN:
                return self._reopen(existing, change, rule)
            case Step.RENEW:
                self._close(existing)
                return self._open(change, rule, home.family, reason)
            case _:
                return self._join(existing, change, rule)

    def _open(
        self, change: AlertChange, rule: Rule, family: str, reason: str
    ) -> TicketEvent | None:
        draft = draft_ticket(
            self.device, change, rule, ticket_id=TicketId(self.new_id()), now=self.now
        )
        text = f"{change.sentence}. Opened because {reason}"
        if family == HEALTH_FAMILY:
            draft = health_ticket(draft, self.device, change)
        elif known := problem_to_join(self.uow, rule, self.device.device_id, now=self.now):
            return open_child(self.uow, draft, *known, text=text)
        events = open_ticket(
            self.uow,
            draft,
            actor=ENGINE,
            text=text,
            asked=Asked(tier=rule.tier, queue=rule.queue, rule_id=rule.id),
        )
        # The last one speaks of the ticket as it is stored now.
        self.events.extend(events[:-1])
        return events[-1] if events else None

    def _join(self, ticket: Ticket, change: AlertChange, rule: Rule) -> TicketEvent:
        is_new = change.kind is ChangeKind.OPENED
        kind = TicketEventKind.JOINED if is_new else TicketEventKind.EVIDENCE
        after = ticket
        if ticket.status in ACTIVE:
            after = raised(ticket, priority_for(self.device, change, rule))
        if after == ticket:
            return log_on_ticket(
                self.uow, ticket, kind=kind, actor=ENGINE, text=change.sentence, at=self.now
            )
        return self._write(ticket, after, kind, change.sentence)

    def _reopen(self, ticket: Ticket, change: AlertChange, rule: Rule) -> TicketEvent:
        after = ticket_changes.reopened(ticket, actor=ActorKind.ENGINE)
        after = raised(after, priority_for(self.device, change, rule))
        return self._write(ticket, after, TicketEventKind.REOPENED, change.sentence)

    def _resolve(self, ticket: Ticket, because: str) -> None:
        after = ticket_changes.resolved(ticket, resolution=ticket_changes.AUTOMATIC, at=self.now)
        text = _said("All its alerts closed", because)
        self.events.append(self._write(ticket, after, TicketEventKind.RESOLVED, text))

    def _close(self, ticket: Ticket) -> None:
        after = ticket_changes.closed(ticket, at=self.now)
        text = "Closed: its reopen window is over"
        self.events.append(self._write(ticket, after, TicketEventKind.CLOSED, text))

    def _write(
        self, before: Ticket, after: Ticket, kind: TicketEventKind, text: str
    ) -> TicketEvent:
        return write_ticket(
            self.uow, before, after, kind=kind, actor=ENGINE, text=text, at=self.now
        )


def _said(text: str, because: str) -> str:
    return f"{text}: {because}" if because else text
