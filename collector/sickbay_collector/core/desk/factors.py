"""What counts when a technician is weighed for a ticket: each factor's value, and it in words.

Values are reckoned for everybody, words only for who is shown. Each factor has a function for both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.desk.worker import Need, Worker

TOP_LEVEL = 5
"""Of a skill; the least is 1."""


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


def wanted_skills(need: Need) -> tuple[str, ...]:
    """Return the skills that count: what is required first, then what helps."""
    return (*need.skills, *sorted(need.useful.difference(need.skills)))


def score_of(need: Need, worker: Worker, wanted: Sequence[str]) -> float:
    """Return the sum of all factors, 0 to 100.

    Args:
        need: What the ticket asks for.
        worker: Who is weighed.
        wanted: Its `wanted_skills`.
    """
    total = 0.0
    for weight, value in _WEIGHED:
        total += weight * value(need, worker, wanted)
    return total


def factors_of(need: Need, worker: Worker, wanted: Sequence[str]) -> tuple[Factor, ...]:
    """Return the parts of a score, each with a sentence."""
    return tuple(
        Factor(
            name=name,
            value=value(need, worker, wanted),
            weight=WEIGHTS[name],
            text=text(need, worker, wanted),
        )
        for name, (value, text) in _FACTORS.items()
    )


def _skill(_: Need, worker: Worker, wanted: Sequence[str]) -> float:
    if not wanted:
        return 1.0
    return sum([skill in worker.skills for skill in wanted]) / len(wanted)


def _skill_text(_: Need, worker: Worker, wanted: Sequence[str]) -> str:
    if not wanted:
        return "no skill is asked for"
    held = [skill for skill in wanted if skill in worker.skills]
    return f"has {', '.join(held) or 'none'} of {', '.join(wanted)}"


def _level(_: Need, worker: Worker, wanted: Sequence[str]) -> float:
    """Return how well the skills are mastered; one that is not there counts as level 0."""
    if not wanted:
        return 1.0
    return sum([worker.skills.get(skill, 0) for skill in wanted]) / len(wanted) / TOP_LEVEL


def _level_text(need: Need, worker: Worker, wanted: Sequence[str]) -> str:
    if not wanted:
        return "no level is asked for"
    return f"level {_level(need, worker, wanted) * TOP_LEVEL:.3g} of {TOP_LEVEL} in them"


def _load(_: Need, worker: Worker, __: Sequence[str]) -> float:
    return 1 - worker.open_tickets / worker.capacity


def _load_text(_: Need, worker: Worker, __: Sequence[str]) -> str:
    return f"{worker.open_tickets} open of {worker.capacity}"


def _shift(_: Need, worker: Worker, __: Sequence[str]) -> float:
    return 0.0 if worker.on_shift is False else 1.0


def _shift_text(_: Need, worker: Worker, __: Sequence[str]) -> str:
    if worker.on_shift is None:
        return "has no shifts, taken as on shift"
    return "on shift now" if worker.on_shift else "not on shift now"


def _site(need: Need, worker: Worker, _: Sequence[str]) -> float:
    return 1.0 if worker.sites or not need.site else 0.5


def _site_text(need: Need, worker: Worker, _: Sequence[str]) -> str:
    if not need.site:
        return "the ticket has no site"
    return f"works for {need.site}" if worker.sites else "works for every site"


def _language(need: Need, worker: Worker, _: Sequence[str]) -> float:
    return 1.0 if not need.language or need.language in worker.languages else 0.0


def _language_text(need: Need, worker: Worker, wanted: Sequence[str]) -> str:
    if not need.language:
        return "the requester's language is not known"
    speaks = "speaks" if _language(need, worker, wanted) else "does not speak"
    return f"{speaks} {need.language}"


def _slack(need: Need, worker: Worker, wanted: Sequence[str]) -> float:
    """Return how well a technician fits to the time that is left.

    With all of it left everybody does; with none of it only who is on shift and free.
    """
    if need.slack is None:
        return 1.0
    slack = min(1.0, max(0.0, need.slack))
    return slack + (1 - slack) * _pace(need, worker, wanted)


def _slack_text(need: Need, worker: Worker, wanted: Sequence[str]) -> str:
    if need.slack is None:
        return "nothing is due"
    slack = min(1.0, max(0.0, need.slack))
    return f"{slack:.0%} of the time left, {_pace(need, worker, wanted):.0%} free now"


def _pace(need: Need, worker: Worker, wanted: Sequence[str]) -> float:
    return 0.0 if worker.on_shift is False else _load(need, worker, wanted)


def _success(_: Need, worker: Worker, __: Sequence[str]) -> float:
    """Return the share that stayed resolved, by the rule of succession: no past counts one half."""
    return (worker.past.kept + 1) / (worker.past.resolved + 2)


def _success_text(_: Need, worker: Worker, __: Sequence[str]) -> str:
    past = worker.past
    if not past.resolved:
        return "resolved none like it yet"
    return f"{past.kept} of {past.resolved} like it stayed resolved"


_Value = Callable[[Need, Worker, Sequence[str]], float]
_Text = Callable[[Need, Worker, Sequence[str]], str]

_FACTORS: Mapping[FactorName, tuple[_Value, _Text]] = MappingProxyType(
    {
        FactorName.SKILL: (_skill, _skill_text),
        FactorName.LEVEL: (_level, _level_text),
        FactorName.LOAD: (_load, _load_text),
        FactorName.SHIFT: (_shift, _shift_text),
        FactorName.SITE: (_site, _site_text),
        FactorName.LANGUAGE: (_language, _language_text),
        FactorName.SLACK: (_slack, _slack_text),
        FactorName.SUCCESS: (_success, _success_text),
    }
)
# Beside each other, for hundreds of technicians are weighed for each ticket.
_WEIGHED = tuple((WEIGHTS[name], value) for name, (value, _) in _FACTORS.items())
