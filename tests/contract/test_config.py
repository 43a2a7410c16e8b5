"""Applied entries and their revision, and the audit: what is written is there in its order."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

from sqlalchemy import Engine

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.config_ports import ConfigEntry
from tests.contract.conftest import Stores
from tests.contract.records import NOW

ENTRY = ConfigEntry(
    kind="skills",
    id="sap",
    position=1,
    text='{"id":"sap"}',
    revision=1,
    applied_at=NOW,
    applied_by="ann",
)
EVENT = AuditEvent(
    at=NOW,
    actor="ann",
    action="changed",
    object_kind="config/tiers",
    object_id="L1",
    before={"time_limit": '"2h"'},
    after={"time_limit": '"1h"'},
)


def test_entries_are_kept_by_kind_and_position(stores: Stores) -> None:
    first = replace(ENTRY, id="tax", position=0)
    rule = replace(ENTRY, kind="rules", id="disk.full.warn", position=7)
    with stores.open() as uow:
        uow.config.put([ENTRY, rule, first])
        uow.config.put([])
        uow.commit()
    with stores.open() as uow:
        uow.config.put([replace(ENTRY, text='{"id":"sap","name":"SAP"}', revision=2)])
        assert uow.config.remove("rules", "disk.full.warn")
        assert not uow.config.remove("rules", "disk.full.warn")
        uow.commit()
    with stores.read() as uow:
        found = uow.config.all()

    assert [(one.id, one.revision) for one in found] == [("tax", 1), ("sap", 2)]
    assert found[1].text == '{"id":"sap","name":"SAP"}'


def test_the_revision_counts_up_and_rolls_back(stores: Stores) -> None:
    with stores.open() as uow:
        assert uow.config.begin() == 0
        uow.config.advance(1)
        uow.commit()
    with stores.open() as uow:
        assert uow.config.begin() == 1
        uow.config.advance(2)
    with stores.read() as uow:
        assert uow.config.revision() == 1


def test_two_that_apply_at_once_come_one_after_the_other(engine: Engine) -> None:
    """None of them reads the revision that the other is about to leave behind."""
    open_uow = open_unit_of_work(engine)

    def apply() -> None:
        with open_uow() as uow:
            uow.config.advance(uow.config.begin() + 1)
            uow.commit()

    threads = [Thread(target=apply) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_uow() as uow:
        assert uow.config.revision() == 8


def test_the_audit_is_listed_newest_first_and_filtered(stores: Stores) -> None:
    other = replace(EVENT, actor="bob", action="removed", at=NOW + timedelta(hours=1), after={})
    last = replace(EVENT, object_kind="person", object_id="p1", at=NOW + timedelta(hours=2))
    with stores.open() as uow:
        uow.audit.add(EVENT)
        uow.audit.add_all([other, last])
        uow.audit.add_all([])
        uow.commit()
    with stores.read() as uow:
        everything = uow.audit.list(AuditFilter(), limit=9)

        assert [one.event for one in everything] == [last, other, EVENT]
        assert [
            [one.event for one in uow.audit.list(wanted, limit=9)]
            for wanted in (
                AuditFilter(actor="bob"),
                AuditFilter(action="removed"),
                AuditFilter(object_kind="person"),
                AuditFilter(object_id="L1"),
                AuditFilter(since=NOW + timedelta(hours=1)),
                AuditFilter(until=NOW + timedelta(hours=1)),
            )
        ] == [[other], [other], [last], [other, EVENT], [last, other], [EVENT]]
        behind = uow.audit.list(AuditFilter(), limit=1, before=everything[0].entry)
        assert [one.event for one in behind] == [other]


def test_an_event_that_is_not_committed_is_not_kept(stores: Stores) -> None:
    """The change and its record are one transaction."""
    with stores.open() as uow:
        uow.audit.add(EVENT)
    with stores.read() as uow:
        assert uow.audit.list(AuditFilter(), limit=9) == []


def test_several_events_are_kept_in_their_order(stores: Stores) -> None:
    events = [EVENT, replace(EVENT, object_id="L2")]
    with stores.open() as uow:
        uow.audit.add_all(events)
        uow.audit.add_all([])
        uow.commit()

    with stores.read() as uow:
        assert [one.event for one in uow.audit.list(AuditFilter(), limit=9)] == events[::-1]
