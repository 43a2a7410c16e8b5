"""Two collectors on one database: what is applied at one is in force at the other, exactly once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.book.apply import (
    Applying,
    Document,
    StaleRevisionError,
    apply,
    read_documents,
)
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Holder:
    """What a collector holds of the configuration."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        places = Places(rules=folder, sla=folder, desk=folder)
        self.open: OpenUnitOfWork = open_unit_of_work(engine)
        self.read = open_read_only(engine)
        self.shelf = Shelf(places, self.read, lambda: NOW, lambda _: None)
        self.shelf.start()

    def say(self, text: str, *, revision: int | None = None, user: str = "ann") -> int:
        wanted = Wanted(layer=read_documents([Document(name="x.yaml", text=text)]))
        applying = Applying(wanted=wanted, revision=revision, user=user, now=NOW)
        return apply(self.open, self.shelf.now.base, applying, open_reads=self.read).revision


@pytest.fixture
def holders(engine: Engine, tmp_path: Path) -> tuple[Holder, Holder]:
    """Two that share a database."""
    return (Holder(engine, tmp_path / "none"), Holder(engine, tmp_path / "none"))


def test_both_have_it_in_force(holders: tuple[Holder, Holder]) -> None:
    one, other = holders
    one.say("rules: [{id: disk.full.warn, enabled: false}]\nskills: [{id: sap}]")
    late = "disk.full.warn" in other.shelf.rules().rules

    assert all(holder.shelf.follow() for holder in holders)
    assert late
    for holder in holders:
        assert "disk.full.warn" not in holder.shelf.rules().rules
        assert "sap" in holder.shelf.now.configuration.book.skills
        assert holder.shelf.now.revision == 1


def test_one_of_two_that_apply_in_the_same_moment_is_told(
    holders: tuple[Holder, Holder],
) -> None:
    """Both name the revision that they know; nothing is lost and nothing is mixed."""
    together, outcomes = Barrier(2), []

    def apply_one(holder: Holder, user: str) -> None:
        together.wait()
        try:
            holder.say(f"skills: [{{id: {user}}}]", revision=0, user=user)
            outcomes.append("applied")
        except StaleRevisionError:
            outcomes.append("stale")

    threads = [
        Thread(target=apply_one, args=pair) for pair in zip(holders, ("ann", "bob"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with holders[0].open() as uow:
        entries, events = uow.config.all(), uow.audit.list(AuditFilter(), limit=9)

    assert sorted(outcomes) == ["applied", "stale"]
    assert len(entries) == len(events) == 1
    assert events[0].event.actor == entries[0].applied_by == entries[0].id


def test_what_was_planned_is_planned_anew_where_somebody_was_faster(
    holders: tuple[Holder, Holder],
) -> None:
    """Who names no revision applies on top of what is there by then, and neither is lost."""
    one, other = holders

    @contextmanager
    def late(*, within_s: float | None = None, reach: Reach | None = None) -> Iterator[UnitOfWork]:
        other.say("technicians: [{login: bob}]\ntiers: [{id: L1, time_limit: 1h}]")
        with one.open(within_s=within_s, reach=reach) as uow:
            yield uow

    layer = read_documents([Document(name="x", text="tiers: [{id: L1, time_limit: 30m}]")])
    applying = Applying(wanted=Wanted(layer=layer), revision=None, user="ann", now=NOW)
    done = apply(late, one.shelf.now.base, applying, open_reads=one.read)
    one.shelf.follow()
    book = one.shelf.now.configuration.book

    assert done.revision == 2
    assert done.plan.changes[0].fields[0].before == '"1h"'
    assert (list(book.technicians), book.tiers["L1"].time_limit_s) == (["bob"], 1800)
