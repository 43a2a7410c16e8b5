"""Times are exact, sorted and never naive; closed sets are kept by value."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from sickbay_collector.core.desk.ticket import Tier
from sickbay_collector.core.device import Evidence
from sickbay_collector.db.types import (
    Closed,
    EvidenceText,
    TextList,
    TextMap,
    UTCDateTime,
    from_micros,
    to_micros,
)

DIALECT = sqlite.dialect()


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_times_are_exact_and_sorted(one: datetime, other: datetime) -> None:
    assert from_micros(to_micros(one)) == one
    assert (to_micros(one) < to_micros(other)) == (one < other)


def test_a_time_of_another_zone_comes_back_as_utc() -> None:
    local = datetime(2026, 11, 2, 10, 0, tzinfo=timezone(timedelta(hours=1)))

    assert from_micros(to_micros(local)).isoformat() == "2026-11-02T09:00:00+00:00"


def test_a_naive_time_is_refused() -> None:
    naive = datetime(2026, 11, 2, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="time without zone: 2026-11-02"):
        UTCDateTime().process_bind_param(naive, DIALECT)


def test_a_member_is_kept_by_its_value() -> None:
    column = Closed(Tier)

    assert type(column.process_bind_param(Tier.SEC, DIALECT)) is str
    assert column.process_result_value("L2", DIALECT) is Tier.L2
    with pytest.raises(ValueError, match="L9"):
        column.process_result_value("L9", DIALECT)


def test_evidence_of_an_older_release_is_read() -> None:
    """Fields that it lacks are empty, fields that are gone are ignored."""
    stored = '{"system_serial": "PF-1", "gone": "x"}'

    assert EvidenceText().process_result_value(stored, DIALECT) == Evidence(system_serial="PF-1")


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(UTCDateTime(), id="time"),
        pytest.param(Closed(Tier), id="member"),
        pytest.param(TextMap(), id="map"),
        pytest.param(TextList(), id="list"),
        pytest.param(EvidenceText(), id="evidence"),
    ],
)
def test_nothing_is_kept_as_nothing(
    column: "UTCDateTime | Closed[Tier] | TextMap | TextList | EvidenceText",
) -> None:
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(None, DIALECT) is None
