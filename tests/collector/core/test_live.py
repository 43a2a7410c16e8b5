import pytest

from sickbay_collector.core.live import Marks, Topic, changed, from_text, mark, to_text

BEFORE: Marks = {Topic.TICKETS: "1a", Topic.ALERTS: "2b"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(BEFORE, (), id="nothing"),
        pytest.param({**BEFORE, Topic.ALERTS: "2c"}, (Topic.ALERTS,), id="one"),
        pytest.param({Topic.TICKETS: "1b", Topic.ALERTS: "0"}, tuple(BEFORE), id="all"),
        pytest.param({**BEFORE, Topic.PROBLEMS: "9"}, (), id="what was not known before"),
        pytest.param({Topic.TICKETS: "1a"}, (Topic.ALERTS,), id="what is not known any more"),
    ],
)
def test_what_changed(now: Marks, expected: tuple[Topic, ...]) -> None:
    assert changed(BEFORE, now) == expected


def test_marks_come_back_from_their_text() -> None:
    assert from_text(to_text(BEFORE)) == BEFORE


@pytest.mark.parametrize("text", ["", ".", "moon-1", "\x00" * 500, "tickets"])
def test_what_is_no_text_of_marks_names_nothing(text: str) -> None:
    assert not any(from_text(text).values())


def test_a_mark_tells_values_apart_and_does_not_show_them() -> None:
    assert mark((41, None)) == mark((41, None))
    assert mark((41, None)) != mark((42, None))
    assert "41" not in (mark(("41",)), to_text({Topic.TICKETS: mark(41)}))
