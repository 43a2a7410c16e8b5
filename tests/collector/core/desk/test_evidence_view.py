from dataclasses import replace
from datetime import timedelta

from sickbay_collector.core.desk.evidence_view import signals
from sickbay_collector.core.desk.ticket import EvidenceItem
from tests.collector.desk_builders import NOW, TICKET_ID

FIRST = EvidenceItem(
    ticket_id=TICKET_ID,
    at=NOW,
    rule_id="disk.full",
    instance="vol-root",
    instance_label="/",
    metric="volume.free_ratio",
    unit="ratio",
    value=0.04,
    threshold="below 5 %",
    since=NOW - timedelta(minutes=20),
    sentence="The volume / has 4 % free.",
    history="",
)
LATER = replace(FIRST, at=NOW + timedelta(hours=1), value=0.02, since=NOW)
OTHER = replace(FIRST, instance="vol-home")


def test_a_signal_has_its_first_and_its_last_reading() -> None:
    (root, home) = signals([FIRST, OTHER, LATER])

    assert (root.first, root.last, root.captures) == (FIRST, LATER, 2)
    assert root.since == FIRST.since
    assert (home.first, home.last, home.captures) == (OTHER, OTHER, 1)


def test_two_limits_of_one_metric_are_two_signals() -> None:
    assert len(signals([FIRST, replace(FIRST, threshold="below 5 GB")])) == 2
    assert signals([]) == ()
