from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.core.desk.fact import FactKind, facts_of
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.ids import TicketId
from tests.collector.desk_builders import NOW, a_ticket

LATER = NOW + timedelta(hours=3)
OTHER = TicketId("0195a000-0000-7000-8000-0000000000bb")


def an_event(before: Ticket | None, after: Ticket, actor: str = "mia") -> TicketEvent:
    return TicketEvent(kind=TicketEventKind.NOTE, at=LATER, actor=actor, before=before, after=after)


@pytest.mark.parametrize(
    ("before", "change", "kinds"),
    [
        pytest.param(None, {}, [FactKind.OPENED], id="opened"),
        pytest.param(
            None,
            {"status": TicketStatus.RESOLVED, "acknowledged_at": LATER},
            [FactKind.OPENED, FactKind.ACKNOWLEDGED, FactKind.RESOLVED],
            id="solved on the telephone",
        ),
        pytest.param(a_ticket(), {"acknowledged_at": LATER}, [FactKind.ACKNOWLEDGED], id="taken"),
        pytest.param(
            a_ticket(acknowledged_at=NOW), {"acknowledged_at": NOW}, [], id="acknowledged before"
        ),
        pytest.param(a_ticket(), {"reassignments": 1}, [FactKind.REASSIGNED], id="handed over"),
        pytest.param(a_ticket(), {"tier_raises": 1}, [FactKind.ESCALATED], id="raised"),
        pytest.param(
            a_ticket(status=TicketStatus.RESOLVED),
            {"status": TicketStatus.REOPENED, "reopen_count": 1},
            [FactKind.REOPENED],
            id="back",
        ),
        pytest.param(
            a_ticket(status=TicketStatus.RESOLVED),
            {"status": TicketStatus.CLOSED},
            [FactKind.CLOSED],
            id="closed",
        ),
        pytest.param(
            a_ticket(), {"status": TicketStatus.CANCELLED}, [FactKind.CANCELLED], id="cancelled"
        ),
        pytest.param(
            a_ticket(),
            {"status": TicketStatus.CANCELLED, "merged_into": OTHER},
            [FactKind.MERGED],
            id="merged, which is no cancellation",
        ),
        pytest.param(a_ticket(), {"title": "other"}, [], id="nothing that counts"),
    ],
)
def test_what_counts_of_a_change(
    before: Ticket | None, change: dict[str, object], kinds: list[FactKind]
) -> None:
    after = replace(before or a_ticket(), **change)  # type: ignore[arg-type]

    assert [one.kind for one in facts_of(an_event(before, after), sla_s=None)] == kinds


def test_a_resolution_tells_how_long_it_took() -> None:
    """In calendar time, and in the working time of its target."""
    before = a_ticket(acknowledged_at=NOW)

    (fact,) = facts_of(
        an_event(before, replace(before, status=TicketStatus.RESOLVED)), sla_s=1800.0
    )

    assert (fact.elapsed_s, fact.sla_s, fact.is_automatic) == (3 * 3600.0, 1800.0, False)


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    before = a_ticket(opened_at=LATER + timedelta(hours=1), acknowledged_at=NOW)

    (fact,) = facts_of(
        an_event(before, replace(before, status=TicketStatus.RESOLVED), "sickbay"), sla_s=None
    )

    assert (fact.elapsed_s, fact.is_automatic) == (0.0, True)
