"""Tests of the score's constants."""

from sickbay_collector.core.health.model import AXES, WEIGHTS, Category


def test_weights_sum_to_100() -> None:
    assert sum(WEIGHTS.values()) == 100.0


def test_every_category_belongs_to_exactly_one_axis() -> None:
    listed = [category for categories in AXES.values() for category in categories]

    assert sorted(listed) == sorted(Category)
