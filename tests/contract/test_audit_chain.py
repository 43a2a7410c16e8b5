"""The chain of the audit: whole however many write, and broken wherever somebody touched it."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, Engine, text

from sickbay_collector.core.audit_chain import (
    BEGINNING,
    START,
    Break,
    BrokenEvent,
    ChainHead,
    ChainPoint,
    Checkpoint,
)
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.audit_check import ChainReport, advance_checkpoint, check_step
from sickbay_collector.services.audit_lookups import walk_audit
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.ports import OpenUnitOfWork
from tests.contract.conftest import Stores
from tests.contract.test_config import EVENT

EVENTS = [replace(EVENT, object_id=f"L{number}") for number in range(7)]

CHECKPOINT = Checkpoint(
    point=ChainPoint(head=ChainHead(entry=6, hash="a"), events=6),
    broken=BrokenEvent(entry=7, why=Break.CHANGED),
    checked_at=EVENT.at,
    checked_by="ann",
)
ADDED = (
    "INSERT INTO audit_event (entry, at, actor, action, object_kind, object_id, before, after,"
    " previous, hash) SELECT 8, at, actor, action, object_kind, 'L9', before, after, hash, hash"
    " FROM audit_event WHERE entry = 7"
)
SET_BACK = "UPDATE audit_head SET entry = 5, hash = (SELECT hash FROM audit_event WHERE entry = 5)"


def write(open_uow: OpenUnitOfWork) -> None:
    """Append seven events in three transactions."""
    for part in (EVENTS[:3], EVENTS[3:4], EVENTS[4:]):
        with open_uow() as uow:
            uow.audit.add_all(part)
            uow.commit()


def verify(
    open_reads: OpenUnitOfWork, *, batch: int = 3, noted: ChainHead | None = None
) -> ChainReport:
    """Go on step by step until all was looked at."""
    report = check_step(open_reads, noted=noted, limit=batch)
    while not report.is_over:
        report = check_step(open_reads, after=report.point, noted=noted, limit=batch)
    return report


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
    empty = verify(stores.read)
    write(stores.open)
    report = verify(stores.read, batch=2)
    found = list(walk_audit(stores.read, AuditFilter(), batch=3))

    assert (empty.point.events, empty.point.head, empty.broken) == (0, START, None)
    assert (report.point.events, report.broken) == (7, None)
    assert [one.event for one in found] == EVENTS
    assert [one.previous for one in found] == ["", *(one.hash for one in found[:-1])]
    assert report.point.head == ChainHead(entry=found[-1].entry, hash=found[-1].hash)


def test_what_is_rolled_back_leaves_no_gap(stores: Stores) -> None:
    with stores.open() as uow:
        uow.audit.add(EVENT)
        assert len(uow.audit.list(AuditFilter(), limit=9)) == 1
    write(stores.open)

    assert verify(stores.read).point.events == 7


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
        pytest.param([ADDED], (8, Break.ADDED), id="one-put-in-behind"),
        pytest.param(
            [
                "UPDATE audit_event SET entry = entry + 10 WHERE entry > 4",
                "UPDATE audit_event SET entry = entry - 9 WHERE entry > 4",
                ADDED.replace("SELECT 8", "SELECT 5").replace("entry = 7", "entry = 4"),
                "UPDATE audit_head SET entry = 8",
            ],
            (5, Break.CHANGED),
            id="one-put-in-between",
        ),
        pytest.param(
            [SET_BACK],
            (6, Break.ADDED),
            id="a-head-set-back",
        ),
    ],
)
def test_the_first_event_that_does_not_fit_is_named(
    engine: Engine, statements: list[str], broken: tuple[int, Break]
) -> None:
    write(open_unit_of_work(engine))
    tamper(engine, *statements)
    report = verify(open_read_only(engine), batch=2)

    assert report.broken == BrokenEvent(entry=broken[0], why=broken[1])


def test_a_chain_that_was_written_anew_does_not_hold_what_was_noted(engine: Engine) -> None:
    """Who can write everything can also reckon every hash; only what was noted elsewhere tells."""
    write(open_unit_of_work(engine))
    noted = verify(open_read_only(engine)).point.head
    assert verify(open_read_only(engine), noted=noted).broken is None
    tamper(engine, "DELETE FROM audit_event", "DELETE FROM audit_head")
    with open_unit_of_work(engine)() as uow:
        uow.audit.add_all([replace(one, actor="eve") for one in EVENTS])
        uow.commit()
    reads = open_read_only(engine)

    assert verify(reads).broken is None
    assert verify(reads, noted=noted).broken == BrokenEvent(entry=7, why=Break.REPLACED)
    later = replace(noted, entry=8)
    assert verify(reads, noted=later).broken == BrokenEvent(entry=8, why=Break.REPLACED)


@pytest.mark.parametrize("batch", [1, 2, 6, 7, 8])
def test_a_break_is_found_wherever_the_steps_begin(engine: Engine, batch: int) -> None:
    write(open_unit_of_work(engine))
    assert verify(open_read_only(engine), batch=batch).point.events == 7
    tamper(engine, "UPDATE audit_event SET actor = 'eve' WHERE entry = 7")
    report = verify(open_read_only(engine), batch=batch)

    assert report.broken == BrokenEvent(entry=7, why=Break.CHANGED)
    assert (report.point.events, report.point.head.entry) == (6, 6)


def test_steps_end_where_nothing_more_is_written(stores: Stores) -> None:
    write(stores.open)
    steps = [check_step(stores.read, limit=4)]
    while not steps[-1].is_over:
        steps.append(check_step(stores.read, after=steps[-1].point, limit=4))

    assert [one.point.events for one in steps] == [4, 7]
    assert {one.written.entry for one in steps} == {7}


def test_the_checkpoint_goes_on_and_begins_anew(stores: Stores) -> None:
    def advance(*, anew: bool = False) -> ChainReport:
        kept, report = advance_checkpoint(
            stores.read, stores.open, anew=anew, by="ann", now=EVENT.at, limit=3
        )
        with stores.read() as uow:
            assert uow.audit.checkpoint() == kept
        return report

    with stores.read() as uow:
        assert uow.audit.checkpoint() is None
    assert advance().point == BEGINNING
    write(stores.open)

    assert [advance().point.events for _ in range(4)] == [3, 6, 7, 7]
    assert advance(anew=True).point.events == 3


def test_one_checkpoint_is_kept(stores: Stores) -> None:
    whole = replace(CHECKPOINT, broken=None, checked_by="bob")
    for kept in (CHECKPOINT, whole):
        with stores.open() as uow:
            uow.audit.keep_checkpoint(kept)
            uow.commit()
        with stores.read() as uow:
            assert uow.audit.checkpoint() == kept


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["DELETE FROM audit_event WHERE entry > 5"], id="cut"),
        pytest.param(["UPDATE audit_event SET hash = 'a' WHERE entry = 6"], id="another-hash"),
    ],
)
def test_a_checkpoint_whose_event_is_gone_says_so(engine: Engine, statements: list[str]) -> None:
    """Also where the end of the chain was set back to fit."""
    open_uow, open_reads = open_unit_of_work(engine), open_read_only(engine)
    write(open_uow)
    for _ in range(2):
        advance_checkpoint(open_reads, open_uow, anew=False, by="ann", now=EVENT.at, limit=3)
    tamper(engine, *statements, SET_BACK)
    kept, report = advance_checkpoint(open_reads, open_uow, anew=False, by="bob", now=EVENT.at)

    assert report.is_over
    assert kept.broken == BrokenEvent(entry=6, why=Break.REPLACED)
    with open_reads() as uow:
        assert uow.audit.checkpoint() == kept


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

    assert verify(open_read_only(engine)).broken is None
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
    report = verify(open_read_only(engine))

    assert (report.point.events, report.point.head.entry, report.broken) == (10, 16, None)
