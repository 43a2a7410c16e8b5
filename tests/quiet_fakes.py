"""Silences, windows and muted alerts in memory."""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.silence import MuteSource, QuietBook, Silence
from sickbay_collector.core.alerts.window import (
    OPEN_STATES,
    Baseline,
    Occurrence,
    Window,
    span_of,
)
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import AlertId, DeviceId


@dataclass(slots=True)
class Quiet:
    """What is stored."""

    silences: dict[int, Silence] = field(default_factory=dict)
    windows: dict[int, Window] = field(default_factory=dict)
    occurrences: dict[tuple[int, int], Occurrence] = field(default_factory=dict)
    baselines: dict[tuple[int, int, DeviceId], Baseline] = field(default_factory=dict)
    muted: list[MutedAlert] = field(default_factory=list)

    def __copy__(self) -> "Quiet":
        return Quiet(**{one.name: copy(getattr(self, one.name)) for one in fields(self)})


class FakeQuietStore:
    def __init__(self, data: Quiet) -> None:
        self._data = data

    def book(self, now: datetime) -> QuietBook:
        return QuietBook(
            silences=tuple(one for one in self._data.silences.values() if one.ends_at > now),
            spans=tuple(
                span_of(self._data.windows[one.window], one)
                for one in self._data.occurrences.values()
                if one.state in OPEN_STATES
            ),
        )

    def settle(self) -> bool:
        return True

    def touch(self) -> None: ...

    def add_silence(self, silence: Silence) -> Silence:
        stored = replace(silence, number=1 + max(self._data.silences, default=0))
        self._data.silences[stored.number] = stored
        return stored

    def save_silence(self, silence: Silence) -> None:
        self._data.silences[silence.number] = silence

    def reaches(self, matcher: Matcher) -> bool:
        del matcher
        return True

    def silence(self, number: int, *, hold: bool = False) -> Silence | None:
        del hold
        return self._data.silences.get(number)

    def silences(
        self,
        *,
        active_at: datetime | None,
        over_at: datetime | None = None,
        limit: int,
        before: int | None = None,
    ) -> Sequence[Silence]:
        found = [
            one
            for number, one in sorted(self._data.silences.items(), reverse=True)
            if (active_at is None or one.ends_at > active_at)
            and (over_at is None or one.ends_at <= over_at)
            and (before is None or number < before)
        ]
        return found[:limit]

    def active_silences(self, now: datetime) -> int:
        return len(self.silences(active_at=now, limit=10_000))

    def add_window(self, window: Window) -> Window:
        stored = replace(window, number=1 + max(self._data.windows, default=0))
        self._data.windows[stored.number] = stored
        return stored

    def save_window(self, window: Window) -> None:
        self._data.windows[window.number] = window

    def window(self, number: int, *, hold: bool = False) -> Window | None:
        del hold
        return self._data.windows.get(number)

    def windows(
        self,
        *,
        open_only: bool,
        over_only: bool = False,
        limit: int,
        before: int | None = None,
    ) -> Sequence[Window]:
        found = [
            one
            for number, one in sorted(self._data.windows.items(), reverse=True)
            if (not open_only or number in self._open())
            and (not over_only or number not in self._open())
            and (before is None or number < before)
        ]
        return found[:limit]

    def open_windows(self) -> int:
        return len(self._open())

    def save_occurrence(self, occurrence: Occurrence) -> None:
        self._data.occurrences[occurrence.window, occurrence.occurrence] = occurrence

    def occurrences(self, window: int, *, limit: int) -> Sequence[Occurrence]:
        found = sorted(self._data.occurrences.items(), reverse=True)
        return [one for _, one in found if one.window == window][:limit]

    def newest_occurrences(self, windows: Collection[int]) -> Mapping[int, Occurrence]:
        found = {one: self.occurrences(one, limit=1) for one in windows}
        return {number: one[0] for number, one in found.items() if one}

    def save_baselines(self, baselines: Collection[Baseline]) -> None:
        for one in baselines:
            self._data.baselines[one.window, one.occurrence, one.device_id] = one

    def baselines(self, window: int, occurrence: int) -> Sequence[Baseline]:
        mine = [
            one
            for one in self._data.baselines.values()
            if (one.window, one.occurrence) == (window, occurrence)
        ]
        return sorted(mine, key=lambda one: (one.hostname, one.device_id))

    def drop_well(self, window: int, occurrence: int) -> None:
        for one in self.baselines(window, occurrence):
            if one.outcome == "back" and not one.lost:
                del self._data.baselines[window, occurrence, one.device_id]

    def mute(self, muted: MutedAlert) -> None:
        if self.muted(muted.alert_id):
            raise ConflictError(f"alert {muted.alert_id} is muted already")
        self._data.muted.append(muted)

    def save_mute(self, muted: MutedAlert) -> None:
        for place, one in enumerate(self._data.muted):
            if one.alert_id == muted.alert_id and one.ended_at is None:
                self._data.muted[place] = muted

    def muted(self, alert_id: AlertId) -> MutedAlert | None:
        running = (one for one in self._data.muted if one.ended_at is None)
        return next((one for one in running if one.alert_id == alert_id), None)

    def mutes_of(self, alert_ids: Collection[AlertId]) -> Sequence[MutedAlert]:
        return [one for one in self._data.muted if one.alert_id in alert_ids]

    def muted_by(
        self, source: MuteSource, number: int, *, occurrence: int = 0, limit: int
    ) -> Sequence[MutedAlert]:
        key = (source, number, occurrence)
        found = [one for one in self._data.muted if (one.source, one.number, one.occurrence) == key]
        return found[:limit]

    def running_mutes(self, source: MuteSource, number: int) -> Sequence[MutedAlert]:
        return [
            one
            for one in self._data.muted
            if (one.source, one.number) == (source, number) and one.ended_at is None
        ]

    def _open(self) -> set[int]:
        return {one.window for one in self._data.occurrences.values() if one.state in OPEN_STATES}
