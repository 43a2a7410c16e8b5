from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.desk.opening import (
    Step,
    all_closed,
    decide,
    draft_ticket,
    evidence_of,
    priority_for,
    raised,
)
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus, Tier
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.errors import InvalidError
from tests.collector.desk_builders import NOW, TICKET_ID, a_change, a_device, a_rule, a_ticket

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)

ACTIVE = a_ticket(status=TicketStatus.IN_PROGRESS)
RESOLVED = a_ticket(status=TicketStatus.RESOLVED, resolved_at=NOW, resolution="cleaned")
AUTOMATIC = replace(RESOLVED, resolution="automatic")
HARDWARE = replace(RESOLVED, reopen_window_s=0.0)
CANCELLED = a_ticket(status=TicketStatus.CANCELLED, closed_at=NOW)
CLOSED = a_ticket(status=TicketStatus.CLOSED, resolved_at=NOW, closed_at=NOW + WEEK)

OPENED, EVIDENCE = ChangeKind.OPENED, ChangeKind.EVIDENCE


@pytest.mark.parametrize(
    ("kind", "existing", "owner", "after", "step"),
    [
        pytest.param(OPENED, None, None, MINUTE, Step.OPEN, id="first"),
        pytest.param(OPENED, ACTIVE, None, MINUTE, Step.JOIN, id="further-alert"),
        pytest.param(OPENED, RESOLVED, None, MINUTE, Step.REOPEN, id="again"),
        pytest.param(
            OPENED, RESOLVED, None, WEEK - MINUTE, Step.REOPEN, id="at-the-window's-last-minute"
        ),
        pytest.param(OPENED, RESOLVED, None, WEEK, Step.RENEW, id="after-the-window"),
        pytest.param(OPENED, HARDWARE, None, MINUTE, Step.RENEW, id="hardware-is-never-reopened"),
        pytest.param(EVIDENCE, ACTIVE, ACTIVE, MINUTE, Step.JOIN, id="evidence"),
        pytest.param(
            EVIDENCE, RESOLVED, RESOLVED, MINUTE, Step.JOIN, id="evidence-waits-for-the-window"
        ),
        pytest.param(
            EVIDENCE, HARDWARE, HARDWARE, MINUTE, Step.RENEW, id="hardware-was-not-swapped"
        ),
        pytest.param(
            EVIDENCE, HARDWARE, HARDWARE, -MINUTE, Step.JOIN, id="measured-before-resolution"
        ),
        pytest.param(
            EVIDENCE, AUTOMATIC, CLOSED, -MINUTE, Step.REOPEN, id="alert-of-an-earlier-ticket"
        ),
        pytest.param(EVIDENCE, None, CANCELLED, MINUTE, Step.IGNORE, id="cancelled-stays-quiet"),
        pytest.param(EVIDENCE, None, CLOSED, MINUTE, Step.OPEN, id="closed-but-still-measured"),
        pytest.param(EVIDENCE, None, CLOSED, -MINUTE, Step.IGNORE, id="measured-before-the-end"),
        pytest.param(EVIDENCE, None, None, MINUTE, Step.OPEN, id="alert-without-ticket"),
    ],
)
def test_decision(
    kind: ChangeKind,
    existing: Ticket | None,
    owner: Ticket | None,
    after: timedelta,
    step: Step,
) -> None:
    """The alert is measured and received so long after the ticket was resolved."""
    decision = decide(
        a_change(kind, at=NOW + after), existing=existing, owner=owner, now=NOW + after
    )

    assert decision.step is step
    assert decision.reason


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        pytest.param([], True, id="none"),
        pytest.param(["closed", "suppressed"], True, id="over"),
        pytest.param(["closed", "open"], False, id="one-open"),
        pytest.param(["clearing"], False, id="clearing-is-not-closed"),
    ],
)
def test_all_closed(statuses: list[str], *, expected: bool) -> None:
    assert all_closed(statuses) is expected


def test_draft_takes_place_and_window_from_the_rule() -> None:
    rule = a_rule(
        tier=Tier.L2, queue="hardware", category="hardware", reopen_s=0.0, runbook="DISK-4"
    )
    change = a_change(OPENED, rule=rule)
    ticket = draft_ticket(a_device(), change, rule, ticket_id=TICKET_ID, now=NOW)

    assert (ticket.tier, ticket.queue, ticket.category) == (Tier.L2, "hardware", "hardware")
    assert (ticket.reopen_window_s, ticket.runbook) == (0.0, "DISK-4")
    assert (ticket.priority, ticket.impact, ticket.urgency) == (Priority.MEDIUM, 2, 2)
    assert ticket.priority_reason == "Medium from impact 2 (one laptop in normal use) and urgency 2"
    assert (ticket.status, ticket.version, ticket.opened_at) == (TicketStatus.NEW, 1, NOW)


def test_title_names_device_and_place() -> None:
    rule = a_rule()
    ticket = draft_ticket(a_device(), a_change(OPENED), rule, ticket_id=TICKET_ID, now=NOW)

    assert ticket.title == "ws-17: Volume almost full: C:"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        pytest.param("What", "C: has 6 % free; limit below 10 %, for 60 min", id="what"),
        pytest.param("Where", "ws-17 (laptop), C:", id="where"),
        pytest.param("Since", "2026-03-02 08:00 UTC, by the device's clock", id="since"),
        pytest.param("Measured", "Volume free 6 %, limit below 10 %", id="value-and-limit"),
        pytest.param(
            "Own history", "Volume free: 6 % to 9 % since 2026-03-02 08:00 UTC", id="history"
        ),
        pytest.param("Evidence", "rule disk.full.warn, version 0123456789ab", id="evidence"),
        pytest.param("Steps", "runbook DISK-1", id="runbook"),
        pytest.param(
            "Ends", 'closes by itself when "Volume free" is above 15 % for 60 min', id="end"
        ),
    ],
)
def test_description_has_every_field(label: str, text: str) -> None:
    rule = a_rule()
    ticket = draft_ticket(a_device(), a_change(OPENED), rule, ticket_id=TICKET_ID, now=NOW)
    lines = dict(line.split(": ", 1) for line in ticket.description.splitlines())

    assert lines[label] == text


def test_description_leaves_out_what_there_is_none_of() -> None:
    rule = a_rule(runbook="")
    ticket = draft_ticket(
        a_device(), a_change(OPENED, rule=rule, instance=""), rule, ticket_id=TICKET_ID, now=NOW
    )

    assert "Steps:" not in ticket.description
    assert "Where: ws-17 (laptop)\n" in ticket.description


@pytest.mark.parametrize(
    ("length", "ends"),
    [pytest.param(200, "x", id="at-the-limit"), pytest.param(201, "…", id="one-past")],
)
def test_title_is_cut_at_200_characters(length: int, ends: str) -> None:
    rule = a_rule(title="x" * (length - len("ws-17: ")))
    change = a_change(OPENED, rule=rule, instance="")
    ticket = draft_ticket(a_device(), change, rule, ticket_id=TICKET_ID, now=NOW)

    assert (len(ticket.title), ticket.title[-1]) == (200, ends)


def test_malformed_queue_of_a_rule_is_refused() -> None:
    rule = a_rule(queue="Hard ware")

    with pytest.raises(InvalidError, match="queue 'Hard ware' is malformed"):
        draft_ticket(a_device(), a_change(OPENED, rule=rule), rule, ticket_id=TICKET_ID, now=NOW)


def test_priority_follows_from_the_change_the_device_and_the_minimum() -> None:
    """The change's urgency may have risen above the rule's."""
    rule = a_rule(urgency=3, minimum_priority=Priority.MEDIUM)
    risen = priority_for(
        a_device(criticality=Criticality.HIGH), a_change(OPENED, rule=rule, urgency=1), rule
    )
    least = priority_for(a_device(), a_change(OPENED, rule=rule), rule)

    assert (risen.priority, least.priority) == (Priority.URGENT, Priority.MEDIUM)


def test_priority_only_rises() -> None:
    rule = a_rule()
    high = priority_for(a_device(), a_change(OPENED, urgency=1), rule)
    low = priority_for(a_device(), a_change(OPENED, urgency=3), rule)
    ticket = a_ticket(priority=Priority.MEDIUM)

    assert raised(ticket, low) is ticket
    assert raised(ticket, high).priority is Priority.HIGH
    assert raised(ticket, high).priority_reason == high.reason


def test_evidence_is_never_dated_after_its_receipt() -> None:
    early, late = (
        evidence_of(a_change(EVIDENCE, at=NOW + offset), TICKET_ID, now=NOW)[0]
        for offset in (-MINUTE, MINUTE)
    )

    assert (early.at, late.at) == (NOW - MINUTE, NOW)
    assert (early.metric, early.value, early.threshold) == (
        "volume.free_ratio",
        0.06,
        "below 10 %",
    )
