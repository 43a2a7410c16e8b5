"""The chain of the audit: whole however many write, and broken wherever somebody touched it."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, Engine, text

from sickbay_collector.core.audit_chain import START, Break, BrokenEvent, ChainHead
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.audit_lookups import verify_audit, walk_audit
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.ports import OpenUnitOfWork
from tests.contract.conftest import Stores
from tests.contract.test_config import EVENT

EVENTS = [replace(EVENT, object_id=f"L{number}") for number in range(7)]

ADDED = (
    "INSERT INTO audit_event (entry, at, actor, action, object_kind, object_id, before, after,"
    " previous, hash) SELECT 8, at, actor, action, object_kind, 'L9', before, after, hash, hash"
    " FROM audit_event WHERE entry = 7"
)


def write(open_uow: OpenUnitOfWork) -> None:
    """Append seven events in three transactions."""
    for part in (EVENTS[:3], EVENTS[3:4], EVENTS[4:]):
        with open_uow() as uow:
            uow.audit.add_all(part)
            uow.commit()


def tamper(engine: Engine, *statements: str) -> None:
    """Do what only the database's own administrator can."""

    def run(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    if engine.dialect.name == SQLITE:
        with engine.begin() as connection:
            triggers = connection.execute(
                text("SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'audit_event'")
            ).all()
            made = [(name, sql) for name, sql in triggers if name.startswith("audit_event_no_")]
            for name, _ in made:
                connection.execute(text(f"DROP TRIGGER {name}"))
            run(connection)
            for _, sql in made:
                connection.execute(text(sql))
    else:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            run(connection)


def test_each_event_has_the_hash_of_the_one_before(stores: Stores) -> None:
    empty = verify_audit(stores.read)
    write(stores.open)
    report = verify_audit(stores.read, batch=2)
    found = list(walk_audit(stores.read, AuditFilter(), batch=3))

    assert (empty.events, empty.head, empty.broken) == (0, START, None)
    assert (report.events, report.broken) == (7, None)
    assert [one.event for one in found] == EVENTS
    assert [one.previous for one in found] == ["", *(one.hash for one in found[:-1])]
    assert report.head == ChainHead(entry=found[-1].entry, hash=found[-1].hash)


def test_what_is_rolled_back_leaves_no_gap(stores: Stores) -> None:
    with stores.open() as uow:
        uow.audit.add(EVENT)
        assert len(uow.audit.list(AuditFilter(), limit=9)) == 1
    write(stores.open)

    assert verify_audit(stores.read).events == 7


def test_a_walk_is_filtered_and_goes_on_behind_an_entry(stores: Stores) -> None:
    write(stores.open)
    with stores.read() as uow:
        only = uow.audit.walk(AuditFilter(object_id="L4"), limit=9)
        rest = uow.audit.walk(AuditFilter(), limit=9, after=only[0].entry)

    assert [one.event.object_id for one in (*only, *rest)] == ["L4", "L5", "L6"]


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        pytest.param(
            ["UPDATE audit_event SET actor = 'eve' WHERE entry = 4"],
            (4, Break.CHANGED),
            id="another-actor",
        ),
        pytest.param(
            ["""UPDATE audit_event SET after = '{"time_limit":"9h"}' WHERE entry = 1"""],
            (1, Break.CHANGED),
            id="another-value",
        ),
        pytest.param(
            ["UPDATE audit_event SET at = at + 1 WHERE entry = 7"],
            (7, Break.CHANGED),
            id="a-microsecond",
        ),
        pytest.param(
            ["DELETE FROM audit_event WHERE entry = 3"], (4, Break.UNLINKED), id="one-removed"
        ),
        pytest.param(
            ["DELETE FROM audit_event WHERE entry < 3"], (3, Break.UNLINKED), id="a-beginning"
        ),
        pytest.param(["DELETE FROM audit_event WHERE entry > 5"], (5, Break.CUT), id="an-end"),
        pytest.param(["DELETE FROM audit_event"], (0, Break.CUT), id="all"),
        pytest.param(
            [
                "UPDATE audit_event SET entry = 99 WHERE entry = 5",
                "UPDATE audit_event SET entry = 5 WHERE entry = 6",
                "UPDATE audit_event SET entry = 6 WHERE entry = 99",
            ],
            (5, Break.UNLINKED),
            id="two-swapped",
        ),
        pytest.param(
            [ADDED],
            (8, Break.CHANGED),
            id="one-put-in",
        ),
    ],
)
def test_the_first_event_that_does_not_fit_is_named(
    engine: Engine, statements: list[str], broken: tuple[int, Break]
) -> None:
    write(open_unit_of_work(engine))
    tamper(engine, *statements)
    report = verify_audit(open_read_only(engine), batch=2)

    assert report.broken == BrokenEvent(entry=broken[0], why=broken[1])


def test_a_chain_that_was_written_anew_does_not_hold_what_was_noted(engine: Engine) -> None:
    """Who can write everything can also reckon every hash; only what was noted elsewhere tells."""
    write(open_unit_of_work(engine))
    noted = verify_audit(open_read_only(engine)).head
    assert verify_audit(open_read_only(engine), noted=noted).broken is None
    tamper(engine, "DELETE FROM audit_event", "DELETE FROM audit_head")
    with open_unit_of_work(engine)() as uow:
        uow.audit.add_all([replace(one, actor="eve") for one in EVENTS])
        uow.commit()
    reads = open_read_only(engine)

    assert verify_audit(reads).broken is None
    assert verify_audit(reads, noted=noted).broken == BrokenEvent(entry=7, why=Break.REPLACED)
    later = replace(noted, entry=8)
    assert verify_audit(reads, noted=later).broken == BrokenEvent(entry=8, why=Break.REPLACED)


def test_many_write_at_once_and_the_chain_is_whole(engine: Engine) -> None:
    """No entry is taken twice, and nobody waits in a circle: rows come first, the chain last."""
    open_uow = open_unit_of_work(engine)
    together = Barrier(4)

    def work(name: str) -> None:
        together.wait(timeout=30)
        for number in range(10):
            with open_uow() as uow:
                uow.audit.add(replace(EVENT, actor=name, object_id=str(number)))
                uow.accounts.count_try(f"{number % 2}", now=EVENT.at, since=EVENT.at)
                uow.audit.add(replace(EVENT, actor=name, action="removed", object_id=str(number)))
                uow.commit()

    threads = [Thread(target=work, args=(name,)) for name in ("ann", "bob", "cem", "dan")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = list(walk_audit(open_read_only(engine), AuditFilter()))

    assert verify_audit(open_read_only(engine)).broken is None
    assert [one.entry for one in found] == list(range(1, 81))
    assert [one.event.object_id for one in found if one.event.actor == "ann"] == [
        str(number) for number in range(10) for _ in range(2)
    ]


def test_events_of_before_are_chained_by_the_migration(engine: Engine) -> None:
    """In the order of writing, by the form that the collector reckons with, append-only after."""
    migrate.downgrade(engine, "0026")
    with engine.begin() as connection:
        for entry in (2, 5, 9):
            connection.execute(
                text(
                    "INSERT INTO audit_event (entry, at, actor, action, object_kind, object_id,"
                    " before, after) VALUES (:entry, :at, 'ann', 'changed', 'person', 'p-1',"
                    """ '{}', '{"name":"\\u00c4nne \\ud83d\\ude00"}')"""
                ),
                {"entry": entry, "at": 1_700_000_000_000_000 + entry},
            )
    migrate.upgrade(engine)
    write(open_unit_of_work(engine))
    report = verify_audit(open_read_only(engine))

    assert (report.events, report.head.entry, report.broken) == (10, 16, None)
