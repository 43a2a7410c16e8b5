"""Who of a tier should have a ticket: who can, in order of a score whose every part is kept.

The score is a sum of factors. Each is from 0 to 1 and counts as much as `WEIGHTS` says; all of them
together are 100. Who lacks something that cannot be done without is not ranked at all. Nothing is
left to chance: of equal scores the one with fewer open tickets comes first, then the login decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

TOP_LEVEL = 5
"""Of a skill; the least is 1."""

# So that sums in another order do not decide what the tie-break should.
_DIGITS = 6


class FactorName(StrEnum):
    """What counts."""

    SKILL = "skill"
    LEVEL = "level"
    LOAD = "load"
    SHIFT = "shift"
    SITE = "site"
    LANGUAGE = "language"
    SLACK = "slack"
    SUCCESS = "success"


WEIGHTS: Mapping[FactorName, float] = MappingProxyType(
    {
        FactorName.SKILL: 20.0,
        FactorName.LEVEL: 10.0,
        FactorName.LOAD: 25.0,
        FactorName.SHIFT: 15.0,
        FactorName.SITE: 5.0,
        FactorName.LANGUAGE: 5.0,
        FactorName.SLACK: 10.0,
        FactorName.SUCCESS: 10.0,
    }
)
"""What each factor counts. Required skills, site and room for one more are conditions before they
are factors, so what is left to weigh most is who is free and there now."""


class Missing(StrEnum):
    """What somebody lacks to work on a ticket, and why a ticket goes to the next tier."""

    SKILL = "skill"
    ACCESS = "access"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a ticket asks of whoever gets it."""

    skills: Mapping[str, int] = field(default_factory=dict)
    """The least level, 1 to 5, by skill."""
    useful: frozenset[str] = frozenset()
    """Skills that help: those named like the ticket's category, sub-category or product."""
    site: str = ""
    """Of the ticket; "" where it has none."""
    language: str = ""
    """Of the requester; "" where it is not known."""
    slack: float | None = None
    """The part of the resolution target's time that is left, 0 to 1; None where nothing is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWork:
    """What a technician made of tickets with this fingerprint (family and category)."""

    resolved: int = 0
    kept: int = 0
    """Those of them that were never reopened."""


NO_PAST = PastWork()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A technician at the moment of the decision."""

    login: str
    skills: Mapping[str, int] = field(default_factory=dict)
    sites: frozenset[str] = frozenset()
    """Empty for every site."""
    languages: frozenset[str] = frozenset()
    capacity: int
    """How many open tickets at once."""
    open_tickets: int = 0
    on_shift: bool | None = None
    """None where no rota says anything of this technician."""
    absence: str = ""
    """Why and until when; "" for who is there."""
    past: PastWork = NO_PAST
    barred: str = ""
    """Why this technician is not asked again; "" for everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One part of a score."""

    name: FactorName
    value: float
    """From 0 to 1."""
    weight: float
    text: str

    @property
    def points(self) -> float:
        """What it adds to the score."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who can have the ticket."""

    login: str
    score: float
    """From 0 to 100."""
    open_tickets: int
    factors: tuple[Factor, ...]


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
    candidates, refusals = [], []
    for worker in workers:
        refusal = _refusal(need, worker)
        if refusal is None:
            candidates.append(_candidate(need, worker))
        else:
            refusals.append(refusal)
    candidates.sort(key=lambda one: (-one.score, one.open_tickets, one.login))
    refusals.sort(key=lambda one: one.login)
    return Ranking(candidates=tuple(candidates), refusals=tuple(refusals))


def _refusal(need: Need, worker: Worker) -> Refusal | None:
    """Return what keeps a technician from the ticket: first what lasts, last what passes."""
    lacks = [
        f"{skill} {level} ({_held(worker, skill)})"
        for skill, level in need.skills.items()
        if worker.skills.get(skill, 0) < level
    ]
    if lacks:
        return _refuse(worker, Missing.SKILL, f"lacks {', '.join(lacks)}")
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


def _refuse(worker: Worker, missing: Missing, text: str) -> Refusal:
    return Refusal(login=worker.login, missing=missing, text=text)


def _held(worker: Worker, skill: str) -> str:
    return f"has {worker.skills[skill]}" if skill in worker.skills else "has none"


def _candidate(need: Need, worker: Worker) -> Candidate:
    factors = tuple(_factors(need, worker))
    return Candidate(
        login=worker.login,
        score=round(sum(factor.points for factor in factors), _DIGITS),
        open_tickets=worker.open_tickets,
        factors=factors,
    )


def _factors(need: Need, worker: Worker) -> Sequence[Factor]:
    return (
        _skill(need, worker),
        _level(need, worker),
        _load(worker),
        _shift(worker),
        _site(need, worker),
        _language(need, worker),
        _slack(need, worker),
        _success(worker.past),
    )


def _factor(name: FactorName, value: float, text: str) -> Factor:
    return Factor(name=name, value=value, weight=WEIGHTS[name], text=text)


def _wanted(need: Need) -> list[str]:
    return [*need.skills, *sorted(need.useful.difference(need.skills))]


def _skill(need: Need, worker: Worker) -> Factor:
    wanted = _wanted(need)
    if not wanted:
        return _factor(FactorName.SKILL, 1.0, "no skill is asked for")
    held = [skill for skill in wanted if skill in worker.skills]
    text = f"has {', '.join(held) or 'none'} of {', '.join(wanted)}"
    return _factor(FactorName.SKILL, len(held) / len(wanted), text)


def _level(need: Need, worker: Worker) -> Factor:
    """Return how well the skills are mastered; one that is not there counts as level 0."""
    wanted = _wanted(need)
    if not wanted:
        return _factor(FactorName.LEVEL, 1.0, "no level is asked for")
    levels = [worker.skills.get(skill, 0) for skill in wanted]
    mean = sum(levels) / len(levels)
    return _factor(FactorName.LEVEL, mean / TOP_LEVEL, f"level {mean:.3g} of {TOP_LEVEL} in them")


def _load(worker: Worker) -> Factor:
    text = f"{worker.open_tickets} open of {worker.capacity}"
    return _factor(FactorName.LOAD, _free(worker), text)


def _free(worker: Worker) -> float:
    return 1 - worker.open_tickets / worker.capacity


def _shift(worker: Worker) -> Factor:
    if worker.on_shift is None:
        return _factor(FactorName.SHIFT, 1.0, "in no rota, taken as on shift")
    text = "on shift now" if worker.on_shift else "not on shift now"
    return _factor(FactorName.SHIFT, float(worker.on_shift), text)


def _site(need: Need, worker: Worker) -> Factor:
    if not need.site:
        return _factor(FactorName.SITE, 1.0, "the ticket has no site")
    if worker.sites:
        return _factor(FactorName.SITE, 1.0, f"works for {need.site}")
    return _factor(FactorName.SITE, 0.5, "works for every site")


def _language(need: Need, worker: Worker) -> Factor:
    if not need.language:
        return _factor(FactorName.LANGUAGE, 1.0, "the requester's language is not known")
    speaks = need.language in worker.languages
    text = f"speaks {need.language}" if speaks else f"does not speak {need.language}"
    return _factor(FactorName.LANGUAGE, float(speaks), text)


def _slack(need: Need, worker: Worker) -> Factor:
    """Return how well a technician fits to the time that is left.

    With all of it left everybody does; with none of it only who is on shift and free.
    """
    if need.slack is None:
        return _factor(FactorName.SLACK, 1.0, "nothing is due")
    slack = min(1.0, max(0.0, need.slack))
    pace = 0.0 if worker.on_shift is False else _free(worker)
    text = f"{slack:.0%} of the time left, {pace:.0%} free now"
    return _factor(FactorName.SLACK, slack + (1 - slack) * pace, text)


def _success(past: PastWork) -> Factor:
    """Return the share that stayed resolved, by the rule of succession: no past counts one half."""
    value = (past.kept + 1) / (past.resolved + 2)
    if not past.resolved:
        return _factor(FactorName.SUCCESS, value, "resolved none like it yet")
    text = f"{past.kept} of {past.resolved} like it stayed resolved"
    return _factor(FactorName.SUCCESS, value, text)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
