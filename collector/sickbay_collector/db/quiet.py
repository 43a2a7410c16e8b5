"""Silences, maintenance windows and muted alerts.

What is in force is read when it changed only: one row counts the changes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.silence import MAX_SILENCES, MuteSource, QuietBook, Silence
from sickbay_collector.core.alerts.window import (
    MAX_WINDOWS,
    OPEN_STATES,
    Baseline,
    Occurrence,
    Window,
    span_of,
)
from sickbay_collector.core.ids import AlertId
from sickbay_collector.db.quiet_tables import (
    maintenance_window,
    muted_alert,
    quiet_revision,
    silence,
    window_device,
    window_occurrence,
)
from sickbay_collector.db.records import build, columns, insert_into, values

_MUTED = columns(muted_alert, MutedAlert)
_SILENCE = columns(silence, Silence)
_WINDOW = columns(maintenance_window, Window)
_OCCURRENCE = columns(window_occurrence, Occurrence)
_BASELINE = columns(window_device, Baseline)
_IS_OPEN = window_occurrence.c.state.in_(OPEN_STATES)
_OPEN_WINDOWS = select(window_occurrence.c.window).where(_IS_OPEN)
_ROW = 1
# Rows of one INSERT: below SQLite's limit of parameters.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Known:
    revision: int
    book: QuietBook


class QuietCache:
    """What one collector knows of silences and windows; shared by its units of work."""

    def __init__(self) -> None:
        # Replaced whole, so readers of other threads need no lock.
        self.known = _Known(-1, QuietBook())


class SqlQuietStore:
    """Implements `QuietStore`.

    Args:
        connection: Where the transaction is.
        cache: What this collector read before.
    """

    def __init__(self, connection: Connection, cache: QuietCache) -> None:
        self._connection = connection
        self._cache = cache
        self._touched = False
        self._seen = -1

    def book(self, now: datetime) -> QuietBook:
        """Return what is or will be in force; read anew only after it changed."""
        revision = self._seen = self._revision()
        known = self._cache.known
        if known.revision == revision and not self._touched:
            return known.book
        book = self._read(now)
        if not self._touched:  # what is not committed yet is nobody else's
            self._cache.known = _Known(revision, book)
        return book

    def settle(self) -> bool:
        """Keep what is in force as it is until this transaction ends; return if `book` knew it."""
        statement = select(quiet_revision.c.revision).with_for_update(read=True)
        found: int | None = self._connection.execute(statement).scalar()
        return (found or 0) == self._seen

    def touch(self) -> None:
        """Tell every collector that what is in force changes."""
        counted = quiet_revision.c.revision + 1
        statement = insert_into(self._connection, quiet_revision).values(one=_ROW, revision=1)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["one"], set_={"revision": counted})
        )
        self._touched = True

    def reaches(self, matcher: Matcher) -> bool:
        """Return whether a matcher is about nothing that who asks may not see: nothing is."""
        del matcher
        return True

    def add_silence(self, silence_: Silence) -> Silence:
        """Store a silence and return it with its number."""
        row = values(silence_)
        del row["number"]
        statement = insert(silence).values(row).returning(silence.c.number)
        return replace(silence_, number=self._connection.execute(statement).scalar_one())

    def save_silence(self, silence_: Silence) -> None:
        """Write a silence."""
        changed = update(silence).where(silence.c.number == silence_.number)
        self._connection.execute(changed.values(values(silence_)))

    def silence(self, number: int, *, hold: bool = False) -> Silence | None:
        """Return a silence; with `hold`, nobody else changes it until this transaction ends."""
        row = self._first(_SILENCE, silence.c.number == number, hold=hold)
        return None if row is None else build(Silence, row)

    def silences(
        self,
        *,
        active_at: datetime | None,
        over_at: datetime | None = None,
        limit: int,
        before: int | None = None,
    ) -> Sequence[Silence]:
        """Return silences, the newest first: active then, over then, or all where None is given."""
        statement = select(*_SILENCE).order_by(silence.c.number.desc()).limit(limit)
        if active_at is not None:
            statement = statement.where(silence.c.ends_at > active_at)
        if over_at is not None:
            statement = statement.where(silence.c.ends_at <= over_at)
        if before is not None:
            statement = statement.where(silence.c.number < before)
        return [build(Silence, row) for row in self._connection.execute(statement).mappings()]

    def active_silences(self, now: datetime) -> int:
        """Return how many are active."""
        statement = select(func.count()).where(silence.c.ends_at > now)
        return self._connection.execute(statement).scalar_one()

    def add_window(self, window: Window) -> Window:
        """Store a window and return it with its number."""
        row = values(window)
        del row["number"]
        table = maintenance_window
        statement = insert(table).values(row).returning(table.c.number)
        return replace(window, number=self._connection.execute(statement).scalar_one())

    def save_window(self, window: Window) -> None:
        """Write a window."""
        table = maintenance_window
        changed = update(table).where(table.c.number == window.number)
        self._connection.execute(changed.values(values(window)))

    def window(self, number: int, *, hold: bool = False) -> Window | None:
        """Return a window; with `hold`, nobody else changes it until this transaction ends."""
        row = self._first(_WINDOW, maintenance_window.c.number == number, hold=hold)
        return None if row is None else build(Window, row)

    def windows(
        self,
        *,
        open_only: bool,
        over_only: bool = False,
        limit: int,
        before: int | None = None,
    ) -> Sequence[Window]:
        """Return windows, the newest first: those that are open, that are over, or all."""
        number = maintenance_window.c.number
        statement = select(*_WINDOW).order_by(number.desc()).limit(limit)
        if open_only:
            statement = statement.where(number.in_(_OPEN_WINDOWS))
        if over_only:
            statement = statement.where(number.not_in(_OPEN_WINDOWS))
        if before is not None:
            statement = statement.where(number < before)
        return [build(Window, row) for row in self._connection.execute(statement).mappings()]

    def open_windows(self) -> int:
        """Return how many have an occurrence ahead or under way."""
        statement = select(func.count()).where(_IS_OPEN)
        return self._connection.execute(statement).scalar_one()

    def save_occurrence(self, occurrence: Occurrence) -> None:
        """Write an occurrence, over what is there."""
        keys = ("window", "occurrence")
        self._upsert(window_occurrence, [values(occurrence)], keys)

    def occurrences(self, window: int, *, limit: int) -> Sequence[Occurrence]:
        """Return those that were planned so far, the newest first."""
        table = window_occurrence
        statement = select(*_OCCURRENCE).where(table.c.window == window)
        newest = statement.order_by(table.c.occurrence.desc()).limit(limit)
        return [build(Occurrence, row) for row in self._connection.execute(newest).mappings()]

    def newest_occurrences(self, windows: Collection[int]) -> Mapping[int, Occurrence]:
        """Return the occurrence of each window that was planned last."""
        table = window_occurrence.c
        newest = (
            select(table.window, func.max(table.occurrence))
            .where(table.window.in_(sorted(set(windows))))
            .group_by(table.window)
        )
        found = select(*_OCCURRENCE).where(tuple_(table.window, table.occurrence).in_(newest))
        rows = self._connection.execute(found).mappings()
        return {row["window"]: build(Occurrence, row) for row in rows}

    def save_baselines(self, baselines: Collection[Baseline]) -> None:
        """Write what is known of devices, over what is there."""
        rows = [values(one) for one in baselines]
        for first in range(0, len(rows), _AT_ONCE):
            keys = ("window", "occurrence", "device_id")
            self._upsert(window_device, rows[first : first + _AT_ONCE], keys)

    def baselines(self, window: int, occurrence: int) -> Sequence[Baseline]:
        """Return the devices of an occurrence by host name."""
        table = window_device
        statement = (
            select(*_BASELINE)
            .where(table.c.window == window, table.c.occurrence == occurrence)
            .order_by(table.c.hostname, table.c.device_id)
        )
        return [build(Baseline, row) for row in self._connection.execute(statement).mappings()]

    def drop_well(self, window: int, occurrence: int) -> None:
        """Forget devices that are back and lost nothing."""
        table = window_device
        self._connection.execute(
            delete(table).where(
                table.c.window == window,
                table.c.occurrence == occurrence,
                table.c.outcome == "back",
                table.c.lost == (),
            )
        )

    def mute(self, muted: MutedAlert) -> None:
        """Store an alert that is muted from now on."""
        self._connection.execute(insert(muted_alert).values(values(muted)))

    def save_mute(self, muted: MutedAlert) -> None:
        """Write the stretch that goes on of an alert."""
        statement = update(muted_alert).where(
            muted_alert.c.alert_id == muted.alert_id, muted_alert.c.ended_at.is_(None)
        )
        self._connection.execute(statement.values(values(muted)))

    def muted(self, alert_id: AlertId) -> MutedAlert | None:
        """Return the stretch that goes on, which nobody else changes until this one ends."""
        is_it = (muted_alert.c.alert_id == alert_id, muted_alert.c.ended_at.is_(None))
        row = self._first(_MUTED, *is_it, hold=True)
        return None if row is None else build(MutedAlert, row)

    def mutes_of(self, alert_ids: Collection[AlertId]) -> Sequence[MutedAlert]:
        """Return the stretches in which these alerts were muted, in order, of all of them."""
        return self._muted(muted_alert.c.alert_id.in_(sorted(set(alert_ids))))

    def muted_by(
        self, source: MuteSource, number: int, *, occurrence: int = 0, limit: int
    ) -> Sequence[MutedAlert]:
        """Return what a silence or an occurrence muted, in order, those that ended too."""
        table = muted_alert.c
        found = (table.source == source, table.number == number, table.occurrence == occurrence)
        return self._muted(*found, limit=limit)

    def running_mutes(self, source: MuteSource, number: int) -> Sequence[MutedAlert]:
        """Return what it keeps quiet now."""
        table = muted_alert.c
        return self._muted(table.source == source, table.number == number, table.ended_at.is_(None))

    def _muted(
        self, *conditions: ColumnElement[bool], limit: int | None = None
    ) -> Sequence[MutedAlert]:
        statement = select(*_MUTED).where(*conditions).order_by(muted_alert.c.entry).limit(limit)
        return [build(MutedAlert, row) for row in self._connection.execute(statement).mappings()]

    def _first(
        self, what: Sequence[Column[object]], *conditions: ColumnElement[bool], hold: bool
    ) -> RowMapping | None:
        statement = select(*what).where(*conditions)
        held = statement.with_for_update() if hold else statement
        return self._connection.execute(held).mappings().first()

    def _upsert(self, table: Table, rows: list[dict[str, object]], keys: Sequence[str]) -> None:
        statement = insert_into(self._connection, table).values(rows)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))

    def _revision(self) -> int:
        found: int | None = self._connection.execute(select(quiet_revision.c.revision)).scalar()
        return found or 0

    def _read(self, now: datetime) -> QuietBook:
        windows = {one.number: one for one in self.windows(open_only=True, limit=MAX_WINDOWS)}
        times = self._connection.execute(select(*_OCCURRENCE).where(_IS_OPEN)).mappings()
        spans = [build(Occurrence, row) for row in times]
        return QuietBook(
            silences=self.silences(active_at=now, limit=MAX_SILENCES),
            spans=tuple(span_of(windows[one.window], one) for one in spans),
        )
