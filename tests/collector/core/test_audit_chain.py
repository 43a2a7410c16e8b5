"""What somebody did to an event of the chain is seen at that event, or at the one behind it."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.audit_chain import (
    START,
    AuditEntry,
    Break,
    BrokenEvent,
    ChainHead,
    chained,
    first_break,
)

EVENT = AuditEvent(
    at=datetime(2026, 11, 22, tzinfo=UTC),
    actor="ann",
    action="changed",
    object_kind="person",
    object_id="p-1",
    before={},
    after={},
)
COUNT = 9
NUMBERS = st.integers(0, COUNT - 1)
STEPS = st.integers(1, COUNT + 1)


def chain() -> list[AuditEntry]:
    """Return a whole chain."""
    found: list[AuditEntry] = []
    head = START
    for number in range(COUNT):
        found.append(chained(replace(EVENT, object_id=str(number)), head))
        head = ChainHead(entry=found[-1].entry, hash=found[-1].hash)
    return found


def looked(rows: list[AuditEntry], step: int) -> tuple[ChainHead, BrokenEvent | None]:
    """Look at all, some at a time, up to the first break."""
    fitting, broken = START, None
    for start in range(0, len(rows), step):
        if broken is None:
            fitting, broken = first_break(rows[start : start + step], fitting)
    return fitting, broken


@given(step=STEPS)
def test_a_whole_chain_has_no_break(step: int) -> None:
    rows = chain()

    assert looked(rows, step) == (ChainHead(entry=COUNT, hash=rows[-1].hash), None)


EDITED = st.sampled_from(
    [
        replace(EVENT, actor="eve"),
        replace(EVENT, object_id="p-2"),
        replace(EVENT, at=EVENT.at.replace(microsecond=1)),
        replace(EVENT, after={"name": ""}),
    ]
)


@given(number=NUMBERS, step=STEPS, event=EDITED)
def test_an_edited_event_is_named(number: int, step: int, event: AuditEvent) -> None:
    rows = chain()
    rows[number] = replace(rows[number], event=event)

    assert looked(rows, step)[1] == BrokenEvent(entry=number + 1, why=Break.CHANGED)


@given(number=NUMBERS, step=STEPS)
def test_an_event_that_was_hashed_anew_does_not_lead_on(number: int, step: int) -> None:
    rows = chain()
    before = ChainHead(entry=number, hash=rows[number].previous)
    rows[number] = chained(replace(rows[number].event, actor="eve"), before)
    fitting, broken = looked(rows, step)
    behind = BrokenEvent(entry=number + 2, why=Break.UNLINKED)

    assert broken == (behind if number + 1 < COUNT else None)
    assert fitting == ChainHead(entry=number + 1, hash=rows[number].hash)


@given(number=NUMBERS, step=STEPS)
def test_behind_a_removed_event_nothing_follows(number: int, step: int) -> None:
    rows = chain()
    end = rows[-1].hash
    del rows[number]
    fitting, broken = looked(rows, step)
    behind = BrokenEvent(entry=number + 2, why=Break.UNLINKED)

    assert broken == (behind if number + 1 < COUNT else None)
    assert fitting.hash != end


@given(number=st.integers(0, COUNT - 2), step=STEPS, data=st.data())
def test_events_that_changed_places_are_seen_at_the_first(
    number: int, step: int, data: st.DataObject
) -> None:
    rows = chain()
    other = data.draw(st.integers(number + 1, COUNT - 1))
    first, second = rows[number], rows[other]
    rows[number] = replace(second, entry=first.entry)
    rows[other] = replace(first, entry=second.entry)

    assert looked(rows, step)[1] == BrokenEvent(entry=number + 1, why=Break.UNLINKED)


@given(number=NUMBERS, step=STEPS)
def test_an_event_that_was_put_in_is_named(number: int, step: int) -> None:
    """It may be linked to the one before; those behind it are not linked to it."""
    rows = chain()
    before = ChainHead(entry=number + 1, hash=rows[number].hash)
    forged = chained(EVENT, before)
    rows = [*rows[: number + 1], forged, *rows[number + 1 :]]
    fitting, broken = looked(rows, step)
    behind = BrokenEvent(entry=number + 2, why=Break.UNLINKED)

    assert broken == (behind if number + 1 < COUNT else None)
    assert fitting == ChainHead(entry=forged.entry, hash=forged.hash)
