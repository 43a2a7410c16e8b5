"""Watchers, links, costs and cases come back as they were; what is asked for once is done once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.outside_alerts import AlertGroup
from sickbay_collector.core.desk.parts import (
    Cost,
    CostKind,
    LinkKind,
    TicketLink,
    VendorCase,
    Watcher,
    WatcherKind,
)
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.ticket_parts_ports import KeptRequest, RequestKey
from tests.contract.conftest import Stores
from tests.contract.records import NOW, a_ticket

KEY = RequestKey(user="ada", route="POST /tickets", key="call-17", body_hash="ab")


def a_watcher(ticket: Ticket, watcher: str = "p-1") -> Watcher:
    return Watcher(
        ticket_id=ticket.ticket_id,
        kind=WatcherKind.PERSON,
        watcher=watcher,
        added_at=NOW,
        added_by="ada",
    )


def a_link(one: Ticket, other: Ticket, kind: LinkKind = LinkKind.CAUSED_BY) -> TicketLink:
    return TicketLink(
        ticket_id=one.ticket_id,
        kind=kind,
        other_id=other.ticket_id,
        added_at=NOW,
        added_by="ada",
    )


def a_cost(ticket: Ticket, cost_id: str = "c-1") -> Cost:
    return Cost(
        cost_id=cost_id,
        ticket_id=ticket.ticket_id,
        kind=CostKind.PART,
        at=NOW,
        by="ada",
        text="Battery",
        quantity=2,
        price_cents=4_999,
        currency="EUR",
    )


def a_case(ticket: Ticket, case_id: str = "v-1") -> VendorCase:
    return VendorCase(
        case_id=case_id,
        ticket_id=ticket.ticket_id,
        vendor="Example Corp",
        number="4711",
        opened_at=NOW,
        opened_by="ada",
        promised_at=NOW + timedelta(days=2),
        closed_at=None,
        outcome="",
    )


def add_parts(uow: UnitOfWork, one: Ticket, other: Ticket) -> None:
    """Put something into every table."""
    uow.ticket_parts.watch(a_watcher(one))
    uow.ticket_parts.link(a_link(one, other))
    uow.ticket_parts.add_cost(a_cost(one))
    uow.ticket_parts.add_case(a_case(one))
    uow.once.begin(KEY, one.ticket_id, now=NOW)
    uow.once.group("group", one.ticket_id, now=NOW)


@pytest.fixture
def tickets(stores: Stores) -> list[Ticket]:
    """Three tickets without a device."""
    with stores.open() as uow:
        drafts = [a_ticket(f"00{n}", device_id=None, family=None) for n in range(3)]
        stored = [uow.tickets.insert_open(one) for one in drafts]
        uow.commit()
    return [one for one in stored if one is not None]


def test_parts_come_back(stores: Stores, tickets: list[Ticket]) -> None:
    one, other, _ = tickets
    with stores.open() as uow:
        add_parts(uow, one, other)
        uow.commit()

    with stores.read() as uow:
        parts = uow.ticket_parts
        assert list(parts.watchers(one.ticket_id)) == [a_watcher(one)]
        assert list(parts.links(one.ticket_id)) == [a_link(one, other)]
        assert list(parts.links(other.ticket_id)) == [a_link(one, other)]
        assert list(parts.costs(one.ticket_id)) == [a_cost(one)]
        assert list(parts.cases(one.ticket_id)) == [a_case(one)]
        assert not parts.watchers(other.ticket_id)
        assert not parts.costs(other.ticket_id)
        assert not parts.cases(other.ticket_id)


def test_what_is_there_is_not_added_twice(stores: Stores, tickets: list[Ticket]) -> None:
    one, other, _ = tickets
    with stores.open() as uow:
        parts = uow.ticket_parts
        parts.hold_links()

        assert [parts.watch(a_watcher(one)), parts.watch(a_watcher(one))] == [True, False]
        assert [parts.link(a_link(one, other)), parts.link(a_link(one, other))] == [True, False]
        assert parts.link(a_link(other, one))


def test_what_is_taken_away_is_gone(stores: Stores, tickets: list[Ticket]) -> None:
    one, other, _ = tickets
    with stores.open() as uow:
        add_parts(uow, one, other)
        parts = uow.ticket_parts

        assert [parts.unwatch(a_watcher(one)), parts.unwatch(a_watcher(one))] == [True, False]
        assert parts.unlink(one.ticket_id, LinkKind.CAUSED_BY, other.ticket_id)
        assert not parts.unlink(one.ticket_id, LinkKind.CAUSED_BY, other.ticket_id)
        assert parts.drop_cost(other.ticket_id, "c-1") is None
        assert parts.drop_cost(one.ticket_id, "c-1") == a_cost(one)
        assert not parts.links(one.ticket_id)
        assert not parts.costs(one.ticket_id)


def test_links_are_followed_by_kind(stores: Stores, tickets: list[Ticket]) -> None:
    one, other, third = tickets
    with stores.open() as uow:
        parts = uow.ticket_parts
        parts.link(a_link(one, other))
        parts.link(a_link(other, third))
        parts.link(a_link(one, third, LinkKind.CHILD_OF))

        assert set(parts.next(LinkKind.CAUSED_BY, [one.ticket_id, other.ticket_id])) == {
            other.ticket_id,
            third.ticket_id,
        }
        assert set(parts.next(LinkKind.CHILD_OF, [one.ticket_id])) == {third.ticket_id}
        assert not parts.next(LinkKind.DUPLICATE_OF, [one.ticket_id])


def test_a_case_is_written_over(stores: Stores, tickets: list[Ticket]) -> None:
    closed = replace(a_case(tickets[0]), closed_at=NOW, outcome="Sent a new one.")
    with stores.open() as uow:
        uow.ticket_parts.add_case(a_case(tickets[0]))
        uow.ticket_parts.save_case(closed)

        assert list(uow.ticket_parts.cases(tickets[0].ticket_id)) == [closed]


def test_a_part_needs_its_ticket(stores: Stores) -> None:
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.ticket_parts.add_cost(a_cost(a_ticket()))


def test_a_request_is_kept_by_user_route_and_key(stores: Stores) -> None:
    one, other = TicketId("t-1"), TicketId("t-2")
    with stores.open() as uow:
        assert uow.once.begin(KEY, one, now=NOW) is None
        uow.commit()
    with stores.open() as uow:
        kept = uow.once.begin(replace(KEY, body_hash="cd"), other, now=NOW)
        assert kept == KeptRequest(body_hash="ab", made_id=one)
        for name in ("user", "route", "key"):
            assert uow.once.begin(replace(KEY, **{name: "x"}), other, now=NOW) is None
        uow.once.forget(NOW)
        assert uow.once.begin(KEY, other, now=NOW) is not None
        uow.once.forget(NOW + timedelta(microseconds=1))
        assert uow.once.begin(KEY, other, now=NOW) is None


def test_of_requests_at_once_one_is_first(stores: Stores) -> None:
    def ask(thread: int) -> TicketId:
        mine = TicketId(f"t-{thread}")
        with stores.open() as uow:
            kept = uow.once.begin(KEY, mine, now=NOW)
            uow.commit()
        return mine if kept is None else TicketId(kept.made_id)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1


def test_a_group_keeps_its_ticket_until_it_gets_another(stores: Stores) -> None:
    one, other = TicketId("t-1"), TicketId("t-2")
    with stores.open() as uow:
        first = uow.once.group("group", one, now=NOW)
        assert (first, uow.once.group("group", other, now=NOW)) == (
            AlertGroup(key="group", ticket_id=one),
        ) * 2
        heard = replace(first, ticket_id=other, episodes=frozenset({"b@1", "a@2"}), left_out=3)
        uow.once.regroup(heard)
        assert uow.once.group("group", one, now=NOW) == heard
        assert (uow.once.groups_of(one), uow.once.groups_of(other)) == ([], [heard])


def test_watchers_of_several_tickets(stores: Stores, tickets: list[Ticket]) -> None:
    one, other, third = tickets
    with stores.open() as uow:
        for ticket in (other, one):
            uow.ticket_parts.watch(a_watcher(ticket))
        found = uow.ticket_parts.watching([third.ticket_id, other.ticket_id, one.ticket_id])

        assert list(found) == [a_watcher(one), a_watcher(other)]
        assert list(uow.ticket_parts.watching([])) == []


def test_a_merged_ticket_gives_its_groups_away(stores: Stores) -> None:
    one, other = TicketId("t-1"), TicketId("t-2")
    with stores.open() as uow:
        uow.once.group("first", one, now=NOW)
        uow.once.group("second", one, now=NOW)
        uow.once.move_groups(one, other)
        assert [group.key for group in uow.once.groups_of(other)] == ["first", "second"]
