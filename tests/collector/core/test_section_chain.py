"""The inventory of two records of one machine is one history."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.inventory import SectionVersion
from sickbay_collector.core.section_chain import chained

START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
NOW = START + timedelta(days=30)


def versions(*said: tuple[int, str], is_present: bool = True) -> list[SectionVersion]:
    """Return versions that begin so many days after the start, each until the next."""
    begins = [START + timedelta(days=day) for day, _ in said]
    ends = [*begins[1:], None if is_present else NOW][: len(begins)]
    return [
        SectionVersion(kind="os", hash=content.encode(), since=since, until=until)
        for (_, content), since, until in zip(said, begins, ends, strict=True)
    ]


@pytest.mark.parametrize(
    ("kept", "ended", "chain"),
    [
        pytest.param([(9, "b")], [(1, "a")], [(1, "a"), (9, "b")], id="one after the other"),
        pytest.param([(9, "a")], [(1, "a")], [(1, "a")], id="the same goes on"),
        pytest.param(
            [(9, "b"), (12, "c")],
            [(1, "a"), (3, "b")],
            [(1, "a"), (3, "b"), (12, "c")],
            id="several",
        ),
        pytest.param([(1, "a")], [(9, "b")], [(1, "a"), (9, "b"), (30, "a")], id="overlapping"),
        pytest.param([(1, "a")], [(1, "b")], [(1, "a")], id="at once"),
        pytest.param([(1, "a")], [], [(1, "a")], id="the other has none"),
    ],
)
def test_versions_follow_each_other(
    kept: list[tuple[int, str]], ended: list[tuple[int, str]], chain: list[tuple[int, str]]
) -> None:
    """What the record that goes on has now is what the machine has."""
    assert chained(versions(*kept), versions(*ended), at=NOW) == versions(*chain)


def test_what_the_survivor_has_not_is_over() -> None:
    assert chained([], versions((1, "a")), at=NOW) == versions((1, "a"), is_present=False)


def test_kinds_are_histories_of_their_own() -> None:
    (system,) = versions((3, "x"))
    mine = [SectionVersion(kind="system", hash=b"x", since=system.since, until=None)]

    assert chained(mine, versions((1, "a")), at=NOW) == [
        *versions((1, "a"), is_present=False),
        *mine,
    ]
