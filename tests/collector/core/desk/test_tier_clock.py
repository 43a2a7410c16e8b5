"""A tier's time counts while somebody has to do something, by the tier's calendar."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.desk.sla import around_the_clock
from sickbay_collector.core.desk.ticket import TicketStatus, Visibility, WorklogEntry
from sickbay_collector.core.desk.tier_clock import due_at, reassigned_since, used
from sickbay_collector.core.ids import TicketId

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def entry(minute: int, before: dict[str, str], after: dict[str, str]) -> WorklogEntry:
    return WorklogEntry(
        ticket_id=TicketId("t"),
        at=START + minute * MINUTE,
        actor="ann",
        event="any",
        text="",
        visibility=Visibility.INTERNAL,
        before=before,
        after=after,
    )


def status(minute: int, name: TicketStatus) -> WorklogEntry:
    return entry(minute, {}, {"status": name.value})


@pytest.mark.parametrize(
    ("worklog", "minutes"),
    [
        pytest.param([], 0, id="nothing-written"),
        pytest.param([status(0, TicketStatus.NEW)], 60, id="goes-on"),
        pytest.param(
            [
                status(0, TicketStatus.NEW),
                entry(5, {}, {"priority": "high"}),
                status(10, TicketStatus.PENDING_VENDOR),
                status(30, TicketStatus.IN_PROGRESS),
            ],
            40,
            id="waiting-does-not-count",
        ),
        pytest.param(
            [
                status(0, TicketStatus.NEW),
                status(20, TicketStatus.RESOLVED),
                status(50, TicketStatus.REOPENED),
            ],
            30,
            id="resolved-does-not-count",
        ),
        pytest.param(
            [status(10, TicketStatus.NEW), status(5, TicketStatus.IN_PROGRESS)],
            55,
            id="a-clock-put-back",
        ),
    ],
)
def test_time_that_is_used(worklog: list[WorklogEntry], minutes: int) -> None:
    now = START + 60 * MINUTE

    assert used(worklog, START, now, around_the_clock()) == minutes * MINUTE


def test_time_before_the_tier_does_not_count() -> None:
    worklog = [status(0, TicketStatus.NEW)]
    since, now = START + 45 * MINUTE, START + 60 * MINUTE

    assert used(worklog, since, now, around_the_clock()) == 15 * MINUTE


@pytest.mark.parametrize(
    ("limit", "due"), [pytest.param(90, 90, id="left"), pytest.param(30, 60, id="over")]
)
def test_when_it_is_over(limit: int, due: int) -> None:
    worklog = [status(0, TicketStatus.NEW)]
    now = START + 60 * MINUTE

    assert START + due * MINUTE == due_at(worklog, START, now, around_the_clock(), limit * MINUTE)


def test_reassignments_of_the_present_tier() -> None:
    worklog = [
        entry(0, {}, {"status": "new", "tier": "L1"}),
        entry(1, {"assignee": ""}, {"assignee": "ann"}),
        entry(2, {"assignee": "ann"}, {"assignee": "ben"}),
        entry(3, {"tier": "L1", "assignee": "ben"}, {"tier": "L2", "assignee": ""}),
        entry(4, {"assignee": ""}, {"assignee": "cleo"}),
        entry(5, {"assignee": "cleo"}, {"assignee": "dora"}),
        entry(6, {"assignee": "dora"}, {"assignee": ""}),
    ]

    assert (reassigned_since(worklog[:3]), reassigned_since(worklog)) == (1, 1)
