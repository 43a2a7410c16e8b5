"""Coverage: what must be there less who will be, as intervals with what is missing.

A sweep over the moments at which somebody comes, leaves, or hours begin and end. Its cost grows
with those moments, not with the time that is looked at.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Calendar, Span, spans
from sickbay_collector.core.desk.crowd import NOBODY, Crowd, crowds
from sickbay_collector.core.desk.requirement import Requirement
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

    @property
    def words(self) -> str:
        """Return what is missing in words: "1 more staff; nobody who speaks de"."""
        return "; ".join([one.words for one in self.missing])


def coverage(book: DeskBook, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """Return the gaps from `since` to before `until`, by requirement and time."""
    wanted = tuple(book.requirements.values())
    there = crowds(book, {one.tier for one in wanted}, since, until)
    offers = {tier: _Offers(book, crowd) for tier, crowd in there.items()}
    demands = _Demands(since, until)
    return tuple(
        gap for one in wanted for gap in _gaps(one, offers[one.tier], demands.of(one.hours))
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


class _Demands:
    """When hours are in a stretch of time; those of many requirements are the same."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._until = until
        self._known: dict[Hashable, Sequence[Span]] = {}

    def of(self, hours: Calendar) -> Sequence[Span]:
        """Return the stretches of these hours, in order and apart from each other."""
        key = (hours.zone_name, hours.week, frozenset(hours.holidays))
        if key not in self._known:
            self._known[key] = joined(spans(hours, self._since, self._until))
        return self._known[key]


class _Offers:
    """What the people of a tier offer, as sets of them.

    Args:
        book: The desk book.
        crowd: The people.
    """

    def __init__(self, book: DeskBook, crowd: Crowd) -> None:
        self.crowd = crowd
        self._speakers: dict[str, int] = {}
        self._by_site: dict[str, int] = {}
        self._anywhere = 0
        for place, login in enumerate(crowd.logins):
            technician, bit = book.technicians.get(login), 1 << place
            if technician is None:
                continue
            for language in technician.languages:
                self._speakers[language] = self._speakers.get(language, 0) | bit
            for site in technician.sites:
                self._by_site[site] = self._by_site.get(site, 0) | bit
            self._anywhere |= 0 if technician.sites else bit

    def looking_after(self, site: str) -> int:
        """Return who looks after a site: they name it, or none."""
        return self._anywhere | self._by_site.get(site, 0)

    def speaking(self, language: str) -> int:
        """Return who speaks a language."""
        return self._speakers.get(language, 0)


class _Crew:
    """Who of a tier serves a requirement, and what is missing where only some are there.

    Args:
        wanted: The requirement.
        offers: What the people of its tier offer.
    """

    def __init__(self, wanted: Requirement, offers: _Offers) -> None:
        self._wanted = wanted
        self._crowd = offers.crowd
        self._sites = [(site, offers.looking_after(site)) for site in wanted.locations]
        self._languages = [(one, offers.speaking(one)) for one in wanted.languages]
        self.serving = offers.crowd.everybody
        """Who looks after one of its sites."""
        if self._sites:
            self.serving = reduce(or_, (people for _, people in self._sites))
        self._known: dict[int, tuple[tuple[Missing, ...], tuple[str, ...]]] = {}
        """The same people are there again and again."""

    def told(self, there: int) -> tuple[tuple[Missing, ...], tuple[str, ...]]:
        """Return what is missing with these people, and where something is, their logins."""
        if there not in self._known:
            missing = tuple(self._missing(there))
            self._known[there] = missing, self._crowd.members(there) if missing else ()
        return self._known[there]

    def _missing(self, there: int) -> Iterator[Missing]:
        if there == NOBODY:
            yield Missing(need=Need.TIER, what=self._wanted.tier)
        serving = 0 if there == NOBODY else there
        short = self._wanted.minimum - serving.bit_count()
        if short > 0:
            yield Missing(need=Need.STAFF, what=str(short))
        for need, offers in ((Need.SITE, self._sites), (Need.LANGUAGE, self._languages)):
            for what, people in offers:
                if not serving & people:
                    yield Missing(need=need, what=what)


def _gaps(wanted: Requirement, offers: _Offers, demands: Sequence[Span]) -> Iterator[Gap]:
    crew = _Crew(wanted, offers)
    for demand in demands:
        for part, there in offers.crowd.within(demand, crew.serving):
            missing, present = crew.told(there)
            if missing:
                yield Gap(
                    requirement=wanted.id,
                    tier=wanted.tier,
                    begin=part.begin,
                    end=part.end,
                    missing=missing,
                    present=present,
                )
