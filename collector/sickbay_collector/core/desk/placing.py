"""From a tier upwards to the first where somebody can have the ticket.

Each tier that is asked leaves its ranking. A tier without technicians, or one whose people take
tickets from the queue themselves, gets the ticket unassigned. Where no tier has anybody the ticket
stays where it was to go, and its reason names what is missing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sickbay_collector.core.desk.ranking import Missing, Ranking, rank
from sickbay_collector.core.desk.tier_spec import AssignMode
from sickbay_collector.core.desk.worker import Need, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class TierStep:
    """A tier as placing sees it."""

    tier: str
    queue: str
    next_tier: str = ""
    """"" for the last."""
    assign: AssignMode = AssignMode.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of asking one tier."""

    tier: str
    queue: str
    ranking: Ranking
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a ticket goes, who gets it, and how that came about."""

    tier: str
    queue: str
    assignee: str
    """Login; "" where it waits in the queue."""
    reason: str
    attempts: tuple[Attempt, ...]
    """In the order of asking."""


WorkersOf = Callable[[str], tuple[Worker, ...]]
"""Returns the technicians of a tier."""


def place(
    first: TierStep, tiers: Mapping[str, TierStep], need: Need, workers_of: WorkersOf
) -> Placement:
    """Return where a ticket goes.

    Args:
        first: Where it is to go: the tier, with the queue that its routing rule names.
        tiers: All tiers by id. A chain that comes back to a tier, or names one that is not there,
            ends.
        need: What the ticket asks for.
        workers_of: The technicians of a tier.
    """
    attempts: list[Attempt] = []
    for step in chain(first, tiers):
        workers = workers_of(step.tier)
        if not workers and attempts:
            # Nobody is known to be there, so nothing says that anybody has what was missing.
            attempts.append(_attempt(step, rank(need, ()), "has no technicians"))
            continue
        ranking = rank(need, workers)
        attempts.append(_attempt(step, ranking, _outcome(step, ranking, is_empty=not workers)))
        if not workers or _can_stay(step, ranking):
            return _placed(step, ranking, attempts)
    said = "; ".join(f"{one.tier}: {one.text}" for one in attempts)
    return Placement(
        tier=first.tier,
        queue=first.queue,
        assignee="",
        reason=f"nobody is qualified, it waits unassigned ({said})",
        attempts=tuple(attempts),
    )


def chain(first: TierStep, tiers: Mapping[str, TierStep]) -> Iterator[TierStep]:
    """Yield a tier and those behind it, none of them twice."""
    seen: set[str] = set()
    step: TierStep | None = first
    while step is not None and step.tier not in seen:
        seen.add(step.tier)
        yield step
        step = tiers.get(step.next_tier)


def _can_stay(step: TierStep, ranking: Ranking) -> bool:
    """Return whether somebody can have it; in a queue it may wait for who is absent or full."""
    if ranking.candidates:
        return True
    return step.assign is AssignMode.QUEUE and ranking.missing is Missing.TIME


def _placed(step: TierStep, ranking: Ranking, attempts: list[Attempt]) -> Placement:
    is_given = bool(ranking.candidates) and step.assign is AssignMode.AUTO
    said = "; ".join(f"{one.tier}: {one.text}" for one in attempts)
    return Placement(
        tier=step.tier,
        queue=step.queue,
        assignee=ranking.candidates[0].login if is_given else "",
        reason=said,
        attempts=tuple(attempts),
    )


def _attempt(step: TierStep, ranking: Ranking, text: str) -> Attempt:
    return Attempt(tier=step.tier, queue=step.queue, ranking=ranking, text=text)


def _outcome(step: TierStep, ranking: Ranking, *, is_empty: bool) -> str:
    if is_empty:
        return "has no technicians, so it waits in the queue"
    if not ranking.candidates:
        return f"nobody qualified, {_missing_words(ranking)}"
    best = ranking.candidates[0]
    of = f"of {len(ranking.candidates)} who can have it"
    if step.assign is AssignMode.QUEUE:
        return f"waits in the queue; best {of} is {best.login}, score {best.score:.1f}"
    return f"{best.login} is best {of}, score {best.score:.1f}"


def _missing_words(ranking: Ranking) -> str:
    """Return what is missing, and the refusal that shows it."""
    missing = ranking.missing
    shown = [one for one in ranking.refusals if one.missing is missing]
    more = f" and {len(shown) - 1} more" if len(shown) > 1 else ""
    return f"missing {missing}: {shown[0].login} {shown[0].text}{more}"
