"""Coverage: what must be there less who will be, as intervals with what is missing.

A sweep over the moments at which somebody comes, leaves, or hours begin and end. Its cost grows
with those moments, not with the time that is looked at.
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.attendance import worked_spans
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Span, spans
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.rota import duties
from sickbay_collector.core.desk.stretches import joined


class Need(StrEnum):
    """What can be missing."""

    TIER = "tier"
    STAFF = "staff"
    SITE = "site"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that is not there."""

    need: Need
    what: str
    """The tier, site or language; of staff how many more."""

    @property
    def words(self) -> str:
        """Return it in words: "2 more staff", "nobody for site oslo"."""
        match self.need:
            case Need.TIER:
                return f"nobody of tier {self.what}"
            case Need.STAFF:
                return f"{self.what} more staff"
            case Need.SITE:
                return f"nobody for site {self.what}"
            case Need.LANGUAGE:
                return f"nobody who speaks {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A requirement that is not met, from `begin` to before `end`, aware UTC."""

    requirement: str
    tier: str
    begin: datetime
    end: datetime
    missing: tuple[Missing, ...]
    """At least one."""
    present: tuple[str, ...]
    """Logins of who is there of that tier, for one of those sites."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Change:
    """Somebody comes or leaves."""

    at: datetime
    step: int
    """1 or -1."""
    login: str


def coverage(book: DeskBook, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """Return the gaps from `since` to before `until`, by requirement and time.

    Somebody is there who is on shift and not absent, or on call. They count for the tiers that they
    work on, and on call for the tier of the rota.
    """
    tiers = {one.tier for one in book.requirements.values()}
    supply = {tier: _changes(found) for tier, found in _supply(book, tiers, since, until).items()}
    return tuple(
        gap
        for requirement in book.requirements.values()
        for gap in _gaps(book, requirement, supply[requirement.tier], since, until)
    )


def gap_minutes(
    book: DeskBook, gaps: Sequence[Gap], since: datetime, until: datetime
) -> Mapping[str, float]:
    """Return for how long each tier with a requirement has a gap, in minutes.

    Gaps of several requirements of a tier at the same time count once.
    """
    found: dict[str, list[Span]] = {one.tier: [] for one in book.requirements.values()}
    for gap in gaps:
        begin, end = max(gap.begin, since), min(gap.end, until)
        if begin < end:
            found[gap.tier].append(Span(begin=begin, end=end))
    return {
        tier: sum(span.length.total_seconds() for span in joined(spans_)) / 60
        for tier, spans_ in found.items()
    }


def presence(
    book: DeskBook, tier: str, since: datetime, until: datetime
) -> Mapping[str, Sequence[Span]]:
    """Return when somebody is there for a tier, by login, each in order."""
    return _supply(book, {tier}, since, until)[tier]


def _supply(
    book: DeskBook, tiers: set[str], since: datetime, until: datetime
) -> Mapping[str, Mapping[str, Sequence[Span]]]:
    """Return who is there when for each tier, whether by shift or on call."""
    found: dict[str, dict[str, list[Span]]] = {tier: {} for tier in tiers}
    for login, span in worked_spans(book, since, until):
        for tier in _tiers_of(book, login) & tiers:
            found[tier].setdefault(login, []).append(span)
    for rota in book.rotas.values():
        for duty in duties(book, rota, since, until):
            span = Span(begin=duty.begin, end=duty.end)
            for tier in (_tiers_of(book, duty.login) | {rota.tier}) & tiers:
                found[tier].setdefault(duty.login, []).append(span)
    return {
        tier: {login: joined(own) for login, own in people.items()}
        for tier, people in found.items()
    }


def _tiers_of(book: DeskBook, login: str) -> set[str]:
    technician = book.technicians.get(login)
    return set() if technician is None else set(technician.tiers)


def _changes(people: Mapping[str, Sequence[Span]]) -> Sequence[_Change]:
    """Return the comings and goings in order; at one moment the goings first."""
    return sorted(
        change
        for login, own in people.items()
        for span in own
        for change in (
            _Change(at=span.begin, step=1, login=login),
            _Change(at=span.end, step=-1, login=login),
        )
    )


class _Crew:
    """Who is there for a requirement as the sweep goes on."""

    def __init__(self, book: DeskBook, requirement: Requirement) -> None:
        self._book = book
        self._requirement = requirement
        self._of_tier = 0
        self._serving: list[str] = []
        self._sites: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._known: dict[str, tuple[Sequence[str], Sequence[str]]] = {}
        """What each person offers: they come and leave many times."""

    def take(self, change: _Change) -> None:
        """Let somebody come or leave."""
        self._of_tier += change.step
        if change.login not in self._known:
            self._known[change.login] = self._offers(change.login)
        sites, languages = self._known[change.login]
        if self._requirement.locations and not sites:
            return
        if change.step > 0:
            insort(self._serving, change.login)
        else:
            self._serving.remove(change.login)
        for site in sites:
            self._sites[site] += change.step
        for language in languages:
            self._languages[language] += change.step

    def present(self) -> tuple[str, ...]:
        """Return who is there for one of the sites."""
        return tuple(self._serving)

    def missing(self) -> tuple[Missing, ...]:
        """Return what is not there now."""
        wanted = self._requirement
        found: list[Missing] = []
        if not self._of_tier:
            found.append(Missing(need=Need.TIER, what=wanted.tier))
        short = wanted.minimum - len(self._serving)
        if short > 0:
            found.append(Missing(need=Need.STAFF, what=str(short)))
        found += [
            Missing(need=Need.SITE, what=site) for site in wanted.locations if not self._sites[site]
        ]
        found += [
            Missing(need=Need.LANGUAGE, what=language)
            for language in wanted.languages
            if not self._languages[language]
        ]
        return tuple(found)

    def _offers(self, login: str) -> tuple[Sequence[str], Sequence[str]]:
        """Return which of the wanted sites somebody looks after, and which languages they speak."""
        technician = self._book.technicians.get(login)
        wanted = self._requirement
        if technician is None:
            return (), ()
        own = technician.sites or wanted.locations
        return (
            [site for site in wanted.locations if site in own],
            [language for language in wanted.languages if language in technician.languages],
        )


def _gaps(
    book: DeskBook,
    requirement: Requirement,
    changes: Sequence[_Change],
    since: datetime,
    until: datetime,
) -> Iterator[Gap]:
    last: Gap | None = None
    for gap in _pieces(book, requirement, changes, since, until):
        if (
            last is not None
            and replace(last, begin=gap.begin, end=gap.end) == gap
            and (last.end == gap.begin)
        ):
            last = replace(last, end=gap.end)
        else:
            if last is not None:
                yield last
            last = gap
    if last is not None:
        yield last


def _pieces(
    book: DeskBook,
    requirement: Requirement,
    changes: Sequence[_Change],
    since: datetime,
    until: datetime,
) -> Iterator[Gap]:
    crew = _Crew(book, requirement)
    place = 0
    for demand in joined(spans(requirement.hours, since, until)):
        at = demand.begin
        while at < demand.end:
            while place < len(changes) and changes[place].at <= at:
                crew.take(changes[place])
                place += 1
            upcoming = changes[place].at if place < len(changes) else demand.end
            end = min(demand.end, upcoming)
            missing = crew.missing()
            if missing:
                yield Gap(
                    requirement=requirement.id,
                    tier=requirement.tier,
                    begin=at,
                    end=end,
                    missing=missing,
                    present=crew.present(),
                )
            at = end
