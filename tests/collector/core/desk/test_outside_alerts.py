"""What a notification of Alertmanager does to the desk, and the words of its ticket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.desk.outside_alerts import (
    ALERTS_LIMIT,
    AlertGroup,
    GroupStep,
    Notification,
    OutsideAlert,
    check_notification,
    decide_group,
)
from sickbay_collector.core.desk.outside_ticket import (
    category_of,
    change_words,
    describe_group,
    device_names,
    draft_group_ticket,
    host_of,
    priority_of_group,
    title_of_group,
)
from sickbay_collector.core.desk.ticket import Ticket, TicketSource, TicketStatus
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICKET = TicketId("t-1")


def an_alert(name: str = "a", *, firing: bool = True, **labels: str) -> OutsideAlert:
    return OutsideAlert(
        is_firing=firing, fingerprint=name, started_at=NOW, labels={"alertname": "Load", **labels}
    )


def a_notification(*alerts: OutsideAlert, **fields: object) -> Notification:
    said = Notification(
        group_key="{}:{}",
        receiver="sickbay",
        is_firing=any(alert.is_firing for alert in alerts),
        alerts=alerts,
        left_out=0,
        common_labels={"alertname": "Load"},
        common_annotations={},
        external_url="",
    )
    return replace(said, **fields)  # type: ignore[arg-type]


A, B = an_alert("a"), an_alert("b")
FIRING = a_notification(A)
OVER = a_notification(replace(A, is_firing=False))
NEVER = AlertGroup(key="k", ticket_id=TICKET)
FIRED = replace(NEVER, episodes=FIRING.episodes)
BOTH = replace(NEVER, episodes=FIRING.episodes | a_notification(B).episodes)


def a_ticket(status: TicketStatus, **fields: object) -> Ticket:
    draft = draft_group_ticket(FIRING, None, {}, ticket_id=TICKET, now=NOW)
    is_over = status is TicketStatus.RESOLVED
    return replace(draft, status=status, resolved_at=NOW if is_over else None, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "group", "status", "expected"),
    [
        pytest.param(FIRING, NEVER, None, GroupStep.OPEN, id="first heard of"),
        pytest.param(OVER, NEVER, None, GroupStep.NOTHING, id="over before it was heard of"),
        pytest.param(FIRING, FIRED, TicketStatus.NEW, GroupStep.NOTHING, id="said again"),
        pytest.param(FIRING, BOTH, TicketStatus.NEW, GroupStep.JOIN, id="fewer fire"),
        pytest.param(
            a_notification(A, B), FIRED, TicketStatus.IN_PROGRESS, GroupStep.JOIN, id="more fire"
        ),
        pytest.param(OVER, FIRED, TicketStatus.NEW, GroupStep.RESOLVE, id="over"),
        pytest.param(OVER, NEVER, TicketStatus.RESOLVED, GroupStep.NOTHING, id="over, said again"),
        pytest.param(OVER, NEVER, TicketStatus.REOPENED, GroupStep.NOTHING, id="a person reopened"),
        pytest.param(OVER, FIRED, TicketStatus.RESOLVED, GroupStep.CONFIRM, id="verified"),
        pytest.param(FIRING, NEVER, TicketStatus.RESOLVED, GroupStep.REOPEN, id="again"),
        pytest.param(
            FIRING, FIRED, TicketStatus.RESOLVED, GroupStep.NOTHING, id="resolved by hand, no news"
        ),
        pytest.param(FIRING, BOTH, TicketStatus.RESOLVED, GroupStep.JOIN, id="resolved, fewer"),
        pytest.param(FIRING, NEVER, TicketStatus.CLOSED, GroupStep.OPEN, id="again after its end"),
        pytest.param(FIRING, FIRED, TicketStatus.CLOSED, GroupStep.OPEN, id="never ended"),
        pytest.param(OVER, FIRED, TicketStatus.CLOSED, GroupStep.KEEP, id="over after its end"),
        pytest.param(FIRING, FIRED, TicketStatus.CANCELLED, GroupStep.NOTHING, id="not wanted"),
        pytest.param(FIRING, BOTH, TicketStatus.CANCELLED, GroupStep.KEEP, id="not wanted, fewer"),
        pytest.param(FIRING, NEVER, TicketStatus.CANCELLED, GroupStep.OPEN, id="again, wanted"),
        pytest.param(
            replace(OVER, left_out=2), FIRED, TicketStatus.NEW, GroupStep.JOIN, id="some left out"
        ),
    ],
)
def test_step_follows_from_what_is_news(
    said: Notification, group: AlertGroup, status: TicketStatus | None, expected: GroupStep
) -> None:
    ticket = None if status is None else a_ticket(status)

    assert decide_group(said, group, ticket, others_fire=False, now=NOW) is expected


def test_a_resolved_ticket_is_reopened_until_its_window_ends() -> None:
    ticket = a_ticket(TicketStatus.RESOLVED)
    last = NOW + timedelta(days=7)
    steps = [
        decide_group(FIRING, NEVER, ticket, others_fire=False, now=at)
        for at in (last - timedelta(seconds=1), last)
    ]

    assert steps == [GroupStep.REOPEN, GroupStep.RENEW]


@pytest.mark.parametrize(
    ("source", "others_fire"), [(TicketSource.PHONE, False), (TicketSource.ALERTMANAGER, True)]
)
def test_a_ticket_that_is_not_the_groups_alone_is_left_to_people(
    source: TicketSource, *, others_fire: bool
) -> None:
    ticket = a_ticket(TicketStatus.NEW, source=source)

    assert decide_group(OVER, FIRED, ticket, others_fire=others_fire, now=NOW) is GroupStep.CONFIRM


def test_limit_of_alerts() -> None:
    check_notification(a_notification(*(A,) * ALERTS_LIMIT))
    with pytest.raises(InvalidError, match="the limit is 1000, set max_alerts: 1000"):
        check_notification(a_notification(*(A,) * (ALERTS_LIMIT + 1)))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (replace(OVER, is_firing=True), "status: it is firing, but none of the alerts is"),
        (replace(FIRING, is_firing=False), "status: it is resolved, but 1 of the alerts fire"),
    ],
)
def test_status_that_its_alerts_contradict_is_refused(said: Notification, sentence: str) -> None:
    with pytest.raises(InvalidError, match=sentence):
        check_notification(said)


@pytest.mark.parametrize(
    ("instance", "host"),
    [
        ("web1:9100", "web1"),
        ("web1", "web1"),
        ("[::1]:9100", "::1"),
        ("fe80::1", "fe80::1"),
        ("https://web1.example.com/health", "web1.example.com"),
        ("[broken:1", ""),
        ("", ""),
    ],
)
def test_host_of_an_instance(instance: str, host: str) -> None:
    assert host_of(instance) == host


def test_device_is_what_all_firing_alerts_share() -> None:
    one = an_alert(device="sda", instance="web1:9100")
    other = an_alert("b", device="sdb", instance="web1:9100")

    assert device_names(a_notification(one)) == ("sda", "web1")
    assert device_names(a_notification(one, other)) == ("web1",)
    assert device_names(a_notification(one, an_alert("c", instance="web2"))) == ()


def test_worst_severity_and_number_of_instances_make_the_priority() -> None:
    severe = an_alert("a", severity="Critical", instance="web1")
    mild = [an_alert(str(n), severity="info", instance=f"web{n}") for n in range(20)]
    few, many = (
        priority_of_group(a_notification(severe), None),
        [priority_of_group(a_notification(*alerts), None) for alerts in (mild, [*mild, severe])],
    )

    assert (few.urgency, few.reason) == (
        1,
        "High from impact 2 (no known device) and urgency 1",
    )
    assert [(one.impact, one.urgency) for one in many] == [(1, 3), (1, 1)]


def test_title_is_the_summary_the_name_or_the_receiver() -> None:
    said = replace(FIRING, common_annotations={"summary": " Load\x00 is\nhigh "})

    assert title_of_group(said) == "Load is high"
    assert title_of_group(FIRING) == "Load"
    assert title_of_group(replace(FIRING, common_labels={})) == "Alerts for sickbay"
    assert len(title_of_group(replace(FIRING, common_labels={"alertname": "x" * 500}))) == 200


def test_description_has_links_of_http_only() -> None:
    notes = {
        "summary": "s",
        "description": "Above 12.\ndisk: full",
        "runbook_url": "https://wiki.example.com/load",
        "dashboard": "JavaScript:alert(1)",
        "other": "ftp://example.com",
    }
    said = replace(FIRING, common_annotations=notes, external_url="http://am.example.com")

    assert describe_group(said).splitlines() == [
        "Above 12.",
        "disk: full",
        "runbook_url: https://wiki.example.com/load",
        "Alertmanager: http://am.example.com",
    ]


def test_category_is_one_that_is_known() -> None:
    known = {"hardware": object(), "other": object()}

    assert category_of(a_notification(an_alert(category="hardware")), known) == "hardware"
    assert category_of(a_notification(an_alert(category="kittens")), known) == "other"


def test_change_says_what_fires_too_what_ended_and_what_was_left_out() -> None:
    said = a_notification(replace(A, is_firing=False), B, left_out=3)

    assert change_words(said, FIRED) == (
        "Fires too: Load. No longer fires: Load. 1 alert fires now; 3 more are not listed,"
        " Alertmanager left them out (max_alerts)"
    )
