"""What would close a gap in coverage: who else of the tier is free then, and how to put them there.

People bring what is missing as `coverage` counts it: themselves to a tier and its staff, the sites
that they look after, the languages that they speak.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

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


class Bench:
    """Who could come, looked up once for gaps that want the same.

    Args:
        book: The desk book.
    """

    def __init__(self, book: DeskBook) -> None:
        self._book = book
        self._by_want: dict[tuple[str, tuple[Missing, ...]], Sequence[tuple[Technician, int]]] = {}
        self._by_requirement: dict[str, Sequence[tuple[Technician, bool]]] = {}
        self._rotas: dict[str, str] = {}
        for rota in book.rotas.values():
            self._rotas.setdefault(rota.tier, rota.id)

    def closing(self, gap: Gap) -> Closing:
        """Return what would close a gap."""
        able = (
            (technician, brought)
            for technician, brought in self._who_brings(gap)
            if technician.login not in gap.present and _is_free(technician, gap)
        )
        free = list(islice(able, MOST_NAMED))
        # Who stands in on a rota stands there alone: that helps where nobody is on it.
        nobody = any(one.need is Need.TIER for one in gap.missing)
        rota = self._rotas.get(gap.tier, "") if nobody else ""
        whole = bool(free) and free[0][1] == _wanted(gap.missing)
        return Closing(
            people=tuple(technician.login for technician, _ in free),
            whole=whole,
            rota=rota,
            words=_words(gap, free[0][0].name if free else "", rota, whole=whole),
        )

    def _who_brings(self, gap: Gap) -> Sequence[tuple[Technician, int]]:
        """Return who of the tier brings something, and how much, the most first."""
        key = (gap.requirement, gap.missing)
        if key not in self._by_want:
            found = [
                (one, sum([_brings(one, need, serves=serves) for need in gap.missing]))
                for one, serves in self._candidates(gap.requirement)
            ]
            brings = [pair for pair in found if pair[1]]
            self._by_want[key] = sorted(brings, key=lambda pair: (-pair[1], pair[0].login))
        return self._by_want[key]

    def _candidates(self, requirement: str) -> Sequence[tuple[Technician, bool]]:
        """Return who is of the tier, each with whether they look after one of the sites."""
        if requirement not in self._by_requirement:
            wanted = self._book.requirements[requirement]
            self._by_requirement[requirement] = [
                (one, _serves(one, wanted))
                for one in self._book.technicians.values()
                if wanted.tier in one.tiers
            ]
        return self._by_requirement[requirement]


def _serves(one: Technician, wanted: Requirement) -> bool:
    if not wanted.locations or not one.sites:
        return True
    return any(site in wanted.locations for site in one.sites)


def _brings(one: Technician, missing: Missing, *, serves: bool) -> bool:
    match missing.need:
        case Need.TIER:
            return True
        case Need.STAFF:
            return serves
        case Need.SITE:
            return not one.sites or missing.what in one.sites
        case Need.LANGUAGE:
            return serves and missing.what in one.languages


def _wanted(missing: Sequence[Missing]) -> int:
    """Return how much somebody must bring to close it alone; staff counts a head each."""
    return sum(int(one.what) if one.need is Need.STAFF else 1 for one in missing)


def _is_free(technician: Technician, gap: Gap) -> bool:
    return not any(one.since < gap.end and gap.begin < one.until for one in technician.absences)


def _words(gap: Gap, first: str, rota: str, *, whole: bool) -> str:
    if not first:
        return f"nobody else of tier {gap.tier} is free then: the tier needs more people"
    how = f"let {first} stand in on rota {rota}" if rota else f"plan a shift for {first}"
    return how if whole else f"{how}, which closes a part of it"
