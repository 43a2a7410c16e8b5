"""Values that know where they were written."""

from sickbay_collector.core.alerts.source import merged, plain
from tests.collector.core.alerts.build import marked


def test_entry_over_entry_keeps_the_places_of_both() -> None:
    found = merged(marked({"a": 1, "b": [2]}, "base:1"), marked({"a": {"c": 3}}, "over:9"))

    assert plain(found) == {"a": {"c": 3}, "b": [2]}
    assert isinstance(found.value, dict)
    assert [item.where for item in found.value.values()] == ["over:9", "base:1"]


def test_what_is_no_mapping_is_replaced() -> None:
    assert plain(merged(marked(1), marked({"a": 2}))) == {"a": 2}
