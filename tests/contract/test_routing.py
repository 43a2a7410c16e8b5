"""Rankings come back as they were kept; loads and past work are counted per assignee."""

from datetime import timedelta

from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.worker import PastWork
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.routing_ports import RoutingCause
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_ranking, a_ticket, add_devices


def _add(stores: Stores, *tickets: Ticket) -> list[Ticket]:
    add_devices(stores, ONE)
    with stores.open() as uow:
        found = [uow.tickets.insert_open(ticket) for ticket in tickets]
        uow.commit()
    return [ticket for ticket in found if ticket is not None]


def test_rankings_come_back_in_the_order_of_asking(stores: Stores) -> None:
    one, two = _add(stores, a_ticket("001", family=None), a_ticket("002", family=None))
    first = a_ranking(one.ticket_id)
    second = a_ranking(one.ticket_id, at=NOW - timedelta(days=1), cause=RoutingCause.ESCALATED)
    with stores.open() as uow:
        for record in (first, a_ranking(two.ticket_id), second):
            uow.routing.add(record)
        uow.commit()

    with stores.read() as uow:
        assert uow.routing.of_ticket(one.ticket_id) == [first, second]
        assert uow.routing.of_ticket(TicketId("none")) == []


def test_only_what_is_in_hand_counts_as_load(stores: Stores) -> None:
    mine = [
        a_ticket(f"{number:03}", family=None, assignee="ann", status=status)
        for number, status in enumerate(TicketStatus)
    ]
    _add(stores, *mine, a_ticket("100", family=None), a_ticket("101", family=None, assignee="bo"))

    with stores.read() as uow:
        assert uow.routing.open_loads() == {"ann": 7, "bo": 1}


def test_past_work_is_of_one_fingerprint_and_of_what_was_resolved(stores: Stores) -> None:
    ended = {"status": TicketStatus.RESOLVED, "resolved_at": NOW, "assignee": "ann"}
    other = {**ended, "family": None}
    _add(
        stores,
        a_ticket("001", **other),
        a_ticket("002", **other, reopen_count=1),
        a_ticket(
            "003",
            **{**other, "resolved_at": None, "status": TicketStatus.REOPENED, "reopen_count": 2},
        ),
        a_ticket("004", **{**other, "assignee": "bo"}),
        a_ticket("005", family=None, assignee="ann"),
        a_ticket("006", **{**other, "assignee": ""}),
        a_ticket("007", **other, category="other"),
        a_ticket("008", **ended, family="disk.space"),
    )

    with stores.read() as uow:
        assert uow.routing.past_work(None, "storage", limit=100) == {
            "ann": PastWork(resolved=3, kept=1),
            "bo": PastWork(resolved=1, kept=1),
        }
        assert uow.routing.past_work("disk.space", "storage", limit=100) == {
            "ann": PastWork(resolved=1, kept=1)
        }
        assert uow.routing.past_work("power", "storage", limit=100) == {}


def test_the_newest_past_work_counts(stores: Stores) -> None:
    _add(
        stores,
        *(
            a_ticket(
                f"{day:03}",
                family=None,
                status=TicketStatus.RESOLVED,
                resolved_at=NOW,
                assignee="ann",
                opened_at=NOW - timedelta(days=day),
                reopen_count=int(day > 1),
            )
            for day in range(4)
        ),
    )

    with stores.read() as uow:
        assert uow.routing.past_work(None, "storage", limit=3) == {
            "ann": PastWork(resolved=3, kept=2)
        }
