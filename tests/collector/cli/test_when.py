"""Moments to come as people say them."""

from datetime import UTC, datetime

import click
import pytest

from sickbay_collector.cli.when import parse_when

# A Friday.
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "zone", "expected"),
    [
        pytest.param("now", None, "2026-11-20T12:30", id="now"),
        pytest.param("sunday 03:00", "UTC", "2026-11-22T03:00", id="a weekday"),
        pytest.param("Sun 3:00", "UTC", "2026-11-22T03:00", id="short"),
        pytest.param("friday 12:30", "UTC", "2026-11-20T12:30", id="this minute"),
        pytest.param("friday 12:29", "UTC", "2026-11-27T12:29", id="a minute ago"),
        pytest.param("12:29", "UTC", "2026-11-21T12:29", id="tomorrow"),
        pytest.param("23:00", "UTC", "2026-11-20T23:00", id="today"),
        pytest.param("sunday 03:00", "Europe/Berlin", "2026-11-22T02:00", id="in a zone"),
        pytest.param("saturday 00:30", "Asia/Tokyo", "2026-11-20T15:30", id="already tomorrow"),
        pytest.param("2026-12-24T18:00", "Europe/Berlin", "2026-12-24T17:00", id="exact"),
        pytest.param("2026-12-24T18:00+03:00", "UTC", "2026-12-24T15:00", id="with an offset"),
    ],
)
def test_moment(said: str, zone: str | None, expected: str) -> None:
    assert datetime.fromisoformat(f"{expected}+00:00") == parse_when(said, zone, NOW)


@pytest.mark.parametrize(
    ("said", "zone", "words"),
    [
        pytest.param("someday", "UTC", "is no time like", id="no time"),
        pytest.param("25:00", "UTC", "is no time like", id="25 o'clock"),
        pytest.param("moonday 03:00", "UTC", "is no weekday", id="no weekday"),
        pytest.param("sunday 03:00", "Mars/Base", "is no time zone", id="no zone"),
    ],
)
def test_what_is_none(said: str, zone: str, words: str) -> None:
    with pytest.raises(click.BadParameter, match=words):
        parse_when(said, zone, NOW)
