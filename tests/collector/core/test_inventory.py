"""The change log of a device is the difference of two section versions."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.inventory import ChangeKind, Row, SectionContent, diff, summary
from tests.kit.examples import FEW

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_SCALARS = st.text(max_size=4) | st.integers(0, 3) | st.booleans()
_ROWS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.dictionaries(st.sampled_from("xyz"), _SCALARS), max_size=3
)


def software(rows: Mapping[str, Row], facts: Row | None = None) -> SectionContent:
    return SectionContent(kind="software", facts=facts or {}, rows=rows)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            {}, {"bash": {"version": "5.2"}}, (ChangeKind.ADDED, "bash", "", "5.2"), id="added"
        ),
        pytest.param(
            {"bash": {"version": "5.2"}}, {}, (ChangeKind.REMOVED, "bash", "5.2", ""), id="removed"
        ),
        pytest.param(
            {"bash": {"version": "5.1"}},
            {"bash": {"version": "5.2"}},
            (ChangeKind.CHANGED, "bash/version", "5.1", "5.2"),
            id="changed",
        ),
        pytest.param(
            {"sda": {}}, {"sda": {"spare": 0}}, (ChangeKind.ADDED, "sda/spare", "", "0"), id="field"
        ),
    ],
)
def test_diff_of_rows(old: dict[str, Row], new: dict[str, Row], expected: tuple[str, ...]) -> None:
    """Each difference is one line with path, old and new."""
    (change,) = diff(software(old), software(new), at=NOW)

    assert expected == (change.kind, change.path, change.old, change.new)


def test_diff_of_facts() -> None:
    """What a device has once is named by its field alone."""
    (change,) = diff(software({}, {"slots": 2}), software({}, {"slots": 4}), at=NOW)

    assert (
        change.kind,
        change.path,
        change.old,
        change.new,
    ) == (ChangeKind.CHANGED, "slots", "2", "4")


def test_moments_are_written_as_such_and_a_new_version_says_it_all() -> None:
    """Seconds since 1970 are nothing that people read; what no calendar has stays as it came."""
    old = software({"a": {"version": "1", "install_time": 0}, "b": {"install_time": 0}})
    new = software({"a": {"version": "2", "install_time": 86400}, "b": {"install_time": 10**30}})
    found = [(one.path, one.old, one.new) for one in diff(old, new, at=NOW)]

    assert found == [
        ("a/version", "1", "2"),
        ("b/install_time", "1970-01-01T00:00:00Z", str(10**30)),
    ]


@FEW
@given(_ROWS, _ROWS)
def test_diff_is_empty_only_for_equal_content(old: dict[str, Row], new: dict[str, Row]) -> None:
    """Every difference of content is a line, and no equal content gives one."""
    changes = diff(software(old), software(new), at=NOW)

    assert (old == new) == (changes == ())
    assert sorted(change.path for change in changes) == [change.path for change in changes]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({"version": "1", "model": "m"}, "1", id="version first"),
        pytest.param({"b": 2, "a": 1}, "a=1, b=2", id="all fields, in order"),
        pytest.param({}, "", id="nothing"),
    ],
)
def test_summary(row: Row, expected: str) -> None:
    """One value names a row's state."""
    assert expected == summary(row)
