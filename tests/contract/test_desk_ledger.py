"""The ledger of facts: what is appended is read, summed up and never doubled."""

from dataclasses import replace
from datetime import timedelta

from sickbay_collector.core.desk.fact import FactKind
from sickbay_collector.core.desk.kpi import Booked, KpiGroup
from sickbay_collector.core.desk.parts import CostKind
from sickbay_collector.core.desk.sla import SlaEventKind, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.totals import ACKNOWLEDGE_S, added
from sickbay_collector.services.desk_totals import SETTLED_AFTER, RunningTotals
from sickbay_collector.services.kpis import desk_kpis
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_device, a_fact, a_line, a_ticket
from tests.contract.test_ticket_parts import a_cost
from tests.desk_ledger_fakes import line_of

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def tickets(stores: Stores) -> tuple[Ticket, Ticket]:
    with stores.open() as uow:
        uow.devices.add(a_device(ONE))
        uow.devices.add(a_device(TWO, enroll_nonce="two"))
        first = uow.tickets.insert_open(a_ticket("001"))
        second = uow.tickets.insert_open(a_ticket("002", device_id=TWO, site="berlin"))
        uow.commit()
    assert first is not None
    assert second is not None
    return first, second


def test_facts_come_back_whole_and_in_order_of_writing(stores: Stores) -> None:
    """With all of a ticket's facts, also those before and after the period."""
    first, second = tickets(stores)
    mine = [
        a_fact(first, at=NOW + HOUR, technician="zoe"),
        a_fact(first, kind=FactKind.RESOLVED, at=NOW, elapsed_s=0.1, sla_s=1 / 3),
    ]
    with stores.open() as uow:
        uow.facts.append(mine)
        uow.facts.append([a_fact(second, at=NOW + HOUR)])
        uow.facts.append([])
        uow.commit()

    with stores.read() as uow:
        for by in KpiGroup:
            lines = [line_of(one, by) for one in mine]
            assert list(uow.facts.lines(NOW, NOW + TICK, by)) == lines
        assert list(uow.facts.lines(NOW + TICK, NOW + HOUR, by)) == []
        assert len(uow.facts.lines(NOW, NOW + HOUR + TICK, by)) == 3


def test_totals_of_neighbouring_times_add_up(stores: Stores) -> None:
    first, second = tickets(stores)
    facts = [
        a_fact(first, at=NOW),
        a_fact(second, at=NOW + HOUR, actor="mia"),
        a_fact(second, kind=FactKind.ACKNOWLEDGED, at=NOW, elapsed_s=float(ACKNOWLEDGE_S[0])),
        a_fact(first, kind=FactKind.ACKNOWLEDGED, at=NOW + HOUR, elapsed_s=ACKNOWLEDGE_S[0] + 0.5),
        a_fact(first, kind=FactKind.RESOLVED, at=NOW + HOUR, elapsed_s=1e9),
    ]
    with stores.open() as uow:
        uow.facts.append(facts)
        uow.commit()

    with stores.read() as uow:
        whole = uow.facts.totals(None, None)
        halves = [uow.facts.totals(None, NOW + TICK), uow.facts.totals(NOW + TICK, None)]

    assert added(halves) == whole
    assert sum(whole.counts.values()) == len(facts)
    spread = whole.spreads[FactKind.ACKNOWLEDGED, first.priority.value]
    assert (spread.counts[:3], spread.total_s) == ((1, 1, 0), 2 * ACKNOWLEDGE_S[0] + 0.5)
    assert whole.spreads[FactKind.RESOLVED, first.priority.value].counts[-1] == 1


def test_running_totals_equal_the_ledger_whenever_they_are_asked(stores: Stores) -> None:
    """Facts that become visible late, up to a quarter of an hour, are not missed."""
    first, _ = tickets(stores)
    running = RunningTotals(stores.read)
    asked = NOW
    for late in (timedelta(0), SETTLED_AFTER / 2, SETTLED_AFTER - TICK):
        asked += HOUR
        with stores.open() as uow:
            uow.facts.append([a_fact(first, at=asked - late)])
            uow.commit()
        with stores.read() as uow:
            expected = uow.facts.totals(None, None)

        assert running.now(asked) == expected

    assert sum(RunningTotals(stores.read).now(asked).counts.values()) == 3


def test_what_waits_follows_the_last_fact_before_then(stores: Stores) -> None:
    """A ticket that was resolved since waited then; one that is open again did not."""
    first, second = tickets(stores)
    with stores.open() as uow:
        uow.facts.append(
            [
                a_fact(first, at=NOW),
                a_fact(second, at=NOW),
                a_fact(second, kind=FactKind.RESOLVED, at=NOW + HOUR, elapsed_s=1.0),
                a_fact(second, kind=FactKind.ACKNOWLEDGED, at=NOW + HOUR, elapsed_s=1.0),
                a_fact(second, kind=FactKind.REOPENED, at=NOW + 3 * HOUR),
                a_fact(first, kind=FactKind.CANCELLED, at=NOW + 3 * HOUR),
            ]
        )
        ended = replace(first, status=TicketStatus.CANCELLED)
        assert uow.tickets.save(ended, expected_version=first.version)
        uow.commit()

    def at(hours: int) -> list[str]:
        with stores.read() as uow:
            found = uow.facts.waiting(NOW + hours * HOUR + TICK, KpiGroup.SITE)
        return sorted(one.group for one in found)

    assert [at(0), at(2), at(4)] == [["", "berlin"], [""], ["berlin"]]


def test_report_over_the_stores(stores: Stores) -> None:
    first, _ = tickets(stores)
    with stores.open() as uow:
        uow.facts.append(
            [
                a_fact(first, at=NOW),
                a_fact(first, kind=FactKind.RESOLVED, at=NOW + HOUR, elapsed_s=3600.0),
            ]
        )
        uow.sla.append(
            replace(
                a_line(first),
                kind=SlaEventKind.STOP,
                target=SlaTarget.RESOLUTION,
                at=NOW + HOUR,
                outcome=SlaState.MET,
            )
        )
        uow.commit()

    with stores.read() as uow:
        (found,) = desk_kpis(uow, since=NOW, until=NOW + 2 * HOUR, by=KpiGroup.CATEGORY)

    assert (found.group, found.opened, found.resolved, found.resolution_kept_ratio) == (
        first.category,
        1,
        1,
        1.0,
    )


def test_what_was_booked_adds_up_by_currency(stores: Stores) -> None:
    """Half a cent counts as a whole one, on each booking."""
    first, second = tickets(stores)
    booked = [
        a_cost(first, "part"),
        replace(a_cost(first, "odd"), kind=CostKind.TIME, quantity=7, price_cents=999),
        replace(a_cost(second, "work"), kind=CostKind.TIME, quantity=90, price_cents=6_000),
        replace(a_cost(second, "pounds"), currency="GBP", at=NOW + HOUR),
    ]
    with stores.open() as uow:
        for cost in booked:
            uow.ticket_parts.add_cost(cost)
        uow.commit()

    with stores.read() as uow:
        spent = uow.facts.spent(NOW, NOW + HOUR, KpiGroup.SITE)
        (found,) = desk_kpis(uow, since=NOW, until=NOW + 2 * HOUR, by=KpiGroup.NONE)

        assert list(uow.facts.booked()) == [
            Booked(currency="EUR", minutes=97, cents=9_998 + 117 + 9_000),
            Booked(currency="GBP", minutes=0, cents=9_998),
        ]
    assert sorted((one.group, one.minutes, one.cents) for one in spent) == [
        ("", 7, 9_998 + 117),
        ("berlin", 90, 9_000),
    ]
    assert (found.work_minutes, found.cost_cents) == (97, {"EUR": 19_115, "GBP": 9_998})
