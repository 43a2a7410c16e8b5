"""What would close a gap in coverage: who else of the tier is free then, and how to put them there.

People bring what is missing as `coverage` counts it: themselves to a tier and its staff, the sites
that they look after, the languages that they speak.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.coverage import Gap, Missing, Need
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.technician import Technician

MOST_NAMED = 5
"""Of those who could close a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Who could close a gap, and how."""

    people: tuple[str, ...]
    """Logins of who is not there then and could be, those who bring most first; at most 5."""
    whole: bool
    """Whether the first of them alone closes all of it."""
    rota: str
    """Id of a rota on which they could stand in; "" where a shift is the way."""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Want:
    """What gaps of one requirement miss, and who of its tier could bring it."""

    bringers: Sequence[tuple[Technician, int]]
    """Those who bring something, and how much, the most first."""
    rota: str
    """On which they could stand in; "" for none."""
    wanted: int
    closings: dict[tuple[str, ...], Closing] = field(default_factory=dict)
    """By who is free: of thousands of gaps the same people are free again and again."""


class Bench:
    """Who could come, looked up once for gaps that want the same.

    Args:
        book: The desk book.
    """

    def __init__(self, book: DeskBook) -> None:
        self._book = book
        self._people = sorted(book.technicians.values(), key=attrgetter("login"))
        self._wants: dict[tuple[str, tuple[Missing, ...]], _Want] = {}
        self._by_requirement: dict[str, Sequence[tuple[Technician, bool]]] = {}
        self._rotas: dict[str, str] = {}
        for rota in book.rotas.values():
            self._rotas.setdefault(rota.tier, rota.id)

    def closing(self, gap: Gap) -> Closing:
        """Return what would close a gap."""
        key = (gap.requirement, gap.missing)
        want = self._wants.get(key)
        if want is None:
            want = self._wants[key] = self._want(gap)
        free = _first_free(want, gap)
        people = tuple([technician.login for technician, _ in free])
        found = want.closings.get(people)
        if found is None:
            whole = bool(free) and free[0][1] == want.wanted
            first = free[0][0].name if free else ""
            words = _words(gap, first, want.rota, whole=whole)
            found = Closing(people=people, whole=whole, rota=want.rota, words=words)
            want.closings[people] = found
        return found

    def _want(self, gap: Gap) -> _Want:
        # Who stands in on a rota stands there alone: that helps where nobody is on it.
        nobody = any(one.need is Need.TIER for one in gap.missing)
        candidates = self._candidates(gap.requirement)
        brought = Counter(
            one.login for missing in gap.missing for one in _bringing(candidates, missing)
        )
        brings = [(one, brought[one.login]) for one, _ in candidates if one.login in brought]
        return _Want(
            bringers=sorted(brings, key=itemgetter(1), reverse=True),
            rota=self._rotas.get(gap.tier, "") if nobody else "",
            wanted=_wanted(gap.missing),
        )

    def _candidates(self, requirement: str) -> Sequence[tuple[Technician, bool]]:
        """Return who is of the tier by login, each with whether they look after a site of it."""
        if requirement not in self._by_requirement:
            wanted = self._book.requirements[requirement]
            self._by_requirement[requirement] = [
                (one, _serves(one, wanted)) for one in self._people if wanted.tier in one.tiers
            ]
        return self._by_requirement[requirement]


def _serves(one: Technician, wanted: Requirement) -> bool:
    if not wanted.locations or not one.sites:
        return True
    return any(site in wanted.locations for site in one.sites)


def _bringing(
    candidates: Sequence[tuple[Technician, bool]], missing: Missing
) -> Sequence[Technician]:
    """Return who of these, each with whether they serve a site, brings what is missing."""
    what = missing.what
    match missing.need:
        case Need.TIER:
            return [one for one, _ in candidates]
        case Need.STAFF:
            return [one for one, serves in candidates if serves]
        case Need.SITE:
            return [one for one, _ in candidates if not one.sites or what in one.sites]
        case Need.LANGUAGE:
            return [one for one, serves in candidates if serves and what in one.languages]


def _wanted(missing: Sequence[Missing]) -> int:
    """Return how much somebody must bring to close it alone; staff counts a head each."""
    return sum(int(one.what) if one.need is Need.STAFF else 1 for one in missing)


def _first_free(want: _Want, gap: Gap) -> Sequence[tuple[Technician, int]]:
    """Return the first of those who bring something, are not there, and are not away then."""
    found: list[tuple[Technician, int]] = []
    for pair in want.bringers:
        technician = pair[0]
        if technician.login not in gap.present and not _is_away(technician, gap):
            found.append(pair)
            if len(found) == MOST_NAMED:
                break
    return found


def _is_away(technician: Technician, gap: Gap) -> bool:
    # A loop, not `any`: thousands of gaps ask this of many people.
    for one in technician.absences:  # noqa: SIM110
        if one.since < gap.end and gap.begin < one.until:
            return True
    return False


def _words(gap: Gap, first: str, rota: str, *, whole: bool) -> str:
    if not first:
        return f"nobody else of tier {gap.tier} is free then: the tier needs more people"
    how = f"let {first} stand in on rota {rota}" if rota else f"plan a shift for {first}"
    return how if whole else f"{how}, which closes a part of it"
