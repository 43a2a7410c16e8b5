"""A device has one open ticket of a family, however many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
    Visibility,
)
from sickbay_collector.core.desk.ticket_search import TicketFilter, TicketOrder
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_clock, a_ticket, add_devices, an_entry, an_item


def _insert(stores: Stores, *tickets: Ticket) -> list[Ticket | None]:
    with stores.open() as uow:
        stored = [uow.tickets.insert_open(ticket) for ticket in tickets]
        uow.commit()
    return stored


def test_a_ticket_gets_a_number_and_comes_back(stores: Stores) -> None:
    add_devices(stores, ONE)
    (stored,) = _insert(stores, a_ticket(resolved_at=NOW, assignee="ada"))

    assert stored is not None
    assert replace(stored, number=0) == a_ticket(resolved_at=NOW, assignee="ada")
    with stores.read() as uow:
        assert uow.tickets.get(stored.ticket_id) == stored
        assert uow.tickets.by_number(stored.number) == stored
        assert uow.tickets.open_of(ONE, "disk.space") == stored
        assert uow.tickets.get(TicketId("unknown")) is None
        assert uow.tickets.by_number(stored.number + 1) is None


def test_every_field_comes_back(stores: Stores) -> None:
    add_devices(stores, ONE)
    (target,) = _insert(stores, a_ticket("001"))
    assert target is not None
    whole = a_ticket(
        "002",
        device_id=None,
        family=None,
        source=TicketSource.WALK_UP,
        kind=TicketKind.REQUEST,
        subcategory="browser",
        service="laptop",
        product="LibreOffice",
        product_version="24.8",
        requester="p-1",
        site="berlin",
        required_skills=("database", "linux"),
        tier_since=NOW,
        tier_raises=1,
        assignee="ada",
        assigned_at=NOW,
        reassignments=2,
        major=True,
        snoozed_until=NOW,
        problem_id="problem-1",
        merged_into=target.ticket_id,
        acknowledged_at=NOW,
        acknowledged_by="ada",
        resolution_mode="on_site",
        cause_code="hardware_fault",
        resolution_code="replaced",
        closure_code="solved",
    )
    (stored,) = _insert(stores, whole)

    assert stored is not None
    assert replace(stored, number=0) == whole
    with stores.open() as uow:
        assert uow.tickets.save(replace(stored, device_id=ONE), expected_version=1)
        assert uow.tickets.get(stored.ticket_id) == replace(stored, device_id=ONE, version=2)


def test_the_family_of_a_merged_ticket_goes_on_until_the_other_is_over(
    stores: Stores,
) -> None:
    add_devices(stores, ONE)
    first, target = _insert(stores, a_ticket("001"), a_ticket("002", family=None))
    assert first is not None
    assert target is not None
    merged = replace(first, merged_into=target.ticket_id)
    with stores.open() as uow:
        assert uow.tickets.save(merged, expected_version=1)
        assert uow.tickets.open_of(ONE, "disk.space") == target
        assert list(uow.tickets.merged_into(target.ticket_id)) == [replace(merged, version=2)]
        assert uow.tickets.insert_open(a_ticket("003")) is None
        over = replace(target, status=TicketStatus.CLOSED)
        assert uow.tickets.save(over, expected_version=1)
        assert uow.tickets.open_of(ONE, "disk.space") is None
        assert uow.tickets.insert_open(a_ticket("003")) is not None


def test_a_family_is_open_once_on_each_device(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    stored = _insert(
        stores,
        a_ticket("001"),
        a_ticket("002"),
        a_ticket("003", family="disk.health"),
        a_ticket("004", device_id=TWO),
        a_ticket("005", family=None),
        a_ticket("006", family=None),
    )

    assert [one is not None for one in stored] == [True, False, True, True, True, True]
    numbers = [one.number for one in stored if one is not None]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("status", "opens"),
    [
        pytest.param(status, status in {TicketStatus.CLOSED, TicketStatus.CANCELLED}, id=status)
        for status in TicketStatus
    ],
)
def test_only_an_ended_ticket_makes_room(
    stores: Stores, status: TicketStatus, *, opens: bool
) -> None:
    add_devices(stores, ONE)
    _insert(stores, a_ticket("001", status=status))

    (second,) = _insert(stores, a_ticket("002"))

    assert opens == (second is not None)


def test_a_ticket_cannot_return_beside_another(stores: Stores) -> None:
    add_devices(stores, ONE)
    closed, _ = _insert(stores, a_ticket("001", status=TicketStatus.CLOSED), a_ticket("002"))
    assert closed is not None

    with pytest.raises(ConflictError), stores.open() as uow:
        uow.tickets.save(replace(closed, status=TicketStatus.REOPENED), expected_version=1)


def test_attempts_at_once_open_one_ticket_of_each_family(stores: Stores) -> None:
    """8 threads, 50 attempts each, 10 families: 10 tickets with 10 numbers."""
    add_devices(stores, ONE)

    def attempt(thread: int) -> int:
        opened = 0
        for count in range(50):
            ticket = a_ticket(f"{thread:x}{count:02x}", family=f"family-{count % 10}")
            with stores.open() as uow:
                opened += uow.tickets.insert_open(ticket) is not None
                uow.commit()
        return opened

    with ThreadPoolExecutor(8) as pool:
        opened = sum(pool.map(attempt, range(8)))

    with stores.read() as uow:
        tickets = uow.tickets.list(limit=1000)
    assert opened == 10
    assert {one.family for one in tickets} == {f"family-{count}" for count in range(10)}
    assert len({one.number for one in tickets}) == len(tickets) == 10


def test_a_writer_names_the_version_that_it_read(stores: Stores) -> None:
    add_devices(stores, ONE)
    (stored,) = _insert(stores, a_ticket())
    assert stored is not None
    taken = replace(stored, assignee="ada", acknowledged_at=NOW)

    with stores.open() as uow:
        assert uow.tickets.save(taken, expected_version=1)
        assert not uow.tickets.save(replace(stored, assignee="bob"), expected_version=1)
        assert uow.tickets.get(stored.ticket_id) == replace(taken, version=2)
        assert not uow.tickets.save(a_ticket("999"), expected_version=1)


def test_the_list_is_newest_first_and_pages(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    tickets = [
        a_ticket(
            f"00{count}",
            device_id=TWO if count == 4 else ONE,
            family=None,
            status=TicketStatus.CLOSED if count == 3 else TicketStatus.NEW,
            opened_at=NOW + timedelta(microseconds=count // 2),
        )
        for count in range(5)
    ]
    _insert(stores, *tickets)
    newest = [one.ticket_id for one in tickets[::-1]]

    with stores.read() as uow:
        page = uow.tickets.list(limit=2)
        last = (page[-1].opened_at, page[-1].ticket_id)
        assert [one.ticket_id for one in page] == newest[:2]
        assert [one.ticket_id for one in uow.tickets.list(after=last)] == newest[2:]
        mine = uow.tickets.list(device_id=TWO)
        assert [one.ticket_id for one in mine] == newest[:1]
        closed = uow.tickets.list(statuses={TicketStatus.CLOSED, TicketStatus.RESOLVED})
        assert [one.ticket_id for one in closed] == [newest[1]]


def test_worklog_and_evidence_keep_their_order(stores: Stores) -> None:
    add_devices(stores, ONE)
    (ticket, other) = _insert(stores, a_ticket("001"), a_ticket("002", family=None))
    assert ticket is not None
    assert other is not None
    entries = [
        an_entry(ticket, event="opened", before={}, after={"status": "new"}),
        an_entry(ticket, text="hallo ☃", visibility=Visibility.PUBLIC),
        an_entry(ticket, at=NOW - timedelta(days=1)),
    ]
    items = [an_item(ticket), an_item(ticket, value=0.98)]
    with stores.open() as uow:
        for entry in [*entries, an_entry(other)]:
            uow.tickets.log(entry)
        for item in [*items, an_item(other)]:
            uow.tickets.add_evidence(item)
        uow.commit()

    with stores.read() as uow:
        assert list(uow.tickets.worklog(ticket.ticket_id)) == entries
        assert list(uow.tickets.evidence(ticket.ticket_id)) == items


def test_many_tickets_are_read_and_written_about_at_once(stores: Stores) -> None:
    add_devices(stores, ONE)
    (ticket, other) = _insert(stores, a_ticket("001"), a_ticket("002", family=None))
    assert ticket is not None
    assert other is not None
    entries = [an_entry(ticket), an_entry(other), an_entry(ticket, text="again")]
    with stores.open() as uow:
        uow.tickets.log_all(entries)
        uow.tickets.log_all([])
        uow.commit()

    with stores.read() as uow:
        ids = [ticket.ticket_id, other.ticket_id]
        assert uow.tickets.many([*ids, a_ticket("003").ticket_id]) == dict(
            zip(ids, [ticket, other], strict=True)
        )
        assert uow.tickets.many([]) == {}
        assert list(uow.tickets.worklog(ticket.ticket_id)) == [entries[0], entries[2]]


def test_a_worklog_needs_its_ticket(stores: Stores) -> None:
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.tickets.log(an_entry(a_ticket()))


def test_resolved_tickets_whose_window_ended_are_found(stores: Stores) -> None:
    add_devices(stores, ONE)

    def resolved(name: str, ago_s: float, window_s: float, status: TicketStatus) -> Ticket:
        return a_ticket(
            name,
            family=None,
            status=status,
            resolved_at=NOW - timedelta(seconds=ago_s),
            reopen_window_s=window_s,
        )

    _insert(
        stores,
        resolved("001", 61, 60, TicketStatus.RESOLVED),
        resolved("002", 60, 60, TicketStatus.RESOLVED),
        resolved("003", 600, 0, TicketStatus.RESOLVED),
        resolved("004", 600, 60, TicketStatus.CLOSED),
    )

    with stores.read() as uow:
        ended = [one.ticket_id[-3:] for one in uow.tickets.resolved_before(NOW, limit=9)]
        assert ended == ["003", "001"]
        assert len(uow.tickets.resolved_before(NOW, limit=1)) == 1


def test_a_search_filters_by_all_that_is_named(stores: Stores) -> None:
    add_devices(stores, ONE)
    _insert(
        stores,
        a_ticket("001", assignee="ada", title="Disk of ÄDA is 100% full", major=True),
        a_ticket(
            "002",
            device_id=None,
            family=None,
            kind=TicketKind.REQUEST,
            source=TicketSource.PHONE,
            status=TicketStatus.CLOSED,
            requester="p-1",
            site="berlin",
            queue="network",
            category="network",
            priority=Priority.LOW,
            tier="L2",
        ),
    )

    def found(**fields: object) -> list[str]:
        wanted = TicketFilter(**fields)  # type: ignore[arg-type]
        with stores.read() as uow:
            page = uow.tickets.search(wanted, TicketOrder.OPENED, limit=9)
        return [f"{one.ticket.ticket_id[-1]}{one.hostname}" for one in page]

    first, second = ["1ws-17"], ["2"]
    assert found() == [*second, *first]
    assert found(statuses=ACTIVE) == first
    assert found(statuses=frozenset({TicketStatus.CLOSED})) == second
    assert found(kinds=frozenset({TicketKind.REQUEST})) == second
    assert found(sources=frozenset({TicketSource.PHONE})) == second
    assert found(priorities=frozenset({Priority.LOW})) == second
    assert found(tiers=frozenset({"L2"}), queues=frozenset({"network"})) == second
    assert found(categories=frozenset({"storage"})) == first
    assert found(assignee="ada", major=True, device_id=ONE) == first
    assert found(assignee="none") == second
    assert found(requester="p-1", site="berlin", major=False) == second
    assert found(text="100% FULL") == first
    assert found(text="of ÄDA") == first
    assert found(text="%") == first
    assert found(text="_") == []


@pytest.mark.parametrize("order", TicketOrder)
def test_pages_of_every_order_hold_each_ticket_once(stores: Stores, order: TicketOrder) -> None:
    """What is alike stands newest first; without a running clock, behind all others."""
    priorities = [Priority.LOW, Priority.URGENT, Priority.LOW, Priority.HIGH, Priority.URGENT]
    drafts = [
        a_ticket(
            f"00{n}", device_id=None, family=None, priority=one, opened_at=NOW + timedelta(hours=n)
        )
        for n, one in enumerate(priorities)
    ]
    stored = [one for one in _insert(stores, *drafts) if one is not None]
    with stores.open() as uow:
        for place in (1, 3, 4):
            due_at = NOW + timedelta(hours=10 - place)
            uow.sla.save(a_clock(stored[place], due_at=due_at, stopped_at=None))
        uow.commit()
    seen: list[str] = []
    after = None
    with stores.read() as uow:
        while page := uow.tickets.search(TicketFilter(), order, limit=2, after=after):
            seen += [one.ticket.ticket_id[-1] for one in page]
            after = page[-1].position

    expected = {
        TicketOrder.OPENED: "43210",
        TicketOrder.PRIORITY: "41320",
        TicketOrder.DUE: "43120",
    }
    assert expected[order] == "".join(seen)


def test_a_ticket_that_is_over_is_listed_once_whatever_its_clock_says(stores: Stores) -> None:
    drafts = [
        a_ticket("001", device_id=None, family=None),
        a_ticket("002", device_id=None, family=None, status=TicketStatus.CANCELLED),
        a_ticket("003", device_id=None, family=None),
    ]
    stored = [one for one in _insert(stores, *drafts) if one is not None]
    with stores.open() as uow:
        for one in stored[1:]:
            uow.sla.save(a_clock(one, due_at=NOW, stopped_at=None))
        uow.commit()
    with stores.read() as uow:
        found = uow.tickets.search(TicketFilter(), TicketOrder.DUE, limit=9)

    assert sorted(one.ticket.ticket_id for one in found) == [one.ticket_id for one in stored]


def test_tickets_of_alerts_that_wait_are_those_of_the_device(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    _insert(
        stores,
        a_ticket("001", family="a"),
        a_ticket("002", family="b", status=TicketStatus.IN_PROGRESS),
        a_ticket("003", family="c", status=TicketStatus.RESOLVED),
        a_ticket("004", family=None),
        a_ticket("005", family="a", device_id=TWO),
    )

    with stores.open() as uow:
        assert [one.family for one in uow.tickets.automatic_of(ONE)] == ["a", "b"]


def test_what_nobody_has_comes_most_urgent_first_then_oldest(stores: Stores) -> None:
    """Page by page; what somebody has, or what waits for something else, is left out."""
    plain: dict[str, object] = {"family": None, "device_id": None}
    tickets = [
        a_ticket("001", **plain, opened_at=NOW + timedelta(hours=1)),
        a_ticket("002", **plain, status=TicketStatus.REOPENED),
        a_ticket("003", **plain, opened_at=NOW + timedelta(hours=2), priority=Priority.URGENT),
        a_ticket("004", **plain, assignee="ann"),
        a_ticket("005", **plain, status=TicketStatus.PENDING_USER),
        a_ticket("006", **plain, status=TicketStatus.CANCELLED),
        a_ticket("007", **plain),
    ]
    with stores.open() as uow:
        stored = [uow.tickets.insert_open(one) for one in tickets]
        uow.commit()

    with stores.read() as uow:
        all_ = uow.tickets.unrouted(limit=9)
        pages = [uow.tickets.unrouted(limit=1)]
        while pages[-1]:
            pages.append(uow.tickets.unrouted(limit=1, after=pages[-1][-1].position))

    assert [one.ticket for one in all_] == [stored[place] for place in (2, 1, 6, 0)]
    assert [one for page in pages for one in page] == list(all_)
