from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.fact import DeskFact, FactKind
from sickbay_collector.core.desk.kpi import (
    Kpi,
    KpiGroup,
    Ledger,
    SlaEnds,
    Spent,
    Waiting,
    reckon_kpis,
)
from sickbay_collector.core.desk.sla import SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Priority, TicketKind, TicketSource
from sickbay_collector.core.ids import TicketId
from tests.collector.desk_builders import NOW
from tests.desk_ledger_fakes import line_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SINCE, UNTIL = NOW, NOW + 10 * DAY


def a_fact(kind: FactKind, number: int = 1, **fields: object) -> DeskFact:
    fact = DeskFact(
        ticket_id=TicketId(f"t{number}"),
        kind=kind,
        at=NOW + HOUR,
        actor="mia",
        ticket_kind=TicketKind.INCIDENT,
        source=TicketSource.PHONE,
        priority=Priority.MEDIUM,
        tier="L1",
        category="storage",
        site="",
        technician="mia",
        elapsed_s=None,
        sla_s=None,
    )
    return replace(fact, **fields)  # type: ignore[arg-type]


def resolved(number: int = 1, **fields: object) -> DeskFact:
    return a_fact(FactKind.RESOLVED, number, **{"elapsed_s": 60.0, **fields})


def a_ledger(
    facts: Sequence[DeskFact] = (),
    *,
    by: KpiGroup = KpiGroup.NONE,
    sla_ends: Sequence[SlaEnds] = (),
    spent: Sequence[Spent] = (),
    waiting: Sequence[Waiting] = (),
) -> Ledger:
    lines = [line_of(one, by) for one in facts]
    return Ledger(facts=lines, sla_ends=sla_ends, spent=spent, waiting=waiting)


def whole(facts: Sequence[DeskFact]) -> Kpi:
    (found,) = reckon_kpis(a_ledger(facts), by=KpiGroup.NONE, since=SINCE, until=UNTIL)
    return found


def test_a_desk_without_tickets_has_counts_and_nothing_to_divide() -> None:
    found = whole([])

    assert (found.opened, found.backlog) == (0, 0)
    assert found.auto_resolved_ratio is None
    assert found.resolve_median_s is None
    assert found.first_contact_ratio is None


def test_only_what_lies_in_the_period_counts() -> None:
    """Its end is not in it."""
    kinds = [
        a_fact(FactKind.OPENED, at=at)
        for at in (SINCE - HOUR, SINCE, UNTIL - HOUR, UNTIL, UNTIL + HOUR)
    ]

    assert whole(kinds).opened == 2


def test_times_are_mean_and_median() -> None:
    found = whole(
        [
            resolved(1, elapsed_s=60.0, sla_s=30.0),
            resolved(2, elapsed_s=120.0, sla_s=None, actor="sickbay"),
            resolved(3, elapsed_s=600.0, sla_s=90.0),
            a_fact(FactKind.ACKNOWLEDGED, elapsed_s=10.0),
        ]
    )

    assert (found.resolve_mean_s, found.resolve_median_s) == (260.0, 120.0)
    assert (found.resolve_sla_mean_s, found.resolve_sla_median_s) == (60.0, 60.0)
    assert (found.acknowledge_mean_s, found.acknowledged) == (10.0, 1)
    assert (found.auto_resolved, found.auto_resolved_ratio) == (1, 1 / 3)


def test_a_ticket_that_was_raised_twice_is_one_escalation() -> None:
    found = whole(
        [
            a_fact(FactKind.ESCALATED),
            a_fact(FactKind.ESCALATED),
            *(a_fact(FactKind.CLOSED, number) for number in range(4)),
        ]
    )

    assert (found.escalated, found.escalation_ratio) == (1, 0.25)


@pytest.mark.parametrize(
    ("facts", "ratio"),
    [
        pytest.param([resolved()], 1.0, id="solved by who took it"),
        pytest.param(
            [a_fact(FactKind.ACKNOWLEDGED, actor="ben", elapsed_s=1.0), resolved()],
            0.0,
            id="taken by somebody else",
        ),
        pytest.param([a_fact(FactKind.REASSIGNED), resolved()], 0.0, id="handed over"),
        pytest.param([a_fact(FactKind.ESCALATED), resolved()], 0.0, id="raised"),
        pytest.param(
            [a_fact(FactKind.ESCALATED, at=SINCE - DAY), resolved()], 0.0, id="raised before"
        ),
        pytest.param(
            [resolved(), a_fact(FactKind.REOPENED, at=NOW + HOUR + 7 * DAY)],
            0.0,
            id="back after exactly seven days",
        ),
        pytest.param(
            [resolved(), a_fact(FactKind.REOPENED, at=NOW + 2 * HOUR + 7 * DAY)],
            1.0,
            id="back after more than seven days",
        ),
        pytest.param(
            [resolved(at=SINCE - DAY), a_fact(FactKind.REOPENED, at=SINCE), resolved()],
            0.0,
            id="resolved again in the period",
        ),
        pytest.param([resolved(actor="sickbay")], 0.0, id="resolved by nobody"),
        pytest.param([resolved(source=TicketSource.ALERT)], None, id="no contact"),
        pytest.param(
            [resolved(1), resolved(2), a_fact(FactKind.REASSIGNED, 2)], 0.5, id="one of two"
        ),
    ],
)
def test_first_contact_resolution(facts: list[DeskFact], ratio: float | None) -> None:
    assert whole(facts).first_contact_ratio == ratio


def test_attainment_leaves_cancelled_clocks_out() -> None:
    ends = [
        SlaEnds(group="", target=SlaTarget.RESPONSE, outcome=outcome, count=count)
        for outcome, count in (
            (SlaState.MET, 2),
            (SlaState.BREACHED, 1),
            (SlaState.CANCELLED, 1),
        )
    ]

    (found,) = reckon_kpis(
        a_ledger(sla_ends=ends),
        by=KpiGroup.NONE,
        since=SINCE,
        until=UNTIL,
    )

    assert (found.response_kept_ratio, found.resolution_kept_ratio) == (2 / 3, None)


def test_groups_are_named_and_sorted() -> None:
    """What only waits has a row too."""
    facts = [resolved(1, tier="L2"), resolved(2), resolved(3)]
    waiting = [Waiting(group="L3", opened_at=UNTIL - hours * HOUR) for hours in (1, 3, 8)]

    found = reckon_kpis(
        a_ledger(facts, by=KpiGroup.TIER, waiting=waiting),
        by=KpiGroup.TIER,
        since=SINCE,
        until=UNTIL,
    )

    assert [(one.group, one.resolved, one.backlog) for one in found] == [
        ("L1", 2, 0),
        ("L2", 1, 0),
        ("L3", 0, 3),
    ]
    assert (found[2].backlog_age_median_s, found[2].backlog_oldest_s) == (3 * 3600, 8 * 3600)


def test_cost_is_told_for_each_resolution_too() -> None:
    spent = [
        Spent(group="", minutes=30, cents=2_500, currency="EUR"),
        Spent(group="", minutes=0, cents=1_001, currency="EUR"),
    ]

    def kpi(facts: Sequence[DeskFact]) -> Kpi:
        ledger = a_ledger(facts, spent=spent)
        (found,) = reckon_kpis(ledger, by=KpiGroup.NONE, since=SINCE, until=UNTIL)
        return found

    two = kpi([resolved(1), resolved(2)])
    assert (two.work_minutes, two.cost_cents, two.cost_per_ticket_cents) == (
        30,
        {"EUR": 3_501},
        {"EUR": 1_750},
    )
    assert kpi([]).cost_per_ticket_cents == {}
