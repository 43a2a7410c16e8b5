"""What silences and maintenance windows need of the database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.silence import MuteSource, QuietBook, Silence
from sickbay_collector.core.alerts.window import Baseline, Occurrence, Window
from sickbay_collector.core.ids import AlertId


class QuietStore(Protocol):
    """Silences, windows, and the alerts that they keep quiet."""

    def book(self, now: datetime) -> QuietBook:
        """Return what is or will be in force; read anew only after it changed."""
        ...

    def settle(self) -> bool:
        """Keep what is in force as it is until this transaction ends.

        Returns whether it is still what `book` returned before.
        """
        ...

    def touch(self) -> None:
        """Tell every collector that what is in force changes; first in each such transaction."""
        ...

    def reaches(self, matcher: Matcher) -> bool:
        """Return whether a matcher is about nothing that who asks may not see."""
        ...

    def add_silence(self, silence: Silence) -> Silence:
        """Store a silence and return it with its number."""
        ...

    def save_silence(self, silence: Silence) -> None:
        """Write a silence, over what is there."""
        ...

    def silence(self, number: int, *, hold: bool = False) -> Silence | None:
        """Return a silence; with `hold`, nobody else changes it until this transaction ends."""
        ...

    def silences(
        self,
        *,
        active_at: datetime | None,
        over_at: datetime | None = None,
        limit: int,
        before: int | None = None,
    ) -> Sequence[Silence]:
        """Return silences, the newest first: active then, over then, or all where None is given."""
        ...

    def active_silences(self, now: datetime) -> int:
        """Return how many are in force."""
        ...

    def add_window(self, window: Window) -> Window:
        """Store a window and return it with its number."""
        ...

    def save_window(self, window: Window) -> None:
        """Write a window, over what is there."""
        ...

    def window(self, number: int, *, hold: bool = False) -> Window | None:
        """Return a window; with `hold`, nobody else changes it until this transaction ends."""
        ...

    def windows(
        self,
        *,
        open_only: bool,
        over_only: bool = False,
        limit: int,
        before: int | None = None,
    ) -> Sequence[Window]:
        """Return windows, the newest first.

        Those with an occurrence ahead or under way are open, the others are over.
        """
        ...

    def open_windows(self) -> int:
        """Return how many are not over."""
        ...

    def save_occurrence(self, occurrence: Occurrence) -> None:
        """Write an occurrence, over what is there."""
        ...

    def occurrences(self, window: int, *, limit: int) -> Sequence[Occurrence]:
        """Return those that were planned so far, the newest first."""
        ...

    def newest_occurrences(self, windows: Collection[int]) -> Mapping[int, Occurrence]:
        """Return the occurrence of each window that was planned last."""
        ...

    def save_baselines(self, baselines: Collection[Baseline]) -> None:
        """Write what is known of devices, over what is there."""
        ...

    def baselines(self, window: int, occurrence: int) -> Sequence[Baseline]:
        """Return the devices of an occurrence by host name."""
        ...

    def drop_well(self, window: int, occurrence: int) -> None:
        """Forget devices that are back and lost nothing."""
        ...

    def mute(self, muted: MutedAlert) -> None:
        """Store an alert that is muted from now on.

        Raises:
            ConflictError: It is muted already (raised by the unit of work).
        """
        ...

    def save_mute(self, muted: MutedAlert) -> None:
        """Write the stretch that goes on of an alert."""
        ...

    def muted(self, alert_id: AlertId) -> MutedAlert | None:
        """Return the stretch that goes on, which nobody else changes until this one ends."""
        ...

    def mutes_of(self, alert_ids: Collection[AlertId]) -> Sequence[MutedAlert]:
        """Return the stretches in which these alerts were muted, in order, of all of them."""
        ...

    def muted_by(
        self, source: MuteSource, number: int, *, occurrence: int = 0, limit: int
    ) -> Sequence[MutedAlert]:
        """Return what a silence or an occurrence muted, in order, those that ended too."""
        ...

    def running_mutes(self, source: MuteSource, number: int) -> Sequence[MutedAlert]:
        """Return what it keeps quiet now."""
        ...
