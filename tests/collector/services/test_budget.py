"""A device has three open tickets of alerts at most, and one more that all else shares."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.desk.budget import HEALTH_FAMILY, MAX_OPEN
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.services import desk as technician
from sickbay_collector.services.acts import Act
from sickbay_collector.services.merges import merge
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.desk_builders import NOW, a_change, a_device, a_rule
from tests.collector.desk_fakes import FakeDesk

FAMILIES = tuple(f"family.{number}" for number in range(6))
RULES = {name: a_rule(id=f"rule.{name}", family=name) for name in FAMILIES}
HOUR = timedelta(hours=1)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def tell(desk: FakeDesk, kind: ChangeKind, rule: Rule, hours: float = 0.0) -> None:
    """Bring one change of a rule's alert to the desk."""
    at = NOW + hours * HOUR
    with desk.open() as uow:
        change = a_change(
            kind, rule=rule, at=at, reason="over" if kind is ChangeKind.CLOSED else ""
        )
        apply_alert_changes(uow, a_device(), [change], now=at, new_id=desk.new_id)
        uow.commit()


def opened(desk: FakeDesk, count: int) -> None:
    for number, name in enumerate(FAMILIES[:count]):
        tell(desk, ChangeKind.OPENED, RULES[name], number)


def shared(desk: FakeDesk) -> Ticket:
    (found,) = [one for one in desk.tickets if one.family == HEALTH_FAMILY]
    return found


def test_fourth_and_fifth_family_share_a_ticket(desk: FakeDesk) -> None:
    opened(desk, 5)
    ticket = shared(desk)
    alerts = [one.rule_id for one in desk.alerts if one.ticket_id == ticket.ticket_id]

    assert [one.family for one in desk.tickets] == [*FAMILIES[:3], HEALTH_FAMILY]
    assert ticket.title == "ws-17: asset health"
    assert alerts == ["rule.family.3", "rule.family.4"]
    assert [one.event for one in desk.worklog(ticket.ticket_id)] == ["opened", "joined"]
    evidence = [one.rule_id for one in desk.evidence if one.ticket_id == ticket.ticket_id]
    assert evidence == alerts


def test_three_families_have_a_ticket_each(desk: FakeDesk) -> None:
    opened(desk, 3)

    assert [one.family for one in desk.tickets] == [*FAMILIES[:3]]


def test_shared_ticket_resolves_when_all_of_it_is_over(desk: FakeDesk) -> None:
    opened(desk, 5)
    tell(desk, ChangeKind.CLOSED, RULES[FAMILIES[3]], 6)
    assert shared(desk).status in ACTIVE
    tell(desk, ChangeKind.CLOSED, RULES[FAMILIES[4]], 7)

    assert shared(desk).status is TicketStatus.RESOLVED


def test_resolved_ticket_is_not_reopened_over_the_budget(desk: FakeDesk) -> None:
    opened(desk, 3)
    tell(desk, ChangeKind.CLOSED, RULES[FAMILIES[0]], 4)
    tell(desk, ChangeKind.OPENED, RULES[FAMILIES[3]], 5)
    tell(desk, ChangeKind.OPENED, RULES[FAMILIES[0]], 6)

    assert [one.status for one in desk.tickets if one.family == FAMILIES[0]] == ["resolved"]
    assert shared(desk).status in ACTIVE


def test_evidence_stays_where_its_alert_is(desk: FakeDesk) -> None:
    opened(desk, 4)
    tell(desk, ChangeKind.CLOSED, RULES[FAMILIES[0]], 5)
    tell(desk, ChangeKind.EVIDENCE, RULES[FAMILIES[3]], 30)

    log = [one.event for one in desk.worklog(shared(desk).ticket_id)]
    assert log == ["opened", "evidence"]


KINDS = st.sampled_from([ChangeKind.OPENED, ChangeKind.CLOSED, ChangeKind.EVIDENCE, None])


@settings(max_examples=60)
@given(
    steps=st.lists(st.tuples(st.sampled_from(FAMILIES), KINDS, st.integers(0, 200)), max_size=40)
)
def test_never_more_than_the_budget(
    steps: list[tuple[str, ChangeKind | None, int]],
) -> None:
    """Whatever comes in whatever order: 3 + 1 tickets, and each open alert has one open ticket.

    None stands for a technician who resolves the family's ticket.
    """
    desk, standing, hours, by_hand = FakeDesk(), set[str](), 0, False
    for family, kind, later in steps:
        hours += later
        if kind is ChangeKind.OPENED and family not in standing:
            standing.add(family)
            tell(desk, kind, RULES[family], hours)
        elif kind is ChangeKind.CLOSED and family in standing:
            standing.remove(family)
            tell(desk, kind, RULES[family], hours)
        elif kind is ChangeKind.EVIDENCE and family in standing:
            tell(desk, kind, RULES[family], hours)
        elif kind is None:
            by_hand |= resolve(desk, family, hours)
        active = [one for one in desk.tickets if one.status in ACTIVE]
        own = [one for one in active if one.family != HEALTH_FAMILY]
        assert len(own) <= MAX_OPEN
        assert len(active) - len(own) <= 1
        ids = {one.ticket_id for one in active}
        open_alerts = [one for one in desk.alerts if one.status == "open"]
        assert by_hand or all(one.ticket_id in ids for one in open_alerts)
        assert len({one.rule_id for one in open_alerts}) == len(open_alerts) == len(standing)


def resolve(desk: FakeDesk, family: str, hours: int) -> bool:
    """Resolve the family's ticket by hand; return whether there was one."""
    found = [one for one in desk.tickets if one.family == family and one.status in ACTIVE]
    for one in found:
        act = Act(
            ticket_id=one.ticket_id,
            user="mia",
            expected_version=one.version,
            now=NOW + hours * HOUR,
        )
        technician.resolve(desk.open, act, resolution="done")
    return bool(found)


def test_evidence_of_a_shared_ticket_that_was_merged_goes_where_it_went_on(desk: FakeDesk) -> None:
    """Its alerts are of other families than either ticket."""
    opened(desk, 4)
    ended, target = shared(desk), desk.tickets[0]
    act = Act(ticket_id=ended.ticket_id, user="ada", expected_version=ended.version, now=NOW + HOUR)
    merge(desk.open, act, str(target.number))

    tell(desk, ChangeKind.EVIDENCE, RULES[FAMILIES[3]], 5)

    assert [one.family for one in desk.tickets] == [*FAMILIES[:3], HEALTH_FAMILY]
    (alert,) = [one for one in desk.alerts if one.rule_id == f"rule.{FAMILIES[3]}"]
    assert alert.ticket_id == target.ticket_id
    assert desk.worklog(target.ticket_id)[-1].event == "evidence"


def test_what_is_measured_after_the_other_ticket_closed_opens_one_of_its_own(
    desk: FakeDesk,
) -> None:
    opened(desk, 4)
    ended, target = shared(desk), desk.tickets[0]
    merge(
        desk.open,
        Act(ticket_id=ended.ticket_id, user="ada", expected_version=ended.version, now=NOW),
        str(target.number),
    )
    version = desk.tickets[0].version
    technician.cancel(
        desk.open,
        Act(ticket_id=target.ticket_id, user="ada", expected_version=version, now=NOW),
        reason="a mistake",
    )

    tell(desk, ChangeKind.CLOSED, RULES[FAMILIES[3]], 5)
    tell(desk, ChangeKind.OPENED, RULES[FAMILIES[3]], 6)

    assert desk.tickets[-1].family == FAMILIES[3]
