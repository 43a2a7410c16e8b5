"""Takes in what Alertmanager tells: one ticket for a group of alerts, as long as it is open.

What a notification does and what the group remembers are one transaction, so that a notification
that is sent again, for whatever reason, finds that it was done.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.events import ENGINE, TicketEventKind
from sickbay_collector.core.desk.opening import raised
from sickbay_collector.core.desk.outside_alerts import (
    AlertGroup,
    GroupStep,
    Notification,
    check_notification,
    decide_group,
)
from sickbay_collector.core.desk.outside_ticket import (
    change_words,
    device_names,
    draft_group_ticket,
    firing_words,
    priority_of_group,
)
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE, ActorKind
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import BusyError, ConflictError
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.routing import open_ticket
from sickbay_collector.services.subjects import device_with
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket

# Somebody else may write the same ticket at that moment, and again.
_TRIES = 3
_RETRY_AFTER_S = 5.0
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ALL_OVER = "All its alerts at Alertmanager are resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a notification."""

    step: GroupStep
    ticket: Ticket | None
    """The group's; None where it has none."""


def take_in(
    open_uow: OpenUnitOfWork, said: Notification, *, now: datetime, new_id: Callable[[], str]
) -> Taken:
    """Do what a notification asks for, once.

    Args:
        open_uow: Opens the unit of work.
        said: What Alertmanager tells.
        now: The collector's time.
        new_id: Makes ids.

    Raises:
        InvalidError: It is not from Alertmanager, or too much.
        BusyError: Others write the ticket all the time; Alertmanager sends it again.
    """
    check_notification(said)
    for _ in range(_TRIES):
        try:
            return _take_in(open_uow, said, now, new_id)
        except ConflictError as error:
            conflict = error
    raise BusyError(f"group of alerts: {conflict}", retry_after_s=_RETRY_AFTER_S)


def _take_in(
    open_uow: OpenUnitOfWork, said: Notification, now: datetime, new_id: Callable[[], str]
) -> Taken:
    key = hashlib.sha256(said.group_key.encode()).hexdigest()
    fresh = TicketId(new_id())
    with open_uow() as uow:
        group = uow.once.group(key, fresh, now=now)
        ticket = None if group.ticket_id == fresh else uow.tickets.get(group.ticket_id)
        others = ticket is not None and _others_fire(uow, group)
        step = decide_group(said, group, ticket, others_fire=others, now=now)
        if step is GroupStep.NOTHING or (step is GroupStep.KEEP and ticket is None):
            if group.ticket_id != fresh:
                uow.commit()  # it was heard of
            return Taken(step=GroupStep.NOTHING, ticket=ticket)
        after = _Notified(uow=uow, said=said, now=now).carry_out(step, group, ticket, fresh)
        uow.once.regroup(
            replace(
                group,
                ticket_id=fresh if after is None else after.ticket_id,
                episodes=said.episodes,
                left_out=said.left_out,
            )
        )
        uow.commit()
    return Taken(step=step, ticket=after)


def _others_fire(uow: UnitOfWork, group: AlertGroup) -> bool:
    return any(one.is_firing for one in uow.once.groups_of(group.ticket_id) if one.key != group.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notified:
    """One notification on its way into the stores."""

    uow: UnitOfWork
    said: Notification
    now: datetime

    def carry_out(
        self, step: GroupStep, group: AlertGroup, ticket: Ticket | None, fresh: TicketId
    ) -> Ticket | None:
        """Do the step; return the group's ticket as it is then."""
        if ticket is None or step is GroupStep.OPEN:
            return self._open(fresh)
        match step:
            case GroupStep.RENEW:
                after = changes.closed(ticket, at=self.now)
                text = "Closed: its reopen window is over"
                self._write(ticket, after, TicketEventKind.CLOSED, text)
                return self._open(fresh)
            case GroupStep.REOPEN:
                after = self._raised(changes.reopened(ticket, actor=ActorKind.ENGINE))
                text = firing_words(self.said)
                return self._write(ticket, after, TicketEventKind.REOPENED, text)
            case GroupStep.JOIN:
                return self._join(ticket, group)
            case GroupStep.RESOLVE:
                after = changes.resolved(ticket, resolution=changes.AUTOMATIC, at=self.now)
                return self._write(ticket, after, TicketEventKind.RESOLVED, _ALL_OVER)
            case GroupStep.CONFIRM:
                is_resolved = ticket.status is TicketStatus.RESOLVED
                kind = TicketEventKind.VERIFIED if is_resolved else TicketEventKind.NOTE
                return self._log(ticket, kind, _ALL_OVER)
            case _:
                return ticket

    def _open(self, fresh: TicketId) -> Ticket:
        draft = draft_group_ticket(
            self.said,
            self._device(),
            self.uow.book.categories,
            ticket_id=fresh,
            now=self.now,
        )
        events = open_ticket(self.uow, draft, actor=ENGINE, text=firing_words(self.said))
        return events[-1].after

    def _join(self, ticket: Ticket, group: AlertGroup) -> Ticket:
        text = change_words(self.said, group)
        after = self._raised(ticket) if ticket.status in ACTIVE else ticket
        if after == ticket:
            return self._log(ticket, TicketEventKind.JOINED, text)
        return self._write(ticket, after, TicketEventKind.JOINED, text)

    def _raised(self, ticket: Ticket) -> Ticket:
        device = device_with(self.uow, ticket.device_id)
        return raised(ticket, priority_of_group(self.said, device))

    def _device(self) -> Device | None:
        """Return the device with exactly that id or host name, if there is only one."""
        for name in device_names(self.said):
            if len(name) > NAME_LIMIT or "\0" in name:
                continue
            if _UUID.fullmatch(name.lower()):
                found = self.uow.devices.get(DeviceId(name.lower()))
                if found is not None:
                    return found
            named = self.uow.devices.named(name, limit=2)
            if len(named) == 1 and named[0].hostname.lower() == name.lower():
                return named[0]
        return None

    def _write(self, before: Ticket, after: Ticket, kind: TicketEventKind, text: str) -> Ticket:
        event = write_ticket(
            self.uow, before, after, kind=kind, actor=ENGINE, text=text, at=self.now
        )
        return event.after

    def _log(self, ticket: Ticket, kind: TicketEventKind, text: str) -> Ticket:
        log_on_ticket(self.uow, ticket, kind=kind, actor=ENGINE, text=text, at=self.now)
        return ticket
