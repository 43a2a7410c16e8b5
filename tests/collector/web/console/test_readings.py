from collections.abc import Sequence

from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.device_detail import latest_readings
from sickbay_collector.web.console.readings import Topic, topics

GIB = 1 << 30


def topic(found: Sequence[Topic], title: str) -> Topic:
    (one,) = (one for one in found if one.title == title)
    return one


def test_each_metric_stands_in_one_topic() -> None:
    readings = latest_readings({name: {"": 1.0} for name in METRICS}, {})
    found = topics(readings)

    assert len(METRICS) == sum(len(one.rows) for one in found)
    assert {"Health score", "Confidence of the score"} == {
        row[0] for row in topic(found, "Other").rows
    }


def test_parts_of_a_kind_are_a_table_and_the_longer_goes_down() -> None:
    few = {
        "volume.free_bytes": {"a": 2.0 * GIB, "b": 3.0 * GIB},
        "volume.free_ratio": {"a": 0.25},
        "volume.used_ratio": {"a": 0.75},
        "volume.total_bytes": {"a": 8.0 * GIB},
    }
    one = topic(topics(latest_readings(few, {"a": "/", "b": "/home"})), "Volumes")

    assert one.heads == ("", "/", "/home")
    assert one.rows == (
        ("Size", "8.0 GiB", "\N{EN DASH}"),
        ("Free", "2.0 GiB", "3.0 GiB"),
        ("Share free", "25 %", "\N{EN DASH}"),
        ("Share used", "75 %", "\N{EN DASH}"),
    )

    many = {"thermal.temperature_celsius": {str(place): 40.0 for place in range(3)}}
    two = topic(topics(latest_readings(many, {})), "Temperatures")

    assert two.heads == ("", "Now")
    assert two.rows == (
        ("0", "40 \N{DEGREE SIGN}C"),
        ("1", "40 \N{DEGREE SIGN}C"),
        ("2", "40 \N{DEGREE SIGN}C"),
    )
