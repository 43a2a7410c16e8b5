"""Tests of the table of categories."""

import pytest

from sickbay_collector.core.health.categories import CATEGORIES
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.model import Category

DAY_S = 86400.0


def test_the_table_holds_every_category_once() -> None:
    assert [weighing.category for weighing in CATEGORIES] == list(Category)


def test_evidence_lasts_as_long_as_the_model_says() -> None:
    assert {one.category.value: one.ttl_s / DAY_S for one in CATEGORIES} == {
        "storage": 7,
        "stability": 3,
        "capacity": 1,
        "performance": 1,
        "currency": 3,
        "battery": 7,
        "startup": 7,
        "lifecycle": 90,
    }


@pytest.mark.parametrize("weighing", CATEGORIES, ids=lambda weighing: weighing.category.value)
def test_nothing_is_known_of_a_device_that_never_reported(weighing: object) -> None:
    row = next(one for one in CATEGORIES if one is weighing)

    assert row.verdict(HealthMemory()) is None
    assert row.unread.verdict.absence.endswith(".")
