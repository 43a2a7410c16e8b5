from collections.abc import Mapping

import pytest

from sickbay_collector.core.desk.placing import Placement, TierStep, chain, place
from sickbay_collector.core.desk.tier_spec import AssignMode
from sickbay_collector.core.desk.worker import Need, Worker

L1 = TierStep(tier="L1", queue="service-desk", next_tier="L2")
L2 = TierStep(tier="L2", queue="specialists", next_tier="L3")
L3 = TierStep(tier="L3", queue="experts")
TIERS = {step.tier: step for step in (L1, L2, L3)}

ANN = Worker(login="ann", capacity=5)
BO = Worker(login="bo", capacity=5, skills={"database": 4})
FULL = Worker(login="cy", capacity=5, open_tickets=5, skills={"database": 4})
DATABASE = Need(skills={"database": 3})


def _placed(
    workers: Mapping[str, tuple[Worker, ...]], need: Need = DATABASE, first: TierStep = L1
) -> Placement:
    return place(first, TIERS, need, lambda tier: workers.get(tier, ()))


@pytest.mark.parametrize(
    ("workers", "tier", "queue", "assignee", "reason"),
    [
        pytest.param(
            {},
            "L1",
            "service-desk",
            "",
            "L1: has no technicians, so it waits in the queue",
            id="no-technicians-at-all",
        ),
        pytest.param(
            {"L1": (ANN, BO)},
            "L1",
            "service-desk",
            "bo",
            "L1: bo is best of 1 who can have it, score 93.0",
            id="somebody-has-the-skill",
        ),
        pytest.param(
            {"L1": (ANN,), "L2": (BO,)},
            "L2",
            "specialists",
            "bo",
            "L1: nobody qualified, missing skill: ann lacks database 3 (has none);"
            " L2: bo is best of 1 who can have it, score 93.0",
            id="the-next-tier-has-it",
        ),
        pytest.param(
            {"L1": (ANN,), "L3": (BO,)},
            "L3",
            "experts",
            "bo",
            "L1: nobody qualified, missing skill: ann lacks database 3 (has none);"
            " L2: has no technicians;"
            " L3: bo is best of 1 who can have it, score 93.0",
            id="a-tier-without-technicians-is-passed-over",
        ),
        pytest.param(
            {"L1": (FULL,), "L2": (ANN,)},
            "L1",
            "service-desk",
            "",
            "nobody is qualified, it waits unassigned"
            " (L1: nobody qualified, missing time: cy full: 5 open of 5;"
            " L2: nobody qualified, missing skill: ann lacks database 3 (has none);"
            " L3: has no technicians)",
            id="nobody-anywhere",
        ),
    ],
)
def test_where_it_goes(
    workers: Mapping[str, tuple[Worker, ...]], tier: str, queue: str, assignee: str, reason: str
) -> None:
    found = _placed(workers)

    assert (tier, queue, assignee, reason) == (
        found.tier,
        found.queue,
        found.assignee,
        found.reason,
    )


def test_each_tier_that_was_asked_leaves_its_ranking() -> None:
    found = _placed({"L1": (ANN,), "L2": (BO, FULL)})

    assert [
        (
            attempt.tier,
            [one.login for one in attempt.ranking.candidates],
            [one.login for one in attempt.ranking.refusals],
        )
        for attempt in found.attempts
    ] == [("L1", [], ["ann"]), ("L2", ["bo"], ["cy"])]


def test_a_queue_gives_to_nobody_and_says_who_is_best() -> None:
    queue = TierStep(tier="L1", queue="service-desk", next_tier="L2", assign=AssignMode.QUEUE)
    found = _placed({"L1": (BO,)}, first=queue)

    assert (
        found.tier,
        found.assignee,
        found.reason,
    ) == ("L1", "", "L1: waits in the queue; best of 1 who can have it is bo, score 93.0")


def test_in_a_queue_it_waits_for_who_is_full_but_not_for_a_skill() -> None:
    queue = TierStep(tier="L1", queue="service-desk", next_tier="L2", assign=AssignMode.QUEUE)

    assert [_placed({"L1": (first,), "L2": (BO,)}, first=queue).tier for first in (FULL, ANN)] == [
        "L1",
        "L2",
    ]


def test_a_chain_that_comes_back_ends() -> None:
    ring = {
        "L1": L1,
        "L2": TierStep(tier="L2", queue="specialists", next_tier="L1"),
    }

    assert [step.tier for step in chain(L1, ring)] == ["L1", "L2"]


def test_a_chain_ends_where_the_next_tier_is_not_there() -> None:
    assert [step.tier for step in chain(L1, {})] == ["L1"]
