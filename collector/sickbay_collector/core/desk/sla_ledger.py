"""What a write of a ticket adds to the ledger of its clocks."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sickbay_collector.core.desk.sla import (
    SlaEvent,
    SlaEventKind,
    SlaState,
    SlaTarget,
    reckon,
)
from sickbay_collector.core.desk.sla_policy import PENDING, SlaBook, SlaPolicy, SlaTerm
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus

_DONE = frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED})
_SUBJECT = ("priority", "category", "service")
"""What policies look at."""


def additions(
    ledger: Sequence[SlaEvent],
    before: Ticket | None,
    after: Ticket,
    target: SlaTarget,
    book: SlaBook,
    *,
    at: datetime,
) -> tuple[SlaEvent, ...]:
    """Return what a write adds to the ledger of one target.

    Args:
        ledger: What it holds, in the order of writing.
        before: The ticket as it was; None for one that is new.
        after: The ticket as it is.
        target: Which clock.
        book: The policies in force. A ticket keeps the terms it was given until its priority,
            category or service changes or it is reopened, whatever becomes of the policies.
        at: When it was written.
    """
    writer = _Writer(list(ledger), after, target, book, at)
    if not ledger or before is None:
        if after.status not in _DONE | {TicketStatus.CANCELLED}:
            writer.begin(is_new=before is None, changed=_changed(before, after))
    elif changed := _changed(before, after):
        writer.retarget(changed)
    if writer.events:
        writer.follow()
    return tuple(writer.events[len(ledger) :])


class _Writer:
    """One target's ledger while a write is added to it."""

    def __init__(
        self,
        events: list[SlaEvent],
        ticket: Ticket,
        target: SlaTarget,
        book: SlaBook,
        at: datetime,
    ) -> None:
        self.events = events
        self._ticket = ticket
        self._target = target
        self._book = book
        self._at = at

    def begin(self, *, is_new: bool, changed: str) -> None:
        """Start the clock of a new ticket, or of one that has this target from now on."""
        selected = self._book.select(self._ticket, self._target)
        if selected is not None and (is_new or changed):
            self._add(SlaEventKind.START, "opened" if is_new else changed, terms=selected)

    def retarget(self, changed: str) -> None:
        """Give a clock that has not stopped the terms that fit the ticket now."""
        if self._newest is SlaEventKind.STOP:
            return
        if self._book.select(self._ticket, self._target) is None:
            self._add(SlaEventKind.STOP, f"{changed}: no target", outcome=SlaState.CANCELLED)
        else:
            self._adjust(changed)

    def follow(self) -> None:
        """Pause, go on or stop as the ticket's status asks."""
        newest, status = self._newest, self._ticket.status.value
        wanted = self._wanted()
        if wanted is SlaEventKind.STOP:
            if newest is not SlaEventKind.STOP:
                self._add(SlaEventKind.STOP, self._why_stopped(), outcome=self._outcome())
        elif newest is SlaEventKind.STOP:
            if self._book.select(self._ticket, self._target) is not None:
                self._adjust(status)
                self._add(SlaEventKind.RESUME, status)
                self.follow()
        elif wanted is SlaEventKind.PAUSE and newest is not SlaEventKind.PAUSE:
            self._add(SlaEventKind.PAUSE, status)
        elif wanted is SlaEventKind.RESUME and newest is SlaEventKind.PAUSE:
            self._add(SlaEventKind.RESUME, status)

    def _adjust(self, reason: str) -> None:
        """Add the terms that fit the ticket now, where they are others."""
        selected = self._book.select(self._ticket, self._target)
        if selected is None:
            return
        terms = self._terms()
        policy, term = selected
        wanted = (policy.policy_id, term.calendar, term.within_s)
        if (terms.policy, terms.calendar, terms.within_s) != wanted:
            self._add(SlaEventKind.RETARGET, reason, terms=selected)

    @property
    def _newest(self) -> SlaEventKind:
        """The newest event that says whether the clock runs; a retarget does not."""
        moving = (one.kind for one in reversed(self.events))
        return next(kind for kind in moving if kind is not SlaEventKind.RETARGET)

    def _wanted(self) -> SlaEventKind:
        ticket = self._ticket
        answered = self._target is SlaTarget.RESPONSE and ticket.acknowledged_at is not None
        if answered or ticket.status in _DONE or ticket.status is TicketStatus.CANCELLED:
            return SlaEventKind.STOP
        policy = self._book.policy(self._terms().policy)
        pauses = frozenset(PENDING.values()) if policy is None else policy.pauses
        return SlaEventKind.PAUSE if ticket.status in pauses else SlaEventKind.RESUME

    def _why_stopped(self) -> str:
        answered = self._target is SlaTarget.RESPONSE and self._ticket.acknowledged_at is not None
        return "acknowledged" if answered else self._ticket.status.value

    def _outcome(self) -> SlaState:
        if self._ticket.status is TicketStatus.CANCELLED:
            return SlaState.CANCELLED
        found = reckon(self.events, self._book.calendars, now=self._at)
        if found is not None and found.state is SlaState.BREACHED:
            return SlaState.BREACHED
        # Nobody had to answer what was over by itself in time.
        is_open = self._target is SlaTarget.RESPONSE and self._ticket.acknowledged_at is None
        return SlaState.CANCELLED if is_open else SlaState.MET

    def _terms(self) -> SlaEvent:
        return next(one for one in reversed(self.events) if one.within_s is not None)

    def _add(
        self,
        kind: SlaEventKind,
        reason: str,
        *,
        terms: tuple[SlaPolicy, SlaTerm] | None = None,
        outcome: SlaState | None = None,
    ) -> None:
        self.events.append(
            SlaEvent(
                ticket_id=self._ticket.ticket_id,
                target=self._target,
                at=self._at,
                kind=kind,
                reason=reason,
                priority=self._ticket.priority,
                policy=terms[0].policy_id if terms else "",
                calendar=terms[1].calendar if terms else "",
                within_s=terms[1].within_s if terms else None,
                outcome=outcome,
            )
        )


def _changed(before: Ticket | None, after: Ticket) -> str:
    """Return in words what changed of that which policies look at; "" for nothing."""
    if before is None:
        return ""
    return ", ".join(_changes(before, after))


def _changes(before: Ticket, after: Ticket) -> Iterator[str]:
    for name in _SUBJECT:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name} {old or 'none'} -> {new or 'none'}"
