"""What technicians do with tickets: they see them on their shift, work, wait, book, resolve."""

from collections import Counter
from collections.abc import Callable
from random import Random

from sickbay_collector.core.desk import attendance
from sickbay_collector.core.desk.codes import (
    CauseCode,
    ResolutionCode,
    ResolutionCodes,
    ResolutionMode,
)
from sickbay_collector.core.desk.parts import Cost, CostKind
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE, TicketAction
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services import desk
from sickbay_collector.services.desk import Act
from sickbay_collector.services.ticket_costs import book
from sickbay_collector.services.ticket_parts import By
from sickbay_collector.simulator.demo.callers import Ask
from sickbay_collector.simulator.demo.clock import DemoClock
from sickbay_collector.storage import Storage

# What is said to the user of a device whose alert opened a ticket, by family.
_ASKED = {
    "disk.space": "Asked the user to empty the downloads folder and move videos to the share.",
    "disk.health": "Drive ordered; the user is to save their files to the share meanwhile.",
    "mem.oom": "Asked the user which pages are open when it happens.",
    "update.overdue": "Asked the user to let updates install over lunch.",
    "reboot.pending": "Asked the user to restart the device this evening.",
}
_OTHER = "Asked the user for a time at which nobody needs the device."
_SWAPPED = ResolutionCodes(
    mode=ResolutionMode.ON_SITE, cause=CauseCode.HARDWARE_FAULT, code=ResolutionCode.REPLACED
)
_NOBODY_THERE_MINUTES = (20, 60)
_LEFT_LYING = 0.07
_WAITS = 0.25
_COMES_BACK = 0.05


class Staff:
    """The technicians.

    Args:
        storage: The database; its book says who works when.
        clock: When what is done.
        new_id: Makes ids.
        rng: Of all choices.
    """

    def __init__(
        self, storage: Storage, clock: DemoClock, new_id: Callable[[], str], rng: Random
    ) -> None:
        self.refused: Counter[str] = Counter()
        """What the desk did not allow, because of what happened meanwhile."""
        self._storage = storage
        self._clock = clock
        self._new_id = new_id
        self._rng = rng

    def notice(self, ticket_id: TicketId, asked: Ask | None = None) -> None:
        """Let somebody see a new ticket soon, or, for a few, late."""
        lying = self._rng.random() < _LEFT_LYING
        minutes = self._rng.uniform(300, 3000) if lying else self._rng.uniform(2, 40)
        self._clock.after(minutes, lambda: self._begin(ticket_id, asked))

    def _begin(self, ticket_id: TicketId, asked: Ask | None) -> None:
        ticket = self._read(ticket_id)
        if ticket is None or ticket.status not in ACTIVE:
            return
        login = self._worker(ticket)
        if login is None:
            minutes = self._rng.uniform(*_NOBODY_THERE_MINUTES)
            self._clock.after(minutes, lambda: self._begin(ticket_id, asked))
            return
        taken = self._try(lambda: desk.take(self._storage.open_uow, self._act(ticket, login)))
        if not taken:
            return
        waits = asked is None or self._rng.random() < _WAITS
        step = self._wait if waits else self._finish
        self._clock.after(self._rng.uniform(5, 60), lambda: step(ticket_id, login, asked))

    def _wait(self, ticket_id: TicketId, login: str, asked: Ask | None) -> None:
        ticket = self._read(ticket_id)
        if ticket is None or ticket.status is not TicketStatus.IN_PROGRESS:
            return
        reason = _ASKED.get(ticket.family or "", _OTHER) if asked is None else _OTHER
        act = self._act(ticket, login)
        action = TicketAction.WAIT_FOR_USER
        self._try(lambda: desk.wait(self._storage.open_uow, act, action, reason=reason))
        self._spend(ticket_id, login, reason)
        hours = self._rng.uniform(2, 30) if asked else self._rng.uniform(24, 24 * 6)
        self._clock.after(60 * hours, lambda: self._finish(ticket_id, login, asked))

    def _finish(self, ticket_id: TicketId, login: str, asked: Ask | None) -> None:
        ticket = self._read(ticket_id)
        if ticket is None or ticket.status not in ACTIVE:
            return
        if not self._is_here(login):
            self._clock.after(90, lambda: self._finish(ticket_id, login, asked))
            return
        if asked is None:
            self._end_alert(ticket, login)
            return
        act = self._act(ticket, login)
        self._spend(ticket_id, login, asked.help)
        self._try(
            lambda: desk.resolve(
                self._storage.open_uow, self._again(act), resolution=asked.help, codes=asked.codes
            )
        )
        if self._rng.random() < _COMES_BACK:
            hours = self._rng.uniform(3, 40)
            self._clock.after(60 * hours, lambda: self._come_back(ticket_id, login, asked))

    def _end_alert(self, ticket: Ticket, login: str) -> None:
        """Swap a failing drive; what else a device has is over when its alerts are."""
        if ticket.family != "disk.health":
            return
        self._spend(ticket.ticket_id, login, "Drive swapped, system restored from the backup.")
        act = self._again(self._act(ticket, login))
        text = "Drive swapped; the old one goes back to the supplier."
        self._try(
            lambda: desk.resolve(self._storage.open_uow, act, resolution=text, codes=_SWAPPED)
        )

    def _come_back(self, ticket_id: TicketId, login: str, asked: Ask) -> None:
        ticket = self._read(ticket_id)
        if ticket is None or ticket.status is not TicketStatus.RESOLVED:
            return
        act = self._act(ticket, login)
        reason = "The user calls again: it came back."
        if self._try(lambda: desk.reopen(self._storage.open_uow, act, reason=reason)):
            self.notice(ticket_id, asked)

    def _spend(self, ticket_id: TicketId, login: str, text: str) -> None:
        technician = self._storage.book().technicians[login]
        draft = Cost(
            cost_id=self._new_id(),
            ticket_id=ticket_id,
            kind=CostKind.TIME,
            at=self._clock.now,
            by=login,
            text=text[:100],
            quantity=self._rng.randint(5, 50),
            price_cents=round(technician.hourly_cost * 100),
            currency="EUR",
        )
        by = By(ticket_id=ticket_id, user=login, now=self._clock.now)
        self._try(lambda: book(self._storage.open_uow, by, draft))

    def _worker(self, ticket: Ticket) -> str | None:
        """Return who works on it: its assignee, else somebody of its tier who is there."""
        if ticket.assignee in self._storage.book().technicians:
            return ticket.assignee if self._is_here(ticket.assignee) else None
        there = [
            login
            for login, one in self._storage.book().technicians.items()
            if ticket.tier in one.tiers and self._is_here(login)
        ]
        return self._rng.choice(there) if there else None

    def _is_here(self, login: str) -> bool:
        return attendance.on_shift(self._storage.book(), login, self._clock.now)

    def _read(self, ticket_id: TicketId) -> Ticket | None:
        with self._storage.open_reads() as uow:
            return uow.tickets.get(ticket_id)

    def _again(self, act: Act) -> Act:
        """Return the act on the ticket as it is now."""
        ticket = self._read(act.ticket_id)
        return act if ticket is None else self._act(ticket, act.user)

    def _act(self, ticket: Ticket, login: str) -> Act:
        return Act(
            ticket_id=ticket.ticket_id,
            user=login,
            expected_version=ticket.version,
            now=self._clock.now,
        )

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except SickbayError as error:
            self.refused[type(error).__name__] += 1
            return False
        return True
