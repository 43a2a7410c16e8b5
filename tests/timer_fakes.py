"""Timers in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sickbay_collector.services.timer_ports import Timer


class FakeTimerStore:
    def __init__(self, timers: dict[tuple[str, str], Timer]) -> None:
        self._timers = timers

    def set(self, kind: str, key: str, due_at: datetime) -> None:
        self._timers[kind, key] = Timer(
            kind=kind, key=key, due_at=due_at, next_at=due_at, attempts=0
        )

    def cancel(self, kind: str, key: str) -> bool:
        return self._timers.pop((kind, key), None) is not None

    def get(self, kind: str, key: str) -> Timer | None:
        return self._timers.get((kind, key))

    def next_at(self, kinds: Collection[str]) -> datetime | None:
        mine = (one.next_at for one in self._timers.values() if one.kind in kinds)
        return min(mine, default=None)

    def due(self, kinds: Collection[str], until: datetime, *, limit: int) -> Sequence[Timer]:
        due = [one for one in self._timers.values() if one.kind in kinds and one.next_at <= until]
        return sorted(due, key=lambda one: (one.next_at, one.kind, one.key))[:limit]

    def remove(self, timer: Timer) -> bool:
        if self._timers.get((timer.kind, timer.key)) != timer:
            return False
        return self.cancel(timer.kind, timer.key)

    def put_off(self, timer: Timer, next_at: datetime) -> None:
        if self._timers.get((timer.kind, timer.key)) == timer:
            late = replace(timer, next_at=next_at, attempts=timer.attempts + 1)
            self._timers[timer.kind, timer.key] = late
