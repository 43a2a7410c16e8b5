"""Streams, without a server: what they say, how many there may be, and when they end."""

from collections.abc import AsyncGenerator, Collection
from datetime import datetime

import pytest

from sickbay_collector.core.errors import BusyError
from sickbay_collector.core.live import Marks, Topic
from sickbay_collector.web.live import MOST_OF_SESSION, Live
from tests.collector.clinic import NOW

OLD: Marks = {Topic.TICKETS: "1", Topic.ALERTS: "1"}
NEW: Marks = {Topic.TICKETS: "2", Topic.ALERTS: "1"}
BEAT = "event: beat\ndata:\n\n"
CHANGED = "id: tickets-2.alerts-1\nevent: changed\ndata: tickets\ndata: 2\n\n"


class Desk:
    """What is read, and who is signed in."""

    def __init__(self) -> None:
        self.marks = OLD
        self.reads = 0
        self.gone: set[str] = set()
        self.live = Live(self._read, self._still_in)

    def look(self, times: int = 1) -> None:
        """Do what the job does."""
        for _ in range(times):
            self.live.look(NOW)

    def _read(self) -> Marks:
        self.reads += 1
        return self.marks

    def _still_in(self, secrets: Collection[str], now: datetime) -> Collection[str]:
        assert now == NOW
        return set(secrets) - self.gone


async def begun(
    desk: Desk, session: str = "a", since: Marks = OLD, *, beat_s: float = 600
) -> AsyncGenerator[str]:
    """Return a stream that said its first word."""
    events = desk.live.events(session, since, beat_s=beat_s)
    assert (await anext(events)).endswith(BEAT)
    return events


async def test_a_change_is_told_by_its_kind() -> None:
    desk = Desk()
    events = await begun(desk)
    desk.look()
    desk.marks = NEW
    desk.look()

    assert await anext(events) == CHANGED


async def test_a_page_that_was_away_hears_what_it_missed() -> None:
    """Also from another collector: the mark alone tells."""
    desk = Desk()
    desk.marks = NEW
    events = await begun(desk, since=OLD)
    desk.look()

    assert await anext(events) == CHANGED


async def test_nothing_new_is_a_sign_of_life() -> None:
    desk = Desk()
    events = await begun(desk, beat_s=0.001)
    desk.look()

    assert await anext(events) == BEAT


async def test_one_look_serves_every_page_and_none_is_taken_without_pages() -> None:
    desk = Desk()
    desk.look(3)
    assert desk.reads == 0
    streams = [await begun(desk, f"session-{number}") for number in range(20)]
    desk.look()

    assert desk.reads == 1
    for events in streams:
        await events.aclose()
    desk.look(3)
    assert desk.reads == 1


async def test_many_pages_ask_as_often_as_few_all_together() -> None:
    """A hundred that hear of a change ask for it within ten seconds, each at its own moment."""
    desk = Desk()
    streams = [await begun(desk, f"session-{number}") for number in range(100)]
    desk.marks = NEW
    desk.look()

    assert [(await anext(events)).splitlines()[3] for events in streams] == ["data: 10"] * 100


async def test_a_session_has_so_many_streams_and_gets_them_back() -> None:
    desk = Desk()
    streams = [await begun(desk) for _ in range(MOST_OF_SESSION)]
    with pytest.raises(BusyError, match="too many pages"):
        await begun(desk)
    await begun(desk, "b")
    await streams[0].aclose()

    await begun(desk)


async def test_a_stream_ends_with_its_session() -> None:
    """Within as many looks as lie between two looks at sessions."""
    desk = Desk()
    stays, goes = await begun(desk, "stays", beat_s=0.001), await begun(desk, "goes")
    desk.gone = {"goes"}
    desk.look(5)

    with pytest.raises(StopAsyncIteration):
        await anext(goes)
    assert await anext(stays) == BEAT


async def test_all_end_when_the_collector_stops() -> None:
    desk = Desk()
    streams = [await begun(desk), await begun(desk, "b")]
    desk.live.close()

    for events in streams:
        with pytest.raises(StopAsyncIteration):
            await anext(events)
    with pytest.raises(BusyError):
        await begun(desk)
