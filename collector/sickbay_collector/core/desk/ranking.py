"""Who of a tier should have a ticket: who can, in order of a score whose every part is kept.

The score is a sum of factors. Each is from 0 to 1 and counts as much as `WEIGHTS` says; all of them
together are 100. Who lacks something that cannot be done without is not ranked at all. Nothing is
left to chance: of equal scores the one with fewer open tickets comes first, then the login decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from sickbay_collector.core.desk.factors import Factor, factors_of, score_of, wanted_skills
from sickbay_collector.core.desk.worker import Need, Worker

EXPLAINED = 10
"""Of how many candidates the parts of the score are said."""
# So that sums in another order do not decide what the tie-break should.
_DIGITS = 6


class Missing(StrEnum):
    """What somebody lacks to work on a ticket, and why a ticket goes to the next tier."""

    SKILL = "skill"
    ACCESS = "access"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who can have the ticket."""

    login: str
    score: float
    """From 0 to 100."""
    open_tickets: int
    factors: tuple[Factor, ...]
    """What the score is made of; () for who comes after the first `EXPLAINED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Somebody who cannot have the ticket, and why."""

    login: str
    missing: Missing
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Everybody of a tier."""

    candidates: tuple[Candidate, ...]
    """Best first."""
    refusals: tuple[Refusal, ...]
    """By login."""

    @property
    def missing(self) -> Missing | None:
        """What nobody has; None where somebody can have the ticket, or nobody was asked.

        Time where somebody with the skills and the access is only absent or full, access where
        somebody with the skills is kept out by site only.
        """
        found = {refusal.missing for refusal in self.refusals}
        if self.candidates or not found:
            return None
        return next(one for one in (Missing.TIME, Missing.ACCESS, Missing.SKILL) if one in found)


def rank(need: Need, workers: Iterable[Worker]) -> Ranking:
    """Return who can have a ticket, best first, and who cannot."""
    able: dict[str, Worker] = {}
    candidates: list[Candidate] = []
    refusals: list[Refusal] = []
    wanted = wanted_skills(need)
    for worker in workers:
        refusal = _refusal(need, worker)
        if refusal is not None:
            refusals.append(refusal)
            continue
        able[worker.login] = worker
        score = round(score_of(need, worker, wanted), _DIGITS)
        candidates.append(
            Candidate(login=worker.login, score=score, open_tickets=worker.open_tickets, factors=())
        )
    candidates.sort(key=lambda one: (-one.score, one.open_tickets, one.login))
    refusals.sort(key=lambda one: one.login)
    explained = [
        replace(one, factors=factors_of(need, able[one.login], wanted))
        for one in candidates[:EXPLAINED]
    ]
    return Ranking(candidates=(*explained, *candidates[EXPLAINED:]), refusals=tuple(refusals))


def _refusal(need: Need, worker: Worker) -> Refusal | None:
    """Return what keeps a technician from the ticket: first what lasts, last what passes."""
    for skill, level in need.skills.items():
        if worker.skills.get(skill, 0) < level:
            return _refuse(worker, Missing.SKILL, f"lacks {_lacks(need, worker)}")
    if worker.barred:
        return _refuse(worker, Missing.SKILL, worker.barred)
    if need.site and worker.sites and need.site not in worker.sites:
        return _refuse(
            worker, Missing.ACCESS, f"works for {_listed(worker.sites)}, not {need.site}"
        )
    if worker.absence:
        return _refuse(worker, Missing.TIME, f"absent: {worker.absence}")
    if worker.open_tickets >= worker.capacity:
        text = f"full: {worker.open_tickets} open of {worker.capacity}"
        return _refuse(worker, Missing.TIME, text)
    return None


def _lacks(need: Need, worker: Worker) -> str:
    return ", ".join(
        f"{skill} {level} ({_held(worker, skill)})"
        for skill, level in need.skills.items()
        if worker.skills.get(skill, 0) < level
    )


def _refuse(worker: Worker, missing: Missing, text: str) -> Refusal:
    return Refusal(login=worker.login, missing=missing, text=text)


def _held(worker: Worker, skill: str) -> str:
    return f"has {worker.skills[skill]}" if skill in worker.skills else "has none"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
