from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.coverage import Gap, Missing, Need
from sickbay_collector.core.desk.gap_repeats import RepeatedGap, repeated_gaps

BERLIN = ZoneInfo("Europe/Berlin")


def gap(day: int, hour: int, *, what: str = "1", present: tuple[str, ...] = ()) -> Gap:
    begin = datetime(2026, 10, day, hour, tzinfo=BERLIN).astimezone(UTC)
    return Gap(
        requirement="leeds",
        tier="L1",
        begin=begin,
        end=begin + timedelta(minutes=30),
        missing=(Missing(need=Need.STAFF, what=what),),
        present=present,
    )


def test_the_same_on_other_days_is_one_also_over_a_change_of_clocks() -> None:
    first, second = gap(23, 17), gap(26, 17)

    assert first.begin.time() != second.begin.time()
    assert repeated_gaps([first, second], BERLIN) == (
        RepeatedGap(gap=first, days=(date(2026, 10, 23), date(2026, 10, 26))),
    )


def test_another_hour_lack_or_people_is_another() -> None:
    gaps = [
        gap(23, 17),
        gap(24, 18),
        gap(25, 17, what="2"),
        gap(26, 17, present=("ada",)),
    ]

    assert [one.gap for one in repeated_gaps(gaps, BERLIN)] == gaps
