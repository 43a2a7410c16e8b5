"""A fleet's reports as the collector reads them, from here and from another process."""

from collections import defaultdict
from itertools import islice

from sickbay_collector.simulator.fleet.course import Span
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.reports import due_reports, reports_elsewhere

# Monday 2026-03-02, 08:00 to 20:00 UTC.
SPAN = Span(since_s=1_772_438_400, until_s=1_772_481_600, interval_s=600, hours=Hours.ALWAYS)
PLAN = Plan(devices=5, minutes=720, interval_s=600, seed=7, batch=6)


def test_each_device_counts_its_records_from_one() -> None:
    """The collector takes a record that was counted before for a repeated one."""
    seqs: dict[int, list[int]] = defaultdict(list)
    for due in due_reports(PLAN, SPAN):
        seqs[due.number] += [record.seq for record in due.report.records]

    assert {number: list(range(1, 73)) for number in range(5)} == seqs


def test_another_process_makes_the_same() -> None:
    """It ends by itself, and also when nobody wants the rest."""
    with reports_elsewhere(PLAN, SPAN) as coming:
        assert list(coming) == list(due_reports(PLAN, SPAN))
    with reports_elsewhere(PLAN, SPAN) as coming:
        assert len(list(islice(coming, 3))) == 3
