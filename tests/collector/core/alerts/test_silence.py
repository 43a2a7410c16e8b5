"""Silences end, and of several that match the one that ends last gives the reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.silence import (
    LONGEST,
    REASON_LIMIT,
    MutingSpan,
    QuietBook,
    Silence,
    checked_end,
    checked_reason,
    expired,
    extended,
)
from sickbay_collector.core.errors import ConflictError, InvalidError
from tests.collector.core.alerts.test_matcher import SUBJECT
from tests.collector.desk_builders import NOW

HOUR = timedelta(hours=1)
SILENCE = Silence(
    number=3,
    matcher=Matcher.of({"rule": ["disk.*"]}),
    reason="known",
    author="mia",
    created_at=NOW,
    ends_at=NOW + HOUR,
    ended_by="",
)
SPAN = MutingSpan(
    window=5,
    occurrence=2,
    matcher=Matcher.of({"device": ["*"]}),
    title="Patch night",
    author="bo",
    starts_at=NOW,
    until=NOW + 2 * HOUR,
)


def test_reason_says_who_until_when_and_why() -> None:
    mute = QuietBook(silences=(SILENCE,)).mute_of(SUBJECT, NOW)

    assert mute is not None
    assert mute.reason == "silence 3 by mia until 2026-03-02 10:00 UTC: known"
    assert mute.until == NOW + HOUR


def test_last_to_end_gives_the_reason() -> None:
    book = QuietBook(silences=(SILENCE,), spans=(SPAN,))
    mute = book.mute_of(SUBJECT, NOW)

    assert mute is not None
    assert mute.reason == ("maintenance window 5 by bo until 2026-03-02 11:00 UTC: Patch night")
    assert (mute.number, mute.occurrence) == (5, 2)


def test_nothing_is_muted_outside_of_its_time() -> None:
    """The end is not part of it, so an alert of that moment opens its ticket."""
    book = QuietBook(silences=(SILENCE,), spans=(SPAN,))

    assert book.mute_of(SUBJECT, NOW - HOUR) is None
    assert book.mute_of(SUBJECT, NOW + 2 * HOUR) is None
    assert QuietBook(silences=(SILENCE,)).mute_of(SUBJECT, NOW + HOUR) is None
    assert book.mute_of(replace(SUBJECT, rule_id="cpu"), NOW + 2 * HOUR) is None


def test_ends_within_thirty_days() -> None:
    assert checked_end(NOW + LONGEST, now=NOW) == NOW + LONGEST
    for ends_at in (NOW, NOW + LONGEST + timedelta(seconds=1)):
        with pytest.raises(InvalidError, match="at most 30 days"):
            checked_end(ends_at, now=NOW)


def test_reason_is_short_and_printable() -> None:
    assert checked_reason(" a\n b ") == "a b"
    assert checked_reason("x" * REASON_LIMIT) == "x" * REASON_LIMIT
    for reason in ("", "  ", "x" * (REASON_LIMIT + 1), "a\0b"):
        with pytest.raises(InvalidError, match="reason: 1 to 500"):
            checked_reason(reason)


def test_what_is_over_cannot_be_changed() -> None:
    late = NOW + HOUR
    assert expired(SILENCE, by="bo", now=NOW) == replace(SILENCE, ends_at=NOW, ended_by="bo")
    assert extended(SILENCE, NOW + 9 * HOUR, now=NOW).ends_at == NOW + 9 * HOUR
    with pytest.raises(ConflictError, match="silence 3 ended"):
        expired(SILENCE, by="bo", now=late)
    with pytest.raises(ConflictError, match="add another"):
        extended(SILENCE, late + HOUR, now=late)
