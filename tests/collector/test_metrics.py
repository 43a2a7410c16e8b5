import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.fact import FactKind
from sickbay_collector.core.desk.kpi import Booked
from sickbay_collector.core.desk.sla import SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Priority, Tier
from sickbay_collector.core.desk.totals import DeskTotals, FactLabels, Spread
from sickbay_collector.core.device import Presence
from sickbay_collector.core.errors import StoreError
from sickbay_collector.desk_metrics import closed_category
from sickbay_collector.metrics import (
    CERTIFICATE_KINDS,
    RECORD_STATUSES,
    Metrics,
    render,
)
from sickbay_collector.services.counts import (
    SCORE_BUCKETS,
    FleetCounts,
    TicketGroup,
    count_fleet,
    score_bucket,
)
from tests.collector.clinic import NOW, STARTED_AT, make_template, open_clinic

GOLDEN = Path(__file__).parents[1] / "golden" / "metrics.txt"
PROMTOOL = shutil.which("promtool")


def some_fleet() -> FleetCounts:
    return FleetCounts(
        devices_by_presence={Presence.ONLINE: 2},
        devices_by_score={"90-100": 1, "none": 1},
        open_alerts=4,
        open_tickets={
            TicketGroup(priority=Priority.HIGH, tier=Tier.L2, category="storage"): 3,
            TicketGroup(priority=Priority.LOW, tier=Tier.L1, category="from a rule of ours"): 2,
            TicketGroup(priority=Priority.LOW, tier=Tier.L1, category="from another"): 1,
        },
        sla_clocks={(SlaTarget.RESPONSE, SlaState.PAUSED): 3},
        sla_outcomes={(SlaTarget.RESOLUTION, Priority.HIGH, SlaState.MET): 9},
        escalations=4,
        escalation_steps={StepKind.NOTIFY: 7},
        tickets_by_age={"1 h to 1 d": 6},
        booked=(Booked(currency="EUR", minutes=90, cents=12_345),),
        desk=DeskTotals(
            counts={
                _LABELS: 5,
                replace(_LABELS, kind=FactKind.RESOLVED): 2,
                replace(_LABELS, kind=FactKind.RESOLVED, is_automatic=True): 1,
                replace(_LABELS, category="from a rule of ours"): 1,
            },
            spreads={
                (FactKind.RESOLVED, "high"): Spread(
                    counts=(1, 0, 1, 1, 0, 0, 0, 0, 0, 0), total_s=10_800.0
                )
            },
        ),
    )


_LABELS = FactLabels(
    kind=FactKind.OPENED, priority="high", tier="L1", category="storage", is_automatic=False
)


def no_fleet() -> FleetCounts:
    raise StoreError("gone")


def used_metrics() -> Metrics:
    """Return metrics of a collector to which everything happened once."""
    metrics = Metrics(count_fleet=some_fleet, version="0.1.0")
    metrics.record_batch(dict.fromkeys(RECORD_STATUSES, 1), batch_s=0.02, commit_s=0.01, queued=5)
    metrics.set_queue(7)
    metrics.refuse_readings(2)
    metrics.reject_admission("queue_full")
    metrics.issue_certificate(CERTIFICATE_KINDS[0])
    metrics.run_job("close_resolved_tickets", ok=True, duration_s=0.1, ended_at_s=1e9)
    metrics.run_timer("snooze", ok=True, late_s=0.7)
    metrics.run_timer("snooze", ok=False, late_s=9.0)
    return metrics


def text_of(metrics: Metrics) -> str:
    return render(metrics, "")[0].decode()


@pytest.mark.parametrize(
    "line",
    [
        'sickbay_ingest_records_total{status="ok"} 1.0',
        'sickbay_ingest_records_total{status="rejected"} 1.0',
        'sickbay_ingest_batch_duration_seconds_bucket{le="0.025"} 1.0',
        'sickbay_ingest_batch_duration_seconds_bucket{le="0.01"} 0.0',
        "sickbay_ingest_commit_duration_seconds_sum 0.01",
        "sickbay_ingest_batch_records_sum 3.0",
        "sickbay_ingest_queue_records 7.0",
        "sickbay_ingest_readings_refused_total 2.0",
        'sickbay_ingest_rejections_total{reason="queue_full"} 1.0',
        'sickbay_certificates_issued_total{kind="enroll"} 1.0',
        'sickbay_job_runs_total{job="close_resolved_tickets",outcome="ok"} 1.0',
        'sickbay_timer_lateness_seconds_bucket{kind="snooze",le="1.0"} 1.0',
        'sickbay_timer_lateness_seconds_count{kind="snooze"} 1.0',
        'sickbay_timer_failures_total{kind="snooze"} 1.0',
        'sickbay_tickets_opened_total{category="storage",priority="high",tier="L1"} 5.0',
        'sickbay_tickets_opened_total{category="other",priority="high",tier="L1"} 1.0',
        'sickbay_tickets_resolved_total{category="storage",priority="high",tier="L1"} 3.0',
        'sickbay_tickets_auto_resolved_total{category="storage",priority="high",tier="L1"} 1.0',
        'sickbay_ticket_time_to_resolve_seconds_bucket{le="900.0",priority="high"} 1.0',
        'sickbay_ticket_time_to_resolve_seconds_bucket{le="+Inf",priority="high"} 3.0',
        'sickbay_ticket_time_to_resolve_seconds_count{priority="high"} 3.0',
        'sickbay_tickets_cost{currency="EUR"} 123.45',
        "sickbay_tickets_work_seconds 5400.0",
        'sickbay_tickets_open_by_age{age="1 h to 1 d"} 6.0',
        'sickbay_tickets_resolved_total{category="storage",priority="low",tier="L1"} 0.0',
        'sickbay_ticket_time_to_resolve_seconds_sum{priority="high"} 10800.0',
        'sickbay_devices{presence="online"} 2.0',
        'sickbay_devices{presence="lost"} 0.0',
        'sickbay_devices_by_health{score="none"} 1.0',
        'sickbay_tickets_open{category="storage",priority="high",tier="L2"} 3.0',
        'sickbay_tickets_open{category="other",priority="low",tier="L1"} 3.0',
        "sickbay_alerts_open 4.0",
        "sickbay_database_up 1.0",
        'sickbay_build_info{version="0.1.0"} 1.0',
    ],
)
def test_what_happened_is_counted(line: str) -> None:
    assert line in text_of(used_metrics()).splitlines()


def test_database_that_is_gone_leaves_the_other_metrics() -> None:
    text = text_of(Metrics(count_fleet=no_fleet, version="0.1.0"))

    assert "sickbay_database_up 0.0" in text
    assert "sickbay_devices{" not in text
    assert "sickbay_ingest_queue_records 0.0" in text


def test_labels_stay_a_closed_set() -> None:
    """A category that is configured no more must not make a new series; one of the site does."""
    found = [closed_category(one, ("vehicles",)) for one in ("vehicles", "from a rule")]

    assert found == ["vehicles", "other"]


def test_categories_of_the_site_are_counted() -> None:
    labels = FactLabels(
        kind=FactKind.OPENED, priority="low", tier="L1", category="vehicles", is_automatic=False
    )
    group = TicketGroup(priority=Priority.LOW, tier="L1", category="vehicles")

    def count() -> FleetCounts:
        return replace(
            some_fleet(),
            categories=("vehicles", "other"),
            desk=DeskTotals(counts={labels: 2}),
            open_tickets={group: 3},
        )

    text = text_of(Metrics(count_fleet=count, version="0.1.0"))

    named = '{category="vehicles",priority="low",tier="L1"}'
    assert f"sickbay_tickets_opened_total{named} 2.0" in text
    assert f"sickbay_tickets_open{named} 3.0" in text
    assert 'category="network"' not in text


def test_coverage_gaps_are_those_of_the_tiers_that_there_are() -> None:
    """A tier that requires nothing any more leaves."""
    metrics = Metrics(count_fleet=None, version="0")
    metrics.set_coverage_gaps({"L1": 60.0, "L2": 5.0})
    metrics.set_coverage_gaps({"L1": 0.0})
    text = render(metrics, "")[0].decode()

    found = [line for line in text.splitlines() if line.startswith("sickbay_coverage")]
    assert found == ['sickbay_coverage_gap_minutes{tier="L1"} 0.0']


def test_creation_times_are_left_out() -> None:
    assert "_created" not in text_of(used_metrics())


def test_two_collectors_in_one_process_share_nothing() -> None:
    used_metrics()

    fresh = text_of(Metrics(count_fleet=None, version="0.1.0"))
    assert 'sickbay_ingest_records_total{status="ok"} 0.0' in fresh


def test_names_and_sentences_are_as_agreed() -> None:
    """Refresh with SICKBAY_GOLDEN=1; dashboards and alert rules rely on them."""
    lines = [
        line
        for line in text_of(used_metrics()).splitlines()
        if line.startswith("#") and " sickbay_" in line
    ]
    text = "\n".join(lines) + "\n"
    if os.environ.get("SICKBAY_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")

    assert text == GOLDEN.read_text(encoding="utf-8")


def test_clocks_and_their_ends_are_those_of_the_database() -> None:
    text = text_of(used_metrics())

    assert 'sickbay_sla_clocks{state="paused",target="response"} 3.0' in text
    assert 'sickbay_sla_clocks{state="running",target="resolution"} 0.0' in text
    ends = 'sickbay_sla_outcomes_total{outcome="met",priority="high",target="resolution"} 9.0'
    assert ends in text


def test_escalations_and_their_steps_are_those_of_the_database() -> None:
    lines = text_of(used_metrics()).splitlines()

    assert "sickbay_escalations_total 4.0" in lines
    assert 'sickbay_escalation_steps_total{step="notify"} 7.0' in lines
    assert 'sickbay_escalation_steps_total{step="raise_tier"} 0.0' in lines


def test_no_label_can_name_a_device() -> None:
    names = set(re.findall(r'[{,](\w+)="', text_of(used_metrics())))

    assert names == {
        "age",
        "category",
        "currency",
        "channel",
        "job",
        "kind",
        "le",
        "outcome",
        "presence",
        "priority",
        "reason",
        "score",
        "state",
        "status",
        "step",
        "target",
        "tier",
        "version",
    }


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say() -> None:
    checked = subprocess.run(
        [str(PROMTOOL), "check", "metrics"],
        input=text_of(used_metrics()),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("score", "bucket"),
    [
        pytest.param(None, "none", id="withheld"),
        pytest.param(0.0, "0-9", id="lowest"),
        pytest.param(9.99, "0-9", id="just below ten"),
        pytest.param(10.0, "10-19", id="ten"),
        pytest.param(89.9, "80-89", id="just below ninety"),
        pytest.param(90.0, "90-100", id="ninety"),
        pytest.param(100.0, "90-100", id="highest"),
    ],
)
def test_score_buckets(score: float | None, bucket: str) -> None:
    assert bucket in SCORE_BUCKETS
    assert score_bucket(score) == bucket


def test_fleet_is_counted_without_retired_devices(tmp_path: Path) -> None:
    with open_clinic(make_template(tmp_path), tmp_path) as clinic, clinic.open_reads() as uow:
        counts = count_fleet(uow, now=NOW, started_at=STARTED_AT)

    assert counts.devices_by_presence == {
        Presence.ONLINE: 1,
        Presence.LATE: 1,
        Presence.UNKNOWN: 1,
    }
    assert sum(counts.devices_by_score.values()) == 3
    assert counts.open_alerts == 1
    assert counts.open_tickets == {
        TicketGroup(priority=Priority.HIGH, tier=Tier.L1, category="storage"): 1
    }
