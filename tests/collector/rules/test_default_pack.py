"""Every shipped rule: a course of samples that fires it, and one that must not."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.alerts.change import AlertChange
from sickbay_collector.core.alerts.rule import Effect, Kind, Minutes, Rule
from sickbay_collector.core.desk.priority import priority_of
from sickbay_collector.core.desk.ticket import Priority, Tier
from sickbay_collector.core.sample import Sample
from sickbay_collector.services.rulebook import load_rules, load_runbooks
from tests.collector.core.alerts.build import DAY, HOUR, MINUTE, START, Bench, sample

Course = Iterator[Sample]
Readings = Mapping[str, Mapping[str, float]]
RULES = load_rules([])


def volume(at: datetime, used: float, free_gb: float, name: str = "root") -> Sample:
    """Return a sample of a laptop that somebody uses."""
    return sample(
        at,
        {"volume.used_ratio": {name: used}, "volume.free_bytes": {name: free_gb * 1e9}},
        idle_s=5,
    )


def every(step: timedelta, count: int, build: Callable[[datetime], Sample]) -> Course:
    return (build(START + index * step) for index in range(count))


def drive(at: datetime, **readings: float) -> Sample:
    """Return a sample with a slow reading of drive S1."""
    values = {f"drive.{name}": {"S1": value} for name, value in readings.items()}
    return sample(at, values, drives=["S1"])


def updates(at: datetime, **readings: float) -> Sample:
    return sample(at, {f"updates.{name}": {"": value} for name, value in readings.items()})


def course_of_updates(days: int, *, hours_a_day: int, **readings: float) -> Course:
    """Return days of use, one sample a minute, updates read once an hour."""
    for day in range(days):
        for minute in range(hours_a_day * 60):
            at = START + day * DAY + minute * MINUTE
            yield updates(at, **readings) if minute % 60 == 0 else sample(at, {})


def kills(*at_hours: float, program: str = "chrome") -> Course:
    for hour in at_hours:
        yield sample(START + hour * HOUR, {"crash.oom_kills": {program: 1.0}})


def days_s(days: float) -> float:
    return days * 86400.0


FIRES = [
    pytest.param(
        "disk.full.crit",
        every(MINUTE, 16, lambda at: volume(at, 0.93, 3.1)),
        "/ is 93 % full, 3.1 GB free; limit above 90 % and below 5 GB, for 15 min of use",
        id="disk.full.crit",
    ),
    pytest.param(
        "disk.full.warn",
        every(MINUTE, 361, lambda at: volume(at, 0.85, 9)),
        "/ is 85 % full, 9 GB free; limit above 80 % and below 10 GB, for 6 h of use",
        id="disk.full.warn",
    ),
    pytest.param(
        "disk.inodes",
        every(
            MINUTE,
            61,
            lambda at: sample(at, {"volume.inodes_free_ratio": {"data": 0.04}}, idle_s=9999),
        ),
        "/data has 4 % of its inodes free; limit below 5 %, for 60 min",
        id="disk.inodes",
    ),
    pytest.param(
        "disk.failing",
        every(HOUR, 2, lambda at: drive(at, smart_failed=1, prefail_failing=0)),
        "drive S1: Drive reports failure: yes, at 2 readings in a row",
        id="disk.failing by its own verdict",
    ),
    pytest.param(
        "disk.failing",
        every(HOUR, 2, lambda at: drive(at, smart_failed=0, prefail_failing=1)),
        "drive S1: Pre-fail attribute failing now: yes, at 2 readings in a row",
        id="disk.failing by an attribute",
    ),
    pytest.param(
        "disk.failing",
        every(HOUR, 2, lambda at: drive(at, smart_failed=0, nvme_critical_warning=0x06)),
        "drive S1: NVMe critical warning 0x06 (temperature, reliability degraded),"
        " at 2 readings in a row",
        id="disk.failing by NVMe",
    ),
    pytest.param(
        "disk.wear",
        every(HOUR, 3, lambda at: drive(at, smart_failed=0, nvme_used_ratio=0.9)),
        "drive S1: Rated life used 90 %; limit at least 90 %, at 3 readings in a row",
        id="disk.wear of NVMe",
    ),
    pytest.param(
        "disk.wear",
        every(HOUR, 3, lambda at: drive(at, life_left_ratio=0.1)),
        "drive S1: Rated life left 10 %; limit at most 10 %, at 3 readings in a row",
        id="disk.wear of SATA",
    ),
    pytest.param(
        "mem.oom",
        kills(0, 23),
        "chrome was killed 2 times for lack of memory; limit at least 2 within 24 h",
        id="mem.oom",
    ),
    pytest.param(
        "reboot.pending",
        every(HOUR, 1, lambda at: updates(at, reboot_pending=1, reboot_pending_age_s=days_s(14.5))),
        "A restart has been pending for 14.5 d; limit above 14 d",
        id="reboot.pending",
    ),
    pytest.param(
        "update.overdue",
        course_of_updates(
            4, hours_a_day=9, security_age_s=days_s(15), pending_age_s=days_s(15), pending_count=3
        ),
        "Oldest security update 15 d; limit above 14 d, for 24 h",
        id="update.overdue by security",
    ),
    pytest.param(
        "update.overdue",
        course_of_updates(4, hours_a_day=9, pending_age_s=days_s(31), pending_count=3),
        "Oldest pending update 31 d; limit above 30 d, for 24 h",
        id="update.overdue by age",
    ),
]

SILENT = [
    pytest.param(every(MINUTE, 600, lambda at: volume(at, 0.95, 200)), id="95 % of 4 TB"),
    pytest.param(every(MINUTE, 600, lambda at: volume(at, 0.7, 3)), id="3 GB free of 10"),
    pytest.param(every(MINUTE, 15, lambda at: volume(at, 0.95, 3)), id="full for 14 min"),
    pytest.param(every(MINUTE, 60, lambda at: volume(at, 0.95, 3, "data")), id="data volume"),
    pytest.param(every(5 * MINUTE, 600, lambda at: volume(at, 0.95, 3)), id="only gaps"),
    pytest.param(
        every(MINUTE, 600, lambda at: sample(at, {"volume.inodes_free_ratio": {"root": 0.06}})),
        id="6 % of inodes",
    ),
    pytest.param(every(HOUR, 1, lambda at: drive(at, smart_failed=1)), id="one bad reading"),
    pytest.param(
        every(HOUR, 24, lambda at: drive(at, smart_failed=0, nvme_critical_warning=0x12)),
        id="NVMe warns of temperature",
    ),
    pytest.param(
        every(HOUR, 24, lambda at: drive(at, nvme_used_ratio=0.89, life_left_ratio=0.11)),
        id="wear below the limit",
    ),
    pytest.param(
        every(HOUR, 24, lambda at: drive(at, reallocated_sectors=900, pending_sectors=8)),
        id="sectors alone",
    ),
    pytest.param(kills(0, 24.5, 49), id="a kill a day"),
    pytest.param((*kills(0), *kills(1, program="gcc")), id="two programs killed once"),
    pytest.param(
        every(HOUR, 24, lambda at: updates(at, reboot_pending=1, reboot_pending_age_s=days_s(14))),
        id="restart for 14 days",
    ),
    pytest.param(
        course_of_updates(5, hours_a_day=9, security_age_s=days_s(13), pending_age_s=days_s(29)),
        id="updates still young",
    ),
    pytest.param(
        course_of_updates(2, hours_a_day=14, security_age_s=days_s(40)), id="two days of use"
    ),
    pytest.param(every(MINUTE, 60, lambda at: sample(at, {})), id="no readings"),
]


def opened(bench: Bench) -> list[AlertChange]:
    return [change for change in bench.log if change.kind == "opened"]


@pytest.mark.parametrize(("rule_id", "course", "sentence"), FIRES)
def test_fires(rule_id: str, course: Course, sentence: str) -> None:
    bench = Bench(RULES)
    bench.run(course)

    assert [(change.rule_id, change.sentence) for change in opened(bench)] == [(rule_id, sentence)]


@pytest.mark.parametrize("course", SILENT)
def test_stays_silent(course: Course) -> None:
    assert Bench(RULES).run(course) == []


def test_every_rule_has_a_course_that_fires_it() -> None:
    assert {str(case.values[0]) for case in FIRES} == set(RULES.rules)


def closing(fires: str, then: Course) -> list[str]:
    """Return what happens after the first course of a rule that fires it."""
    bench = Bench(RULES)
    first = {
        "disk.full.crit": every(MINUTE, 16, lambda at: volume(at, 0.93, 3.1)),
        "disk.failing": every(HOUR, 2, lambda at: drive(at, smart_failed=1)),
        "mem.oom": kills(0, 1),
        "reboot.pending": every(
            HOUR, 1, lambda at: updates(at, reboot_pending=1, reboot_pending_age_s=days_s(15))
        ),
        "update.overdue": course_of_updates(4, hours_a_day=9, security_age_s=days_s(15)),
    }
    bench.run(first[fires])
    bench.run(then)
    return bench.kinds


def later(count: int, build: Callable[[datetime], Sample]) -> Course:
    """Return samples of each minute, from the fifth day."""
    return (build(START + 5 * DAY + index * MINUTE) for index in range(count))


@pytest.mark.parametrize(
    ("rule_id", "then", "last"),
    [
        pytest.param(
            "disk.full.crit", later(61, lambda at: volume(at, 0.8, 8)), "closed", id="space freed"
        ),
        pytest.param(
            "disk.full.crit", later(60, lambda at: volume(at, 0.8, 8)), "clearing", id="for 59 min"
        ),
        pytest.param(
            "disk.full.crit", later(90, lambda at: volume(at, 0.89, 9)), "opened", id="not enough"
        ),
        pytest.param(
            "disk.failing",
            later(90, lambda at: sample(at, {}, drives=["S2"])),
            "closed",
            id="drive replaced",
        ),
        pytest.param(
            "disk.failing",
            later(90, lambda at: drive(at, smart_failed=0)),
            "opened",
            id="drive says it is well again",
        ),
        pytest.param(
            "mem.oom",
            (sample(START + HOUR + n * HOUR, {}) for n in range(1, 169)),
            "clearing",
            id="7 days not over",
        ),
        pytest.param(
            "mem.oom",
            (sample(START + HOUR + n * HOUR, {}) for n in range(1, 170)),
            "closed",
            id="7 days without a kill",
        ),
        pytest.param(
            "reboot.pending",
            later(1, lambda at: updates(at, reboot_pending=0)),
            "closed",
            id="restarted",
        ),
        pytest.param(
            "update.overdue",
            later(1, lambda at: updates(at, pending_count=0, security_count=0)),
            "closed",
            id="all installed",
        ),
        pytest.param(
            "update.overdue",
            later(1, lambda at: updates(at, security_count=0, pending_age_s=days_s(12))),
            "closed",
            id="security installed",
        ),
        pytest.param(
            "update.overdue",
            later(1, lambda at: updates(at, security_age_s=days_s(12), pending_age_s=days_s(12))),
            "evidence",
            id="next one almost overdue",
        ),
    ],
)
def test_closes(rule_id: str, then: Course, last: str) -> None:
    assert closing(rule_id, then)[-1] == last


def test_critical_mutes_the_warning_of_a_full_volume() -> None:
    """One family, one ticket: the warning is recorded as suppressed."""
    bench = Bench(RULES)
    bench.run(every(MINUTE, 400, lambda at: volume(at, 0.95, 2)))

    assert [(change.kind, change.rule_id) for change in bench.log] == [
        ("opened", "disk.full.crit"),
        ("suppressed", "disk.full.warn"),
    ]
    assert bench.log[1].reason == "muted by disk.full.crit on /"


MEANS = {
    Effect.NONE: Priority.LOW,
    Effect.DEGRADED: Priority.MEDIUM,
    Effect.LOSS: Priority.HIGH,
    Effect.FAILURE: Priority.URGENT,
}
"""Low: no effect on performance. Medium: performance is degraded, or it needs investigation.
High: a critical function is or will soon be lost. Urgent: total failure or a security breach."""


@pytest.mark.parametrize("rule", RULES.rules.values(), ids=RULES.rules)
def test_priority_says_what_the_condition_does(rule: Rule) -> None:
    """At impact 2, one device in normal use."""
    assert rule.effect is not None
    assert rule.urgency in {1, 2, 3}
    assert priority_of(2, rule.urgency) is MEANS[rule.effect]
    assert rule.category != "performance" or rule.effect is not Effect.NONE


@pytest.mark.parametrize(
    ("rule_id", "family", "kind", "urgency", "place", "article"),
    [
        (
            "disk.full.crit",
            "disk.space",
            "threshold",
            1,
            ("L1", "service-desk"),
            (("DISK-1", 604800)),
        ),
        (
            "disk.full.warn",
            "disk.space",
            "threshold",
            2,
            ("L1", "service-desk"),
            (("DISK-1", 604800)),
        ),
        ("disk.inodes", "disk.inodes", "threshold", 2, ("L2", "endpoint"), (("DISK-3", 604800))),
        ("disk.failing", "disk.health", "state", 1, ("L2", "hardware"), (("DISK-4", 0))),
        ("disk.wear", "disk.health", "threshold", 3, ("L2", "hardware"), (("DISK-5", 0))),
        ("mem.oom", "mem.oom", "threshold", 2, ("L2", "endpoint"), (("MEM-2", 604800))),
        (
            "update.overdue",
            "update.overdue",
            "threshold",
            2,
            ("L1", "service-desk"),
            ("UPD-1", 604800),
        ),
        (
            "reboot.pending",
            "reboot.pending",
            "threshold",
            3,
            ("L1", "service-desk"),
            ("UPD-2", 604800),
        ),
    ],
)
def test_table_of_the_pack(
    rule_id: str,
    family: str,
    kind: str,
    urgency: int,
    place: tuple[str, str],
    article: tuple[str, float],
) -> None:
    rule = RULES.rules[rule_id]

    assert (rule.family, rule.kind, rule.urgency) == (family, Kind(kind), urgency)
    assert (rule.tier, rule.queue) == (Tier(place[0]), place[1])
    assert (rule.runbook, rule.reopen_s) == article
    assert rule.grace_s == 0
    assert rule.minutes is Minutes("active" if rule_id.startswith("disk.full.") else "observed")
    assert rule.runbook in load_runbooks()
