"""Whose tickets stand on the home page, what is due first, and how many there are."""

from datetime import timedelta

from sickbay_collector.core.desk.sla import SlaTarget
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.services.pile_ports import Pile
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_clock, a_ticket, add_devices

HOUR = timedelta(hours=1)
TICKETS: tuple[tuple[str, dict[str, object], timedelta | None], ...] = (
    ("mine late", {"assignee": "ada", "tier": "L3"}, -HOUR),
    ("mine without a clock", {"assignee": "ada"}, None),
    ("mine soon", {"assignee": "ada", "acknowledged_at": NOW}, HOUR),
    ("major", {"assignee": "ada", "tier": "L3", "major": True}, HOUR),
    ("nobody's", {"assignee": ""}, 9 * HOUR),
    ("not acknowledged", {"assignee": "bob"}, 8 * HOUR),
    ("nobody's of another tier", {"assignee": "", "tier": "L3"}, -HOUR),
    ("bob's late", {"assignee": "bob", "acknowledged_at": NOW}, -HOUR),
    ("bob's later", {"assignee": "bob", "acknowledged_at": NOW}, 3 * HOUR),
    ("bob's of another tier", {"assignee": "bob", "acknowledged_at": NOW, "tier": "L3"}, -HOUR),
    ("closed", {"assignee": "ada", "status": TicketStatus.CLOSED, "closed_at": NOW}, None),
    ("resolved", {"assignee": "ada", "status": TicketStatus.RESOLVED, "resolved_at": NOW}, None),
)


def _fill(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        for title, fields, due in TICKETS:
            plain = {"tier": "L1", "family": None, "acknowledged_at": None, **fields}
            ticket = uow.tickets.insert_open(
                a_ticket(title.replace(" ", "-"), title=title, **plain)
            )
            assert ticket is not None
            if due is not None:
                late = a_clock(ticket, target=SlaTarget.RESOLUTION, due_at=NOW + 99 * HOUR)
                uow.sla.save_all([a_clock(ticket, due_at=NOW + due), late])
        uow.commit()


def _tops(stores: Stores, *tiers: str, limit: int = 9) -> dict[Pile, tuple[int, list[str]]]:
    with stores.read() as uow:
        found = uow.piles.tops("ada", tiers, due_before=NOW + 2 * HOUR, limit=limit)
    return {
        pile: (heap.count, [one.ticket.title for one in heap.tickets])
        for pile, heap in found.items()
    }


def test_piles_hold_what_is_theirs_by_when_it_is_due(stores: Stores) -> None:
    _fill(stores)

    assert _tops(stores, "L1", "L2") == {
        Pile.MAJOR: (1, ["major"]),
        Pile.MINE: (3, ["mine late", "mine soon", "mine without a clock"]),
        Pile.WAITING: (2, ["not acknowledged", "nobody's"]),
        Pile.PRESSING: (1, ["bob's late"]),
    }


def test_without_tiers_every_tier_counts_and_the_tops_are_cut(stores: Stores) -> None:
    _fill(stores)

    assert _tops(stores, limit=1) == {
        Pile.MAJOR: (1, ["major"]),
        Pile.MINE: (3, ["mine late"]),
        Pile.WAITING: (3, ["nobody's of another tier"]),
        Pile.PRESSING: (2, ["bob's late"]),
    }


def test_an_empty_desk_has_empty_piles(stores: Stores) -> None:
    assert _tops(stores) == {pile: (0, []) for pile in Pile}
