"""Who is on call: turns, restricted hours, absences and overrides of a rota, made one answer.

A duty is a stretch of time in which one person is on call for one reason. Everything here is
reckoned from the moments at which something changes, never by stepping through time.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from sickbay_collector.core.desk.attendance import absence_at, absent_spans, on_shift
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Span, is_open, spans
from sickbay_collector.core.desk.rota_plan import EVERYBODY, Layer, Override, Rota
from sickbay_collector.core.desk.stretches import holds, joined
from sickbay_collector.core.desk.technician import Absence
from sickbay_collector.core.wall_clock import wall_moment

__all__ = ["Duty", "OnCall", "duties", "next_in_turn", "on_call", "on_shift", "rotas_of"]

# How far the end of a duty is looked for; a rota that is handed over more rarely says this much.
_AHEAD = timedelta(days=31)
_SOON = timedelta(days=1)
STAND_IN = "override"
"""The layer's name of a duty that an override for everybody makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One person on call, from `begin` to before `end`, aware UTC."""

    rota: str
    layer: str
    login: str
    begin: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Who is on call at a moment."""

    login: str
    until: datetime
    """When this ends, or a month ahead where it goes on for longer."""
    reason: str
    rota: str
    layer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A layer's turn: from its begin until the next one's."""

    begin: datetime
    number: int
    """Counted from 0."""


_Stream: TypeAlias = Callable[[datetime, datetime], Iterator[Duty]]


def on_call(book: DeskBook, rota_or_tier: str, at: datetime) -> tuple[OnCall, ...]:
    """Return who is on call, in the order in which they are told; () where nobody is.

    Args:
        book: The desk book.
        rota_or_tier: Id of a rota, or of a tier for all rotas of it.
        at: When.
    """
    found: dict[str, OnCall] = {}
    for rota in rotas_of(book, rota_or_tier):
        for duty in _duties_at(book, rota, at):
            found.setdefault(
                duty.login,
                OnCall(
                    login=duty.login,
                    until=duty.end,
                    reason=duty.reason,
                    rota=duty.rota,
                    layer=duty.layer,
                ),
            )
    return tuple(found.values())


def rotas_of(book: DeskBook, rota_or_tier: str) -> tuple[Rota, ...]:
    """Return the rota with that id, else those of the tier with that id."""
    named = book.rotas.get(rota_or_tier)
    if named is not None:
        return (named,)
    return tuple(rota for rota in book.rotas.values() if rota.tier == rota_or_tier)


def duties(book: DeskBook, rota: Rota, since: datetime, until: datetime) -> Iterator[Duty]:
    """Yield the duties of a rota from `since` to before `until`, layer by layer, each in order.

    No layer has two people at once. An override for everybody comes first, and no layer has
    anybody while it lasts.
    """
    own = [one for one in book.overrides.values() if one.rota == rota.id]
    yield from _merged(_stand_ins(book, rota, own, since, until))
    for layer in rota.layers:
        yield from _merged(_layer_duties(book, rota, layer, own, since, until))


def next_in_turn(book: DeskBook, rota: Rota, at: datetime) -> tuple[str, ...]:
    """Return who would be on call if whoever is could not: the layers' further participants."""
    now = {one.login for one in on_call(book, rota.id, at)}
    found: dict[str, None] = {}
    for layer in rota.layers:
        turn = _turn_at(_turns(layer, at, at + timedelta(microseconds=1)), at)
        if turn is not None and _on_hours(layer, at):
            found |= dict.fromkeys(
                login
                for login in _in_order(layer, turn)
                if login not in now and absence_at(book, login, at) is None
            )
    return tuple(found)


def _duties_at(book: DeskBook, rota: Rota, at: datetime) -> Iterator[Duty]:
    """Yield the duty of each layer that has somebody at that moment."""
    own = [one for one in book.overrides.values() if one.rota == rota.id]
    streams: list[_Stream] = [partial(_stand_ins, book, rota, own)]
    streams += [partial(_layer_duties, book, rota, layer, own) for layer in rota.layers]
    for stream in streams:
        duty = _duty_at(stream, at)
        if duty is not None:
            yield duty


def _duty_at(stream: _Stream, at: datetime) -> Duty | None:
    """Return the duty of that moment; looks further ahead only where its end is not in sight."""
    first: Duty | None = None
    for ahead in (_SOON, _AHEAD):
        first = next(_merged(stream(at, at + ahead)), None)
        if first is None or first.begin > at:
            return None
        if first.end < at + ahead:
            return first
    return first


def _merged(found: Iterable[Duty]) -> Iterator[Duty]:
    """Yield the duties, those that only follow each other made one."""
    last: Duty | None = None
    for duty in found:
        if (
            last is not None
            and replace(last, begin=duty.begin, end=duty.end) == duty
            and (last.end == duty.begin)
        ):
            last = replace(last, end=duty.end)
        else:
            if last is not None:
                yield last
            last = duty
    if last is not None:
        yield last


def _stand_ins(
    book: DeskBook, rota: Rota, own: Sequence[Override], since: datetime, until: datetime
) -> Iterator[Duty]:
    """Yield the duties that overrides for everybody make."""
    for begin, end in _pieces(_edges(own, [], book), since, until):
        override = _for_everybody(book, own, begin)
        if override is not None:
            yield Duty(
                rota=rota.id,
                layer=STAND_IN,
                login=override.login,
                begin=begin,
                end=end,
                reason=_override_words(override),
            )


def _layer_duties(
    book: DeskBook,
    rota: Rota,
    layer: Layer,
    own: Sequence[Override],
    since: datetime,
    until: datetime,
) -> Iterator[Duty]:
    turns = _turns(layer, since, until)
    hours = None if layer.hours is None else joined(spans(layer.hours, since, until))
    edges = _edges(own, layer.participants, book) | {turn.begin for turn in turns}
    edges |= {edge for span in hours or () for edge in (span.begin, span.end)}
    for begin, end in _pieces(edges, since, until):
        turn = _turn_at(turns, begin)
        if turn is None or not (hours is None or holds(hours, begin)):
            continue
        if _for_everybody(book, own, begin) is not None:
            continue
        held = _holder(book, layer, turn, own, begin)
        if held is not None:
            login, reason = held
            yield Duty(
                rota=rota.id, layer=layer.name, login=login, begin=begin, end=end, reason=reason
            )


def _holder(
    book: DeskBook, layer: Layer, turn: _Turn, own: Sequence[Override], at: datetime
) -> tuple[str, str] | None:
    """Return who of a layer is on call, and why; None where all of them are away."""
    passed: list[str] = []
    for login in _in_order(layer, turn):
        override = _instead_of(book, own, login, at)
        if override is not None:
            return override.login, "; ".join([*passed, _override_words(override)])
        absence = absence_at(book, login, at)
        if absence is None:
            said = f"{login}'s turn in {layer.name}" if not passed else f"{login} is next"
            return login, "; ".join([*passed, said])
        passed.append(_absence_words(login, absence))
    return None


def _in_order(layer: Layer, turn: _Turn) -> Iterator[str]:
    """Yield the participants, whose turn it is first."""
    count = len(layer.participants)
    for step in range(count):
        yield layer.participants[(turn.number + step) % count]


def _turns(layer: Layer, since: datetime, until: datetime) -> list[_Turn]:
    """Return the turns that touch the time from `since` to before `until`."""
    rule = layer.handover
    around = since.astimezone(rule.zone).replace(tzinfo=None)
    found: list[_Turn] = []
    passed: tuple[int, datetime] | None = None
    for number, wall in enumerate(rule.walls(until)):
        # Only moments near the stretch are worth turning into UTC.
        if wall < around - timedelta(days=1):
            passed = number, wall
            continue
        if passed is not None:
            found.append(_Turn(number=passed[0], begin=wall_moment(rule.zone, passed[1])))
            passed = None
        found.append(_Turn(number=number, begin=wall_moment(rule.zone, wall)))
    if passed is not None:
        found.append(_Turn(number=passed[0], begin=wall_moment(rule.zone, passed[1])))
    return found


def _turn_at(turns: Sequence[_Turn], at: datetime) -> _Turn | None:
    place = bisect_right(turns, at, key=lambda turn: turn.begin) - 1
    return turns[place] if place >= 0 else None


def _on_hours(layer: Layer, at: datetime) -> bool:
    return layer.hours is None or is_open(layer.hours, at)


def _edges(own: Sequence[Override], logins: Iterable[str], book: DeskBook) -> set[datetime]:
    """Return when overrides, and absences of these people and of who stands in, begin and end."""
    who = {*logins, *(one.login for one in own)}
    away = [span for login in who for span in absent_spans(book, login)]
    away += [Span(begin=one.since, end=one.until) for one in own]
    return {edge for span in away for edge in (span.begin, span.end)}


def _pieces(
    edges: set[datetime], since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    inner = sorted(edge for edge in edges if since < edge < until)
    return pairwise([since, *inner, until])


def _for_everybody(book: DeskBook, own: Sequence[Override], at: datetime) -> Override | None:
    return _instead_of(book, own, EVERYBODY, at)


def _instead_of(
    book: DeskBook, own: Sequence[Override], login: str, at: datetime
) -> Override | None:
    """Return the override in force, the one that began last; none by who is away."""
    found = [
        one
        for one in own
        if one.instead_of == login
        and one.since <= at < one.until
        and absence_at(book, one.login, at) is None
    ]
    return max(found, key=lambda one: (one.since, one.id), default=None)


def _override_words(override: Override) -> str:
    said = f"{override.login} stands in for {override.instead_of}"
    return f"{said} ({override.reason})" if override.reason else said


def _absence_words(login: str, absence: Absence) -> str:
    return f"{login} is away" + (f" ({absence.reason})" if absence.reason else "")
