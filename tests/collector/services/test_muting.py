"""What is muted opens no ticket, and nothing of it is lost when that ends."""

from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.alerts.silence import LONGEST, MAX_SILENCES
from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.desk.ticket import Priority, TicketStatus
from sickbay_collector.core.device import DeviceStatus
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.services import desk as technician
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.quiet_timers import QuietTimers
from sickbay_collector.services.silences import add_silence, expire_silence, extend_silence
from sickbay_collector.services.timers import run_due
from sickbay_collector.services.triage import apply_alert_changes
from sickbay_collector.services.window_run import Steps
from tests.collector.desk_builders import DEVICE_ID, NOW, a_change, a_device, a_rule
from tests.collector.desk_fakes import FakeDesk

HOUR = timedelta(hours=1)
OPENED = a_change(ChangeKind.OPENED)
REASON = "silence 1 by mia until 2026-03-02 10:00 UTC: known"
RULES = RuleSet.of([a_rule(), a_rule(id="disk.full.crit", urgency=1)])


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def silenced(desk: FakeDesk) -> FakeDesk:
    """A desk with a silence of an hour."""
    add(desk)
    return desk


def add(desk: FakeDesk, *, hours: float = 1.0, rule: str = "disk.*") -> int:
    return add_silence(
        desk.open,
        matcher=Matcher.of({"rule": [rule]}),
        reason="known",
        ends_at=NOW + hours * HOUR,
        user="mia",
        now=NOW,
    ).number


def happen(desk: FakeDesk, *changes: AlertChange, hours: float = 0.0) -> None:
    with desk.open() as uow:
        now = NOW + hours * HOUR
        apply_alert_changes(uow, a_device(), changes, now=now, new_id=desk.new_id)
        uow.commit()


def pass_time(
    desk: FakeDesk,
    hours: float,
    rules: RuleSet = RULES,
    *,
    started_at: datetime = NOW - 24 * HOUR,
) -> None:
    """Run the timers that are due by then."""
    timers = QuietTimers(lambda: rules, Steps(started_at=started_at, new_id=desk.new_id))
    now = NOW + hours * HOUR
    run_due(
        desk.database.read,
        desk.open,
        timers.handlers(),
        now,
        lambda _: False,
        told=lambda ran: None if ran.ok else pytest.fail(f"failed: {ran.timer}"),
    )


def the_alert(desk: FakeDesk) -> AlertRecord:
    (alert,) = desk.alerts
    return alert


def outcomes(desk: FakeDesk) -> list[str]:
    return [one.outcome for one in desk.database.data.quiet.muted]


def test_silenced_alert_is_open_and_has_no_ticket(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    alert = the_alert(silenced)

    assert (alert.status, alert.ticket_id, alert.suppressed_reason) == ("open", None, REASON)
    assert silenced.tickets == []
    assert silenced.messages == []


def test_other_alerts_open_tickets(desk: FakeDesk) -> None:
    add(desk, rule="mem.*")
    happen(desk, OPENED)

    assert the_alert(desk).ticket_id == desk.ticket.ticket_id
    assert the_alert(desk).suppressed_reason == ""


def test_ticket_opens_when_the_silence_ends_and_the_alert_is_still_true(
    silenced: FakeDesk,
) -> None:
    happen(silenced, OPENED)
    pass_time(silenced, 0.9)
    assert silenced.tickets == []
    pass_time(silenced, 1.0)

    assert silenced.ticket.opened_at == NOW + HOUR
    assert the_alert(silenced).ticket_id == silenced.ticket.ticket_id
    assert the_alert(silenced).suppressed_reason == ""
    assert [one.event for one in silenced.entries] == ["opened", "suppressed"]
    assert silenced.entries[1].text == f"It was muted by {REASON}"
    assert [item.value for item in silenced.evidence] == [0.06]
    assert outcomes(silenced) == ["ticket"]


def test_ticket_opens_once_however_often_the_timer_runs(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    for hours in (1.0, 1.1, 9.0):
        pass_time(silenced, hours)

    assert len(silenced.tickets) == 1


def test_alert_that_closes_while_muted_never_opens_a_ticket(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    happen(silenced, a_change(ChangeKind.CLOSED), hours=0.5)
    pass_time(silenced, 2.0)

    assert silenced.tickets == []
    assert the_alert(silenced).status == "closed"
    assert the_alert(silenced).suppressed_reason == REASON
    assert outcomes(silenced) == ["closed"]
    assert silenced.database.data.timers == {}


def test_ticket_says_what_was_measured_last(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    happen(silenced, a_change(ChangeKind.EVIDENCE, at=NOW + HOUR / 2, urgency=1), hours=0.5)
    assert silenced.tickets == []
    pass_time(silenced, 1.0)

    assert silenced.ticket.priority is Priority.HIGH
    assert [item.at for item in silenced.evidence] == [NOW + HOUR / 2]


def test_clearing_alert_waits_for_what_comes_next(silenced: FakeDesk) -> None:
    """It closes, or is back; only then its ticket opens."""
    happen(silenced, OPENED, a_change(ChangeKind.CLEARING))
    pass_time(silenced, 2.0)
    assert silenced.tickets == []

    happen(silenced, a_change(ChangeKind.RETURNED), hours=3.0)
    pass_time(silenced, 3.0)

    assert silenced.ticket.opened_at == NOW + 3 * HOUR


def test_alert_joins_the_ticket_that_is_there(desk: FakeDesk) -> None:
    happen(desk, OPENED)
    add(desk, rule="disk.full.crit")
    happen(desk, a_change(ChangeKind.OPENED, rule=RULES.rules["disk.full.crit"]))
    assert [one.event for one in desk.entries] == ["opened"]
    pass_time(desk, 1.0)

    assert desk.ticket.priority is Priority.HIGH
    assert [one.event for one in desk.entries] == ["opened", "joined", "suppressed"]


def test_what_another_silence_mutes_too_stays_quiet(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    add(silenced, hours=3.0)
    pass_time(silenced, 1.0)

    assert silenced.tickets == []
    assert the_alert(silenced).suppressed_reason.startswith("silence 2 by mia until")
    assert outcomes(silenced) == ["muted again", ""]
    pass_time(silenced, 3.0)
    assert len(silenced.tickets) == 1


def test_extended_silence_goes_on(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    extend_silence(silenced.open, 1, ends_at=NOW + 5 * HOUR, user="bo", now=NOW)
    pass_time(silenced, 4.0)
    assert silenced.tickets == []
    pass_time(silenced, 5.0)

    assert len(silenced.tickets) == 1


@pytest.mark.parametrize("how", ["expire", "shorten"])
def test_tickets_open_at_once_when_a_silence_ends_early(silenced: FakeDesk, how: str) -> None:
    happen(silenced, OPENED)
    soon = NOW + HOUR / 4
    if how == "expire":
        expire_silence(silenced.open, 1, user="bo", now=soon)
    else:
        extend_silence(silenced.open, 1, ends_at=soon, user="bo", now=NOW)
    pass_time(silenced, 0.25)
    pass_time(silenced, 0.25)

    assert silenced.ticket.opened_at == soon


def test_alert_of_a_rule_that_is_gone_is_left_to_its_next_report(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    pass_time(silenced, 1.0, RuleSet.of([]))
    assert silenced.tickets == []
    happen(silenced, a_change(ChangeKind.CLOSED), hours=2.0)

    assert the_alert(silenced).status == "closed"
    assert outcomes(silenced) == ["closed"]


def test_retired_device_opens_no_ticket(silenced: FakeDesk) -> None:
    happen(silenced, OPENED)
    retired = a_device()
    object.__setattr__(retired, "status", DeviceStatus.RETIRED)
    silenced.database.data.devices[DEVICE_ID] = retired
    pass_time(silenced, 1.0)

    assert silenced.tickets == []
    assert outcomes(silenced) == ["dropped"]


def test_changes_of_silences_are_audited(silenced: FakeDesk) -> None:
    extend_silence(silenced.open, 1, ends_at=NOW + 2 * HOUR, user="bo", now=NOW)
    expire_silence(silenced.open, 1, user="bo", now=NOW)
    audit = silenced.database.data.configured.audit

    assert [(one.actor, one.action, one.object_kind, one.object_id) for one in audit] == [
        ("mia", "added", "silence", "1"),
        ("bo", "extended", "silence", "1"),
        ("bo", "expired", "silence", "1"),
    ]
    assert audit[0].after["matcher"] == "rule disk.*"
    assert audit[1].before["ends_at"] == (NOW + HOUR).isoformat()


def test_what_is_wrong_changes_nothing(silenced: FakeDesk) -> None:
    with pytest.raises(NotFoundError, match="no silence has the number 9"):
        expire_silence(silenced.open, 9, user="bo", now=NOW)
    with pytest.raises(InvalidError, match="at most 30 days"):
        extend_silence(silenced.open, 1, ends_at=NOW + 2 * LONGEST, user="bo", now=NOW)
    with pytest.raises(ConflictError, match="silence 1 ended"):
        expire_silence(silenced.open, 1, user="bo", now=NOW + HOUR)

    assert len(silenced.database.data.configured.audit) == 1


def test_no_more_than_a_thousand_silences(desk: FakeDesk) -> None:
    first = add(desk)
    silences = desk.database.data.quiet.silences
    for number in range(first + 1, MAX_SILENCES):
        silences[number] = silences[first]
    last = add(desk)
    assert last == MAX_SILENCES
    with pytest.raises(ConflictError, match="1000 silences in force"):
        add(desk)


def test_more_evidence_on_an_acknowledged_ticket_tells_nobody(desk: FakeDesk) -> None:
    """Its priority may rise, but who has it in hand is not told again."""
    happen(desk, OPENED)
    act = technician.Act(ticket_id=desk.ticket.ticket_id, user="mia", expected_version=1, now=NOW)
    technician.take(desk.open, act)
    told = len(desk.messages)
    happen(desk, a_change(ChangeKind.OPENED, rule=RULES.rules["disk.full.crit"]))

    assert desk.ticket.priority is Priority.HIGH
    assert desk.ticket.status is TicketStatus.IN_PROGRESS
    assert len(desk.messages) == told


@pytest.mark.parametrize(("site", "expected"), [("berlin", 0), ("paris", 1)])
def test_site_is_that_of_the_asset_record(desk: FakeDesk, site: str, expected: int) -> None:
    claim = Claim(field=AssetField.SITE, source=Source.MANUAL, value="berlin", by="bo", at=NOW)
    with desk.open() as uow:
        uow.assets.save_all([AssetWrite(device_id=DEVICE_ID, version=0, put=(claim,))])
        uow.commit()
    ends_at = NOW + HOUR
    matcher = Matcher.of({"site": [site]})
    add_silence(desk.open, matcher=matcher, reason="x", ends_at=ends_at, user="mia", now=NOW)
    happen(desk, OPENED)

    assert len(desk.tickets) == expected


def test_ticket_of_an_alert_is_looked_at_for_a_problem(silenced: FakeDesk) -> None:
    """Only once it is there: what is muted is no incident."""
    happen(silenced, OPENED)
    key = ("problem", f"{DEVICE_ID}|disk.space")
    assert key not in silenced.database.data.timers
    pass_time(silenced, 1.0)

    assert key in silenced.database.data.timers
