"""Merges at the same time: a ticket never goes on in one that is over."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services import desk
from sickbay_collector.services.acts import Act
from sickbay_collector.services.merges import merge
from tests.contract.conftest import Stores
from tests.contract.records import NOW, a_ticket

ROUNDS = 5


@pytest.fixture
def pairs(stores: Stores) -> list[tuple[Ticket, Ticket]]:
    """Pairs of open tickets."""
    found = []
    with stores.open() as uow:
        for number in range(ROUNDS):
            one, other = (
                uow.tickets.insert_open(a_ticket(f"{number}{side}", device_id=None, family=None))
                for side in "ab"
            )
            assert one is not None
            assert other is not None
            found.append((one, other))
        uow.commit()
    return found


def an_act(ticket: Ticket) -> Act:
    return Act(ticket_id=ticket.ticket_id, user="ada", expected_version=ticket.version, now=NOW)


def read(stores: Stores, ticket: Ticket) -> Ticket:
    with stores.read() as uow:
        found = uow.tickets.get(ticket.ticket_id)
    assert found is not None
    return found


def test_of_two_merges_into_each_other_one_is_refused(
    stores: Stores, pairs: list[tuple[Ticket, Ticket]]
) -> None:
    for one, other in pairs:
        start = Barrier(2)

        def into(ticket: Ticket, target: Ticket, start: Barrier = start) -> bool:
            start.wait(30)
            try:
                merge(stores.open, an_act(ticket), str(target.number))
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(into, (one, other), (other, one)))
        ended, goes_on = (one, other) if done[0] else (other, one)

        assert sorted(done) == [False, True]
        assert read(stores, ended).merged_into == goes_on.ticket_id
        assert read(stores, goes_on).status in ACTIVE


def test_of_a_merge_and_the_end_of_its_target_one_is_refused_or_comes_first(
    stores: Stores, pairs: list[tuple[Ticket, Ticket]]
) -> None:
    """A target that is cancelled first is refused; else it goes on until it is cancelled."""
    for one, other in pairs:
        start = Barrier(2)

        def join(ticket: Ticket = one, target: Ticket = other, start: Barrier = start) -> bool:
            start.wait(30)
            try:
                merge(stores.open, an_act(ticket), str(target.number))
            except ConflictError:
                return False
            return True

        def end(target: Ticket = other, start: Barrier = start) -> None:
            start.wait(30)
            desk.cancel(stores.open, an_act(target), reason="a mistake")

        with ThreadPoolExecutor(2) as pool:
            joined, ended = pool.submit(join), pool.submit(end)
            ended.result(30)
            was_merged = joined.result(30)
        with stores.read() as uow:
            events = [entry.event for entry in uow.tickets.worklog(other.ticket_id)]
        expected = ["linked", "merge", "cancelled"] if was_merged else ["cancelled"]

        assert events == expected
        assert read(stores, other).status is TicketStatus.CANCELLED
