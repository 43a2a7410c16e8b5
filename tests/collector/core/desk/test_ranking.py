from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.desk.factors import WEIGHTS, FactorName
from sickbay_collector.core.desk.ranking import Missing, Ranking, rank
from sickbay_collector.core.desk.worker import Need, PastWork, Worker

ANN = Worker(login="ann", capacity=10)


def _order(ranking: Ranking) -> list[str]:
    return [candidate.login for candidate in ranking.candidates]


def _values(need: Need, worker: Worker) -> Mapping[str, float]:
    [candidate] = rank(need, [worker]).candidates
    return {factor.name.value: round(factor.value, 4) for factor in candidate.factors}


def test_all_factors_together_are_a_hundred() -> None:
    assert (100.0, set(FactorName)) == (sum(WEIGHTS.values()), set(WEIGHTS))


def test_a_score_is_the_sum_of_its_parts_each_with_a_sentence() -> None:
    need = Need(skills={"database": 2}, site="berlin", language="de", slack=0.5)
    worker = replace(ANN, skills={"database": 4}, open_tickets=4, past=PastWork(resolved=3, kept=2))

    [candidate] = rank(need, [worker]).candidates

    assert [(one.name, round(one.points, 6), one.text) for one in candidate.factors] == [
        ("skill", 20.0, "has database of database"),
        ("level", 8.0, "level 4 of 5 in them"),
        ("load", 15.0, "4 open of 10"),
        ("shift", 15.0, "has no shifts, taken as on shift"),
        ("site", 2.5, "works for every site"),
        ("language", 0.0, "does not speak de"),
        ("slack", 8.0, "50% of the time left, 60% free now"),
        ("success", 6.0, "2 of 3 like it stayed resolved"),
    ]
    assert candidate.score == 74.5


@pytest.mark.parametrize(
    ("need", "better", "worse"),
    [
        pytest.param(
            Need(useful=frozenset({"storage"})), {"skills": {"storage": 1}}, {}, id="skill-helps"
        ),
        pytest.param(
            Need(skills={"database": 2}),
            {"skills": {"database": 3}},
            {"skills": {"database": 2}},
            id="level",
        ),
        pytest.param(Need(), {"open_tickets": 1}, {"open_tickets": 2}, id="load"),
        pytest.param(
            Need(),
            {"open_tickets": 3, "capacity": 20},
            {"open_tickets": 2, "capacity": 4},
            id="load-by-capacity",
        ),
        pytest.param(Need(), {"on_shift": True}, {"on_shift": False}, id="shift"),
        pytest.param(
            Need(site="berlin"), {"sites": frozenset({"berlin"})}, {}, id="site-of-their-own"
        ),
        pytest.param(
            Need(language="de"),
            {"languages": frozenset({"de"})},
            {"languages": frozenset({"en"})},
            id="language",
        ),
        pytest.param(
            Need(slack=0.0),
            {"open_tickets": 1, "past": PastWork(resolved=9, kept=4)},
            {"open_tickets": 2, "past": PastWork(resolved=9, kept=5)},
            id="what-is-late-goes-to-who-is-free",
        ),
        pytest.param(
            Need(),
            {"past": PastWork(resolved=10, kept=9)},
            {"past": PastWork(resolved=1, kept=1)},
            id="success-is-smoothed",
        ),
        pytest.param(Need(), {"past": PastWork(resolved=4, kept=4)}, {}, id="success-over-none"),
        pytest.param(Need(), {}, {"past": PastWork(resolved=4, kept=0)}, id="none-over-failure"),
    ],
)
def test_who_comes_first(
    need: Need, better: Mapping[str, object], worse: Mapping[str, object]
) -> None:
    first = replace(ANN, login="zoe", **better)  # type: ignore[arg-type]
    second = replace(ANN, **worse)  # type: ignore[arg-type]

    assert _order(rank(need, [second, first])) == ["zoe", "ann"]


def test_of_equal_scores_the_fewest_open_then_the_login_decides() -> None:
    workers = [
        replace(ANN, login="cy", open_tickets=1, capacity=2),
        replace(ANN, login="bo", open_tickets=2, capacity=4),
        replace(ANN, login="al", open_tickets=2, capacity=4),
    ]

    assert _order(rank(Need(), workers)) == ["cy", "al", "bo"]


@pytest.mark.parametrize(
    ("need", "worker", "missing", "text"),
    [
        pytest.param(
            Need(skills={"database": 3}),
            replace(ANN, skills={"database": 2}),
            Missing.SKILL,
            "lacks database 3 (has 2)",
            id="level-too-low",
        ),
        pytest.param(
            Need(skills={"database": 1, "linux": 1}),
            replace(ANN, skills={"linux": 1}),
            Missing.SKILL,
            "lacks database 1 (has none)",
            id="skill-not-there",
        ),
        pytest.param(
            Need(site="berlin"),
            replace(ANN, sites=frozenset({"paris", "oslo"})),
            Missing.ACCESS,
            "works for oslo, paris, not berlin",
            id="another-site",
        ),
        pytest.param(
            Need(),
            replace(ANN, absence="holiday until 2026-08-10"),
            Missing.TIME,
            "absent: holiday until 2026-08-10",
            id="absent",
        ),
        pytest.param(
            Need(), replace(ANN, open_tickets=10), Missing.TIME, "full: 10 open of 10", id="full"
        ),
        pytest.param(
            Need(),
            replace(ANN, open_tickets=12),
            Missing.TIME,
            "full: 12 open of 10",
            id="over-full",
        ),
        pytest.param(
            Need(), replace(ANN, capacity=0), Missing.TIME, "full: 0 open of 0", id="no-capacity"
        ),
        pytest.param(
            Need(),
            replace(ANN, barred="handed it on"),
            Missing.SKILL,
            "handed it on",
            id="had-it-before",
        ),
    ],
)
def test_who_cannot_have_it_and_why(
    need: Need, worker: Worker, missing: Missing, text: str
) -> None:
    ranking = rank(need, [worker])

    assert ((), [("ann", missing, text)], missing) == (
        ranking.candidates,
        [(one.login, one.missing, one.text) for one in ranking.refusals],
        ranking.missing,
    )


def test_last_place_that_is_free_is_enough() -> None:
    assert _order(rank(Need(), [replace(ANN, open_tickets=9)])) == ["ann"]


def test_what_is_missing_is_what_the_nearest_lacks() -> None:
    """One who has the skill but no time is nearer than one who lacks the skill."""
    need = Need(skills={"database": 1})
    full = replace(ANN, login="bo", skills={"database": 1}, open_tickets=10)

    assert (
        rank(need, [ANN]).missing,
        rank(need, [ANN, full]).missing,
        rank(need, []).missing,
    ) == (Missing.SKILL, Missing.TIME, None)


def test_slack_is_held_within_its_limits() -> None:
    half = replace(ANN, open_tickets=5)

    assert [_values(Need(slack=slack), half)["slack"] for slack in (-3.0, 7.0, None)] == [
        0.5,
        1.0,
        1.0,
    ]


_SKILLS = st.dictionaries(st.sampled_from(("database", "linux", "network")), st.integers(1, 5))
_SITES = st.frozensets(st.sampled_from(("berlin", "paris")))
_NEEDS = st.builds(
    Need,
    skills=_SKILLS,
    useful=st.frozensets(st.sampled_from(("linux", "storage"))),
    site=st.sampled_from(("", "berlin", "paris")),
    language=st.sampled_from(("", "de", "en")),
    slack=st.none() | st.floats(-1, 2),
)
_WORKERS = st.lists(
    st.builds(
        Worker,
        login=st.sampled_from([f"t{number}" for number in range(12)]),
        skills=_SKILLS,
        sites=_SITES,
        languages=st.frozensets(st.sampled_from(("de", "en"))),
        capacity=st.integers(0, 12),
        open_tickets=st.integers(0, 14),
        on_shift=st.none() | st.booleans(),
        absence=st.sampled_from(("", "", "ill")),
        past=st.builds(
            lambda kept, lost: PastWork(resolved=kept + lost, kept=kept), *[st.integers(0, 9)] * 2
        ),
    ),
    unique_by=lambda worker: worker.login,
    max_size=12,
)


@given(need=_NEEDS, workers=_WORKERS)
def test_a_candidate_has_every_skill_capacity_and_site(need: Need, workers: list[Worker]) -> None:
    by_login = {worker.login: worker for worker in workers}
    ranking = rank(need, workers)

    for candidate in ranking.candidates:
        worker = by_login[candidate.login]

        assert all(worker.skills.get(skill, 0) >= level for skill, level in need.skills.items())
        assert worker.open_tickets < worker.capacity
        assert not worker.absence
        assert not need.site or not worker.sites or need.site in worker.sites
        assert 0 <= candidate.score <= 100
    assert len(workers) == len(ranking.candidates) + len(ranking.refusals)


@given(need=_NEEDS, workers=_WORKERS, data=st.data())
def test_more_load_never_raises_the_rank(
    need: Need, workers: list[Worker], data: st.DataObject
) -> None:
    order = _order(rank(need, workers))
    if not order:
        return
    login = data.draw(st.sampled_from(order))
    more = data.draw(st.integers(1, 5))
    loaded = [
        replace(worker, open_tickets=worker.open_tickets + more)
        if worker.login == login
        else worker
        for worker in workers
    ]
    after = _order(rank(need, loaded))

    assert login not in after or after.index(login) >= order.index(login)


@given(need=_NEEDS, workers=_WORKERS, data=st.data())
def test_the_order_of_asking_does_not_matter(
    need: Need, workers: list[Worker], data: st.DataObject
) -> None:
    assert rank(need, workers) == rank(need, data.draw(st.permutations(workers)))
