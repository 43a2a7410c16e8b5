"""Merging a ticket into another, and splitting a part of one off.

A merged ticket keeps its id, number and worklog; its alerts go on at the other, and whoever asked
watches that one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.contact import checked_title
from sickbay_collector.core.desk.events import PartChange, TicketEventKind
from sickbay_collector.core.desk.fresh_ticket import fresh_ticket
from sickbay_collector.core.desk.parts import LinkKind, Watcher, WatcherKind
from sickbay_collector.core.desk.priority import PriorityDecision
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE, ActorKind
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.acts import Act, Said, record, seen
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.routing import open_ticket
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.services.ticket_parts import By
from sickbay_collector.services.ticket_ties import add_link
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket

PIECES_LIMIT = 200
"""Worklog entries and pieces of evidence that one split takes along, each."""


_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What a split takes along: places in the order of writing, from 1."""

    title: str
    worklog: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()


def merge(open_uow: OpenUnitOfWork, act: Act, into: str) -> Ticket:
    """End a ticket because another goes on in its place; return the one that ended.

    Args:
        open_uow: Opens the unit of work.
        act: Who, which and when.
        into: Number or id of the ticket that goes on.

    Raises:
        NotFoundError: One of them is not there.
        ConflictError: They are the same, one of them is over, or somebody wrote one meanwhile.
    """
    with open_uow() as uow:
        merged = merge_in(uow, act, into)
        uow.commit()
    return merged


def merge_in(uow: UnitOfWork, act: Act, into: str) -> Ticket:
    """Merge a ticket into another as `merge` does, inside the caller's transaction."""
    before, target = _hold(uow, act, into)
    if target.status not in ACTIVE:
        raise ConflictError(
            "ticket %(number)s is %(status)s; it cannot go on",
            number=target.number,
            status=target.status,
        )
    after = changes.merged(before, into=target.ticket_id, at=act.now, actor=ActorKind.PERSON)
    said = Said(
        kind=TicketEventKind.MERGED, text=f"Goes on in ticket {target.number}: {target.title}"
    )
    event = record(uow, before, after, act, said)
    _join(uow, before, target, act)
    return event.after


def split(open_uow: OpenUnitOfWork, act: Act, piece: Piece, *, new_id: Callable[[], str]) -> Ticket:
    """Open a ticket for a part of another, with copies of what belongs to it; return the new one.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It is over, or somebody wrote it since that version.
        InvalidError: The title is wrong, or a place is not there.
    """
    title = checked_title(piece.title)
    with open_uow() as uow:
        before = seen(uow, act)
        if before.status not in ACTIVE | {TicketStatus.RESOLVED}:
            raise ConflictError(
                "ticket %(number)s is %(status)s; nothing goes on of it",
                number=before.number,
                status=before.status,
            )
        entries = _picked("worklog", uow.tickets.worklog(before.ticket_id), piece.worklog)
        items = _picked("evidence", uow.tickets.evidence(before.ticket_id), piece.evidence)
        draft = _draft(before, title, TicketId(new_id()), act.now)
        text = f"Split off ticket {before.number}: {before.title}"
        made = open_ticket(uow, draft, actor=act.user, text=text)[-1].after
        for entry in entries:
            copied = f"From ticket {before.number}: {entry.text}"
            # Its changes are those of the other ticket: this one's own time is reckoned by its own.
            uow.tickets.log(
                replace(entry, ticket_id=made.ticket_id, text=copied, before={}, after={})
            )
        for item in items:
            uow.tickets.add_evidence(replace(item, ticket_id=made.ticket_id))
        by = By(ticket_id=made.ticket_id, user=act.user, now=act.now)
        add_link(uow, made, before, LinkKind.SPLIT_FROM, by)
        log_on_ticket(
            uow,
            before,
            kind=TicketEventKind.SPLIT,
            actor=act.user,
            text=f"Ticket {made.number} was split off: {title}",
            at=act.now,
        )
        uow.commit()
    return made


def _hold(uow: UnitOfWork, act: Act, into: str) -> tuple[Ticket, Ticket]:
    """Return the ticket that ends and the one that goes on; nobody else writes them meanwhile.

    Without that, two who merge them into each other at once would both succeed.
    """
    before, target = seen(uow, act), find_ticket(uow, into)
    if target.ticket_id == before.ticket_id:
        raise ConflictError("ticket %(number)s cannot be merged into itself", number=before.number)
    # Whoever takes in alerts holds their group before its ticket, too.
    uow.once.move_groups(before.ticket_id, target.ticket_id)
    held = uow.tickets.hold([before.ticket_id, target.ticket_id])
    return seen(uow, act), held[target.ticket_id]


def _join(uow: UnitOfWork, merged: Ticket, target: Ticket, act: Act) -> None:
    """Bring to the target the alerts, the watchers and the earlier merges of a ticket."""
    for alert in uow.alerts.of_ticket(merged.ticket_id):
        uow.alerts.save(replace(alert, ticket_id=target.ticket_id))
    came = _bring_watchers(uow, merged, target, act)
    uow.ticket_parts.hold_links()
    by = By(ticket_id=merged.ticket_id, user=act.user, now=act.now)
    add_link(uow, merged, target, LinkKind.DUPLICATE_OF, by)
    for earlier in uow.tickets.merged_into(merged.ticket_id):
        write_ticket(
            uow,
            earlier,
            replace(earlier, merged_into=target.ticket_id),
            kind=TicketEventKind.MERGED,
            actor=act.user,
            text=f"Goes on in ticket {target.number} with ticket {merged.number}",
            at=act.now,
        )
    log_on_ticket(
        uow,
        target,
        kind=TicketEventKind.MERGE,
        actor=act.user,
        text=f"Goes on for ticket {merged.number} too: {merged.title}",
        at=act.now,
        part=PartChange(after={"watchers": ", ".join(came)} if came else {}),
    )


def _bring_watchers(uow: UnitOfWork, merged: Ticket, target: Ticket, act: Act) -> list[str]:
    """Let who watched or asked watch the target; return who did not yet."""
    watchers = [
        replace(one, ticket_id=target.ticket_id)
        for one in uow.ticket_parts.watchers(merged.ticket_id)
    ]
    if merged.requester:
        requester = Watcher(
            ticket_id=target.ticket_id,
            kind=WatcherKind.PERSON,
            watcher=merged.requester,
            added_at=act.now,
            added_by=act.user,
        )
        watchers.append(requester)
    return [f"{one.kind}:{one.watcher}" for one in watchers if uow.ticket_parts.watch(one)]


def _draft(before: Ticket, title: str, ticket_id: TicketId, now: datetime) -> Ticket:
    """Return a new ticket about the same subject, without a place."""
    draft = fresh_ticket(
        ticket_id=ticket_id,
        source=before.source,
        title=title,
        description=before.description,
        category=before.category,
        priority=PriorityDecision(
            priority=before.priority,
            impact=before.impact,
            urgency=before.urgency,
            reason=before.priority_reason,
        ),
        reopen_window_s=before.reopen_window_s,
        opened_at=now,
    )
    return replace(
        draft,
        device_id=before.device_id,
        kind=before.kind,
        subcategory=before.subcategory,
        service=before.service,
        product=before.product,
        product_version=before.product_version,
        requester=before.requester,
        site=before.site,
    )


def _picked(what: str, rows: Sequence[_Row], places: tuple[int, ...]) -> list[_Row]:
    if len(places) > PIECES_LIMIT:
        raise InvalidError(
            "%(what)s: %(places)s places; the limit is %(limit)s",
            what=what,
            places=len(places),
            limit=PIECES_LIMIT,
        )
    for place in places:
        if not 1 <= place <= len(rows):
            raise InvalidError(
                "%(what)s: there is no entry %(place)s; the last one is %(rows)s",
                what=what,
                place=place,
                rows=len(rows),
            )
    return [rows[place - 1] for place in sorted(set(places))]
