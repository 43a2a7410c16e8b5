"""Versions and changes of alert rules come back; what rules did is counted."""

from datetime import timedelta

from sickbay_collector.core.desk.codes import ClosureCode
from sickbay_collector.services.rule_ports import RuleChange, RuleTally, RuleVersion
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_ticket, add_devices, an_alert

HOUR = timedelta(hours=1)
RULE = "disk.full.crit"


def a_change(version: str, *, enabled: bool = True, action: str = "changed") -> RuleChange:
    return RuleChange(
        rule_id=RULE,
        version=version,
        enabled=enabled,
        revision=3,
        action=action,
        at=NOW,
        by="mia",
        note="größer",
    )


def test_versions_and_changes_come_back_newest_first(stores: Stores) -> None:
    """A known version stays as it is, so that what an alert points to never changes."""
    first = RuleVersion(version="v1", rule_id=RULE, text='{"a":1}', recorded_at=NOW)
    second = RuleVersion(version="v2", rule_id=RULE, text='{"a":2}', recorded_at=NOW + HOUR)
    with stores.open() as uow:
        uow.rules.keep([first, second])
        uow.rules.keep([RuleVersion(version="v1", rule_id=RULE, text="{}", recorded_at=NOW)])
        uow.rules.keep([])
        uow.rules.log([a_change("v1"), a_change("", enabled=False, action="removed")])
        uow.rules.log([])
        uow.commit()

    with stores.read() as uow:
        assert list(uow.rules.versions(RULE, limit=9)) == [second, first]
        assert list(uow.rules.versions(RULE, limit=1)) == [second]
        assert uow.rules.version(RULE, "v1") == first
        assert uow.rules.version("other", "v1") is None
        changes = [a_change("", enabled=False, action="removed"), a_change("v1")]
        assert list(uow.rules.changes(RULE, limit=9)) == changes
        assert list(uow.rules.changes("other", limit=9)) == []


def test_what_rules_did_is_counted(stores: Stores) -> None:
    """Noise is a ticket that was over before anybody acknowledged it, or was no fault."""
    add_devices(stores, ONE)
    tickets = [
        a_ticket("001", family="a", acknowledged_at=None, resolved_at=NOW),
        a_ticket("002", family="b", acknowledged_at=NOW, resolved_at=NOW),
        a_ticket("003", family="c", acknowledged_at=NOW, closure_code=ClosureCode.NO_FAULT),
        a_ticket("004", family="d", acknowledged_at=None, resolved_at=None),
    ]
    with stores.open() as uow:
        for number, ticket in enumerate(tickets):
            uow.tickets.insert_open(ticket)
            uow.alerts.add(
                an_alert(f"a{number}", ticket_id=ticket.ticket_id, status="closed", closed_at=NOW)
            )
        uow.alerts.add(an_alert("a7", ticket_id=tickets[0].ticket_id))
        uow.alerts.add(an_alert("a8", suppressed_reason="silence 1"))
        uow.alerts.add(an_alert("a9", opened_at=NOW - HOUR))
        uow.alerts.add(an_alert("b1", rule_id="other"))
        uow.commit()

    with stores.read() as uow:
        found = uow.rules.tallies(NOW, [RULE, "other"])
        assert found[RULE] == RuleTally(alerts=6, standing=2, quiet=1, tickets=4, noise=2)
        assert found[RULE].noise_ratio == 0.5
        assert found["other"] == RuleTally(alerts=1, standing=1)
        assert found["other"].noise_ratio is None
        assert set(uow.rules.tallies(NOW, ["other"])) == {"other"}
