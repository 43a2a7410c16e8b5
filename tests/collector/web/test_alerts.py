"""One alert as people look at it: what keeps it quiet, its evidence, what happened to it."""

import json
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.alerts.silence import MuteSource
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import AlertId, TicketId
from sickbay_collector.services.alert_lookups import (
    HappenedKind,
    SuppressedBy,
    Suppressor,
    alert_detail,
)
from sickbay_collector.services.alert_ports import AlertRecord
from tests.collector.clinic import ALERT, NOW, SICK, TICKET, Clinic

NO_RULES = RuleSet.of([])


def test_alert_shows_evidence_rule_and_what_happened(clinic: Clinic) -> None:
    with clinic.open_reads() as uow:
        found = alert_detail(uow, ALERT, NO_RULES)

    assert found.row.hostname == "ws-sick"
    assert found.row.ticket_number == 1
    assert found.row.suppressed_by is None
    assert [one.value for one in found.evidence] == [0.02]
    assert json.loads(found.rule_text) == {"id": "disk.full.crit", "urgency": 1}
    assert not found.is_rule_current
    assert found.opens_when == ""
    assert [one.kind for one in found.timeline] == [HappenedKind.TRUE, HappenedKind.OPENED]


def test_alert_over_http(reader: TestClient) -> None:
    found = reader.get(f"/api/v1/alerts/{ALERT}").json()

    assert found["readings"][0]["threshold"] == "below 10 %"
    assert found["rule"] == {"id": "disk.full.crit", "urgency": 1}
    assert [one["kind"] for one in found["timeline"]] == ["true", "opened"]
    assert reader.get("/api/v1/alerts?urgency=1").json()["items"][0]["ticket_number"] == 1
    assert reader.get("/api/v1/alerts?urgency=2").json()["items"] == []
    assert reader.get("/api/v1/alerts?urgency=4").status_code == 422
    assert reader.get("/api/v1/alerts/nothing").status_code == 404
    assert reader.get("/api/v1/alerts/a%00b").status_code == 404


def test_alert_that_is_not_there(clinic: Clinic) -> None:
    with clinic.open_reads() as uow, pytest.raises(NotFoundError, match="no alert has the id no"):
        alert_detail(uow, AlertId("no"), NO_RULES)


@pytest.mark.parametrize(
    ("reason", "ticket_id", "expected"),
    [
        pytest.param(
            "grace: the first 30 min after boot",
            None,
            SuppressedBy(kind=Suppressor.GRACE, number=None),
            id="grace",
        ),
        pytest.param(
            "disk.failing is open",
            TICKET,
            SuppressedBy(kind=Suppressor.ALERT, number=1),
            id="another alert",
        ),
    ],
)
def test_what_keeps_an_alert_quiet_is_named(
    clinic: Clinic, reason: str, ticket_id: TicketId | None, expected: SuppressedBy
) -> None:
    with clinic.open_writes() as uow:
        uow.alerts.add(
            _an_alert(
                status="suppressed",
                suppressed_reason=reason,
                closed_at=NOW,
                ticket_id=ticket_id,
            )
        )
        uow.commit()
    with clinic.open_reads() as uow:
        found = alert_detail(uow, AlertId("a1"), NO_RULES)

    assert found.row.suppressed_by == expected
    assert found.timeline[-1].kind is HappenedKind.SUPPRESSED


def test_silence_that_mutes_is_named_and_stands_in_the_timeline(clinic: Clinic) -> None:
    alert = _an_alert(suppressed_reason="silence 3 by mia", ticket_id=None)
    with clinic.open_writes() as uow:
        uow.alerts.add(alert)
        uow.quiet.mute(_a_mute(alert))
        uow.commit()
    with clinic.open_reads() as uow:
        found = alert_detail(uow, alert.alert_id, NO_RULES)

    assert found.row.suppressed_by == SuppressedBy(kind=Suppressor.SILENCE, number=3)
    assert [one.kind for one in found.timeline][-1] is HappenedKind.MUTED
    assert found.evidence == ()


def _an_alert(**fields: object) -> AlertRecord:
    plain: dict[str, object] = {
        "alert_id": AlertId("a1"),
        "device_id": SICK,
        "rule_id": "disk.slow",
        "rule_version": "v2",
        "family": "disk.slow",
        "instance": "SN1",
        "instance_label": "drive SN1",
        "status": "open",
        "since": NOW - timedelta(hours=1),
        "opened_at": NOW - timedelta(minutes=5),
        "closed_at": None,
        "sentence": "slow",
        "suppressed_reason": "",
        "ticket_id": TICKET,
        **fields,
    }
    return AlertRecord(**plain)  # type: ignore[arg-type]


def _a_mute(alert: AlertRecord) -> MutedAlert:
    return MutedAlert(
        alert_id=alert.alert_id,
        device_id=alert.device_id,
        rule_id=alert.rule_id,
        instance=alert.instance,
        instance_label=alert.instance_label,
        source=MuteSource.SILENCE,
        number=3,
        occurrence=0,
        muted_at=NOW,
        until=NOW + timedelta(hours=1),
        ended_at=None,
        outcome="",
        at=NOW,
        since=NOW,
        urgency=2,
        sentence="slow",
        closes_when="",
        history="",
        readings=(),
    )
