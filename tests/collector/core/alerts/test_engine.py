"""The life of an alert, minute by minute."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.alerts.engine import AlertMemory, evaluate
from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.alerts.state import MAX_STATES, Phase
from sickbay_collector.core.device import DeviceClass
from sickbay_collector.core.sample import Absence, AbsenceKind, Sample
from tests.collector.core.alerts.build import (
    BAD,
    BETWEEN,
    DAY,
    GOOD,
    HOUR,
    MINUTE,
    START,
    Bench,
    device,
    inodes,
    rule,
    rules,
    sample,
)

KEY = "disk.inodes|root"


def minutes(*values: float | None, start: int = 0, idle_s: float | None = None) -> list[Sample]:
    """Return one sample a minute."""
    return [
        inodes(START + (start + index) * MINUTE, value, idle_s=idle_s)
        for index, value in enumerate(values)
    ]


def test_healthy_sample_is_not_remembered() -> None:
    bench = Bench(rules())

    assert bench.run(minutes(GOOD, GOOD)) == []
    assert dict(bench.memory) == {}


def test_opens_when_for_is_over() -> None:
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 5))

    assert bench.kinds == []
    assert bench.run([inodes(START + 5 * MINUTE, BAD)]) == ["opened"]
    assert bench.log[0].since == START
    assert bench.log[0].at == START + 5 * MINUTE
    assert Phase.OPEN is bench.memory[KEY].phase


def test_one_false_sample_resets_pending() -> None:
    bench = Bench(rules())

    assert bench.run(minutes(BAD, BAD, BAD, BAD, BETWEEN, *[BAD] * 5)) == []
    assert bench.run(minutes(BAD, start=10)) == ["opened"]


def test_closes_only_below_the_other_limit_and_after_clear_for() -> None:
    """Between the limits nothing closes; a relapse starts `clear_for` anew."""
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 6, *[BETWEEN] * 30))

    assert bench.kinds == ["opened"]
    bench.run(minutes(*[GOOD] * 10, BETWEEN, *[GOOD] * 10, start=36))
    assert bench.kinds == ["opened", "clearing", "returned", "clearing"]
    assert bench.log[2].sentence == "/: Inodes free 6 %"
    bench.run(minutes(GOOD, start=57))
    assert bench.kinds[-1] == "closed"
    assert bench.memory.open_count == 0


def test_forgets_a_closed_alert_after_quiet_readings() -> None:
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 6, *[GOOD] * 40))

    assert bench.kinds == ["opened", "clearing", "closed"]
    assert dict(bench.memory) == {}


def test_inactive_minutes_do_not_count_for_active_rules() -> None:
    """The last input was 5 min ago: nobody is there."""
    bench = Bench(rules(rule(minutes="active")))

    assert bench.run(minutes(*[BAD] * 60, idle_s=300)) == []
    assert bench.run(minutes(*[BAD] * 5, start=60, idle_s=299)) == ["opened"]


@pytest.mark.parametrize(
    ("device_class", "idle_s"),
    [
        pytest.param(DeviceClass.SERVER, 9000.0, id="server"),
        pytest.param(DeviceClass.ALWAYS_ON, 9000.0, id="always on"),
        pytest.param(DeviceClass.LAPTOP, None, id="idle time unknown"),
    ],
)
def test_every_minute_is_active(device_class: DeviceClass, idle_s: float | None) -> None:
    bench = Bench(rules(rule(minutes="active")), device(device_class=device_class))

    assert bench.run(minutes(*[BAD] * 6, idle_s=idle_s)) == ["opened"]


def test_gap_freezes_pending() -> None:
    """A sleep of 10 h counts nothing, and what was counted before stays."""
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 5))

    assert bench.run([inodes(START + 10 * HOUR, BAD)]) == []
    assert bench.run([inodes(START + 10 * HOUR + MINUTE, BAD)]) == ["opened"]


def test_gap_of_a_day_resets_pending() -> None:
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 5))
    later = START + 4 * MINUTE + DAY

    assert bench.run([inodes(later + index * MINUTE, BAD) for index in range(5)]) == []
    assert bench.run([inodes(later + 5 * MINUTE, BAD)]) == ["opened"]


def test_sleeping_does_not_close() -> None:
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 6, GOOD))

    assert bench.run([inodes(START + 3 * DAY, GOOD)]) == ["opened", "clearing"]


@pytest.mark.parametrize(
    ("step_s", "kinds"),
    [
        pytest.param(180, ["opened"], id="three intervals are no gap"),
        pytest.param(181, [], id="more are"),
    ],
)
def test_limit_of_a_gap(step_s: int, kinds: list[str]) -> None:
    bench = Bench(rules())

    assert kinds == bench.run(
        inodes(START + index * timedelta(seconds=step_s), BAD) for index in range(30)
    )


def test_sample_without_the_metric_is_neither_true_nor_false() -> None:
    bench = Bench(rules())
    bench.run(minutes(BAD, BAD, None, None, BAD))

    assert bench.kinds == []
    assert bench.run(minutes(None, BAD, start=5)) == ["opened"]
    assert bench.run(minutes(*[None] * 60, start=7)) == ["opened"]
    assert Phase.OPEN is bench.memory[KEY].phase


def test_missing_minutes_beyond_a_gap_do_not_count() -> None:
    """Three minutes without a reading are held, an hour is not."""
    bench = Bench(rules())

    assert bench.run(minutes(BAD, *[None] * 60, BAD)) == []


def test_pending_without_a_reading_for_a_day_is_forgotten() -> None:
    bench = Bench(rules())
    bench.run([inodes(START, BAD), *(inodes(START + n * HOUR, None) for n in range(1, 25))])

    assert dict(bench.memory) == {}


def test_clock_set_back_counts_no_time() -> None:
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 5))

    assert bench.run([inodes(START - DAY, BAD)]) == []
    assert bench.run([inodes(START - DAY + MINUTE, BAD)]) == ["opened"]


def test_same_sample_again_changes_nothing() -> None:
    bench = Bench(rules(rule(for_="0s", reads=2)))
    bench.run(minutes(BAD))

    assert bench.run(minutes(BAD)) == []


def test_evidence_once_a_day() -> None:
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * (2 * 24 * 60 + 10)))

    assert bench.kinds == ["opened", "evidence", "evidence"]
    assert bench.log[2].at - bench.log[1].at == DAY


def test_urgency_rises_at_once_and_never_falls() -> None:
    bench = Bench(rules())
    bench.run(minutes(*[BAD] * 6))
    bench.rules = rules(rule(urgency=1))

    assert bench.run(minutes(BAD, BAD, start=6)) == ["opened", "evidence"]
    assert bench.log[-1].urgency == 1
    bench.rules = rules(rule(urgency=3))
    assert bench.run(minutes(BAD, start=8)) == ["opened", "evidence"]
    assert bench.memory[KEY].urgency == 1


def test_flapping_holds_the_alert_open_with_one_note() -> None:
    """Without `for` and `clear_for` each swing would open and close."""
    bench = Bench(rules(rule(for_="0s", clear_for="0s")))
    bench.run(minutes(*[BAD, GOOD] * 30))

    assert bench.kinds.count("flapping") == 1
    assert bench.kinds[-1] == "flapping"
    assert bench.memory[KEY].flapping
    bench.run(minutes(*[GOOD] * 25, start=60))
    assert bench.kinds[-1] == "closed"


def test_reads_count_readings_whatever_lies_between() -> None:
    """A drive that is read at start each day reaches two readings on the second day."""
    bench = Bench(rules(rule(for_="0s", reads=2)))
    bench.run([inodes(START, BAD), *minutes(None, None, start=1)])

    assert bench.kinds == []
    assert bench.run([inodes(START + 2 * DAY, BAD)]) == ["opened"]


def test_good_reading_resets_reads() -> None:
    bench = Bench(rules(rule(for_="0s", reads=2)))

    assert bench.run(minutes(BAD, GOOD, BAD, BETWEEN, BAD)) == []


def test_grace_suppresses_once_and_then_opens() -> None:
    """A muted alert is recorded with its reason; it opens when the grace ends."""
    bench = Bench(rules(rule(grace="30m")), device(enrolled_at=START))
    bench.run(minutes(*[BAD] * 31))

    assert bench.kinds == ["suppressed", "opened"]
    assert bench.log[0].reason == "grace: the first 30 min after enrollment"
    assert bench.log[1].at == START + 30 * MINUTE


def test_grace_counts_from_the_boot_that_a_sample_tells() -> None:
    bench = Bench(rules(rule(grace="30m", for_="0s")))
    readings = {"volume.inodes_free_ratio": {"root": BAD}, "boot.uptime_s": {"": 1799.0}}
    bench.run([sample(START, readings)])

    assert bench.log[0].reason == "grace: the first 30 min after boot"


def test_a_device_clock_that_is_behind_begins_no_grace_where_there_is_none() -> None:
    """Samples from before the enrollment, by the device's clock, count like any others."""
    bench = Bench(rules(rule(grace="0s", for_="0s")), device(enrolled_at=START + 60 * MINUTE))
    bench.run(minutes(BAD))

    assert bench.kinds == ["opened"]


def test_parent_mutes_child_of_the_same_instance() -> None:
    parent = rule(id="disk.worse", raise_={"below": 0.04})
    child = rule(muted_by=["disk.worse"], for_="6m")
    bench = Bench(rules(child, parent))
    bench.run(minutes(*[BAD] * 8))

    assert bench.kinds == ["opened", "suppressed"]
    assert bench.log[1].reason == "muted by disk.worse on /"
    bench.run(minutes(*[0.045] * 30, start=8))
    assert len(bench.log) == 2


def test_parent_at_another_volume_mutes_nothing() -> None:
    parent = rule(id="disk.worse", raise_={"below": 0.01})
    bench = Bench(rules(rule(muted_by=["disk.*"]), parent))
    both = {"volume.inodes_free_ratio": {"root": BAD, "data": 0.005}}
    bench.run([sample(START + n * MINUTE, both) for n in range(6)])

    assert [
        (change.rule_id, change.instance) for change in bench.log if change.kind == "opened"
    ] == [("disk.worse", "data"), ("disk.inodes", "root")]


def test_child_opens_when_its_parent_closes() -> None:
    parent = rule(id="disk.worse", raise_={"below": 0.02}, clear={"above": 0.025}, clear_for="0s")
    bench = Bench(rules(rule(muted_by=["disk.worse"], for_="6m"), parent))
    bench.run(minutes(*[0.01] * 8, 0.03))

    assert bench.kinds == ["opened", "suppressed", "closed", "opened"]


@pytest.mark.parametrize(
    ("volume", "instances"),
    [
        pytest.param("system", ["root"], id="system"),
        pytest.param("other", ["data"], id="other"),
        pytest.param("any", ["data", "root"], id="any"),
    ],
)
def test_scope_of_volumes(volume: str, instances: list[str]) -> None:
    bench = Bench(rules(rule(scope={"volume": volume}, for_="0s")))
    bench.run([sample(START, {"volume.inodes_free_ratio": {"root": BAD, "data": BAD}})])

    assert instances == [change.instance for change in bench.log]


def test_scope_of_drives() -> None:
    worn: dict[str, Plain] = {
        "metric": "drive.life_left_ratio",
        "raise_": {"below": 0.1},
        "clear": {"gone": True},
    }
    bench = Bench(rules(rule(**worn, for_="0s", scope={"drive": ["nvme"]})))

    assert bench.run([sample(START, {"drive.life_left_ratio": {"S1": 0.0}}, drives=["S1"])]) == []


def test_scope_of_platforms() -> None:
    bench = Bench(rules(rule(scope={"os": ["windows"]}, for_="0s")))

    assert bench.run(minutes(BAD)) == []
    bench.device = device(platform="windows")
    assert bench.run(minutes(BAD, start=1)) == ["opened"]


def test_volume_out_of_scope_closes() -> None:
    bench = Bench(rules(rule(for_="0s")))
    bench.run(minutes(BAD))
    bench.rules = rules(rule(scope={"volume": "other"}, clear_for="0s"))

    assert bench.run(minutes(BAD, start=1)) == ["opened", "closed"]


def test_rule_that_is_no_longer_there_closes_its_alert() -> None:
    bench = Bench(rules(rule(for_="0s")))
    bench.run(minutes(BAD))
    bench.rules = rules(rule(id="other.rule"))
    bench.run(minutes(GOOD, start=1))

    assert bench.kinds == ["opened", "closed"]
    assert bench.log[1].rule is None
    assert (bench.log[1].family, bench.log[1].title) == ("", "disk.inodes: /")
    assert bench.log[1].reason == "rule disk.inodes is no longer in force"
    assert dict(bench.memory) == {}


def test_rule_that_is_no_longer_there_leaves_nothing_pending() -> None:
    bench = Bench(rules())
    bench.run(minutes(BAD))
    bench.rules = rules(rule(id="other.rule"))

    assert bench.run(minutes(GOOD, start=1)) == []
    assert dict(bench.memory) == {}


GONE: dict[str, Plain] = {"clear": {"any": [{"above": 0.08}, {"gone": True}]}}


def test_gone_volume_closes_under_its_name() -> None:
    bench = Bench(rules(rule(**GONE, for_="0s", clear_for="2m")))
    bench.run(minutes(BAD))
    bench.run([sample(START + n * MINUTE, {}, volumes=["data"]) for n in range(1, 4)])

    assert bench.kinds == ["opened", "clearing", "closed"]
    assert bench.log[-1].sentence == "/ is gone"
    assert dict(bench.memory) == {}


@pytest.mark.parametrize(
    ("volumes", "failed"),
    [
        pytest.param([], (), id="no list"),
        pytest.param(["data"], ("volumes",), id="list of a probe that failed"),
        pytest.param(["root"], (), id="listed without reading"),
    ],
)
def test_not_gone(volumes: list[str], failed: tuple[str, ...]) -> None:
    bench = Bench(rules(rule(**GONE, for_="0s", clear_for="0s")))
    bench.run(minutes(BAD))

    assert bench.run([sample(START + MINUTE, {}, volumes=volumes, failed_probes=failed)]) == [
        "opened"
    ]


def test_gone_drive_ends_what_was_pending() -> None:
    failing: dict[str, Plain] = {
        "metric": "drive.smart_failed",
        "kind": "state",
        "raise_": {"is": True},
    }
    bench = Bench(rules(rule(**failing, clear={"gone": True}, reads=2, for_="0s")))
    bench.run([sample(START, {"drive.smart_failed": {"S1": 1.0}}, drives=["S1"])])
    bench.run([sample(START + MINUTE, {}, drives=["S2"])])

    assert dict(bench.memory) == {}


OOM: dict[str, Plain] = {
    "id": "mem.oom",
    "metric": "crash.oom_kills",
    "raise_": {"at_least": 2, "within": "24h"},
    "clear": {"below": 1},
    "for_": "0s",
    "clear_for": "0s",
    "clear_active_days": 2,
}


def kills(minute: float, *, idle_s: float | None = None, **counts: float) -> Sample:
    readings = {"crash.oom_kills": counts} if counts else {}
    return sample(START + minute * MINUTE, readings, idle_s=idle_s)


def test_window_sums_the_events_of_one_program() -> None:
    bench = Bench(rules(rule(**OOM)))
    bench.run([kills(0, chrome=1), kills(1, gcc=1), kills(60)])

    assert bench.kinds == []
    assert bench.run([kills(1439, chrome=1)]) == ["opened"]
    assert bench.log[0].instance_label == "chrome"


def test_window_forgets_old_events() -> None:
    bench = Bench(rules(rule(**OOM)))
    bench.run([kills(0, chrome=1), kills(1440, chrome=1)])

    assert bench.kinds == []
    bench.run([kills(2880)])
    assert dict(bench.memory) == {}


def test_closes_after_days_of_use_without_the_event() -> None:
    """Two days of use of 24 h each; a day on which nobody was there does not count."""
    bench = Bench(rules(rule(**OOM)))
    bench.run([kills(0, chrome=2), kills(1), kills(2, chrome=1)])
    bench.run([kills(60 * hour) for hour in range(1, 20)])
    bench.run([kills(60 * hour, idle_s=9999) for hour in range(20, 80)])

    assert bench.kinds == ["opened", "clearing", "returned", "clearing"]
    assert (
        bench.log[2].sentence == "chrome: Killed for lack of memory 3; limit at least 2 within 24 h"
    )
    bench.run([kills(60 * hour) for hour in range(80, 104)])
    assert bench.kinds[-1] == "clearing"
    bench.run([kills(60 * 104)])
    assert bench.kinds[-1] == "closed"


def test_unknown_crashes_do_not_clear() -> None:
    unread = Absence(topic="crashes", kind=AbsenceKind.UNKNOWN, reason="no journal")
    bench = Bench(rules(rule(**{**OOM, "clear_active_days": 0})))
    bench.run([kills(0, chrome=2)])

    assert bench.run([sample(START + 1500 * MINUTE, {}, absent=[unread])]) == ["opened"]
    assert bench.run([kills(1501)]) == ["opened", "closed"]


def test_needs_active_days() -> None:
    bench = Bench(rules(rule(for_="0s", active_days={"at_least": 2, "of": 7})))

    assert bench.run(minutes(BAD)) == []
    assert bench.run([inodes(START + 6 * DAY, BAD)]) == ["opened"]


def test_active_days_too_long_ago_do_not_count() -> None:
    bench = Bench(rules(rule(for_="0s", active_days={"at_least": 2, "of": 7})))
    bench.run(minutes(BAD))

    assert bench.run([inodes(START + 7 * DAY, BAD)]) == []


@pytest.mark.parametrize(
    ("count", "opened"),
    [
        pytest.param(MAX_STATES, MAX_STATES, id="as many as fit"),
        pytest.param(MAX_STATES + 1, MAX_STATES, id="one more"),
    ],
)
def test_remembers_a_limited_number_of_instances(count: int, opened: int) -> None:
    names = [f"v{index}" for index in range(count)]
    values = {"volume.inodes_free_ratio": dict.fromkeys(names, BAD)}
    bench = Bench(rules(rule(for_="0s")))
    bench.run([sample(START + n * MINUTE, values, volumes=names) for n in range(3)])

    assert ["opened"] * opened == bench.kinds
    assert opened == len(bench.memory)


def test_urgent_rule_takes_the_place_of_a_pending_one() -> None:
    names = [f"v{index}" for index in range(MAX_STATES)]
    values = {"volume.inodes_free_ratio": dict.fromkeys(names, BAD)}
    bench = Bench(rules(rule(), rule(id="disk.flat", raise_={"below": 0.01}, urgency=1, for_="0s")))
    bench.run([sample(START, values, volumes=names)])
    worse = {"volume.inodes_free_ratio": {**values["volume.inodes_free_ratio"], "v0": 0.001}}

    assert bench.run([sample(START + MINUTE, worse, volumes=names)]) == ["opened"]
    assert len(bench.memory) == MAX_STATES


def test_memory_is_unchanged_by_a_healthy_sample_of_a_known_day() -> None:
    """The fast path makes no new object."""
    memory, _ = evaluate(AlertMemory(), inodes(START, GOOD), rules(), device(), now=START)
    again, _ = evaluate(memory, inodes(START + MINUTE, GOOD), rules(), device(), now=START)

    assert again is memory


def test_change_says_everything() -> None:
    bench = Bench(rules(rule(says="{instance}: {volume.inodes_free_ratio} of inodes free")))
    bench.run(minutes(0.04, 0.045, *[BAD] * 4))
    change = bench.log[0]

    assert change.title == "Inodes free: /"
    assert change.sentence == "/: 3 % of inodes free; limit below 5 %, for 5 min"
    assert change.closes_when == 'closes by itself when, for 10 min, "Inodes free" is above 8 %'
    assert change.history == "Inodes free: 3 % to 4.5 % since 2026-11-02 09:00 UTC"
    assert (change.key, change.family, change.urgency) == ("disk.inodes|root", "disk.inodes", 2)
    assert [(one.metric, one.unit, one.value, one.threshold) for one in change.readings] == [
        ("volume.inodes_free_ratio", "ratio", BAD, "below 5 %")
    ]


def test_device_wide_parent_mutes_a_volume() -> None:
    parent = rule(
        id="os.bad",
        kind="state",
        metric="updates.reboot_pending",
        raise_={"is": True},
        clear={"is": False},
        for_="0s",
    )
    bench = Bench(rules(rule(for_="0s", muted_by=["os.bad"]), parent))
    values = {"volume.inodes_free_ratio": {"root": BAD}, "updates.reboot_pending": {"": 1.0}}
    bench.run([sample(START, values)])

    assert bench.kinds == ["opened", "suppressed"]
    assert bench.log[0].title == "Reboot pending"
    assert replace(bench.log[0], instance="x").title == "Reboot pending: this device"


def test_condition_of_a_volume_may_ask_for_what_the_device_has_once() -> None:
    both: Plain = {"all": [{"below": 0.05}, {"metric": "memory.available_ratio", "below": 0.1}]}
    bench = Bench(rules(rule(raise_=both, for_="0s")))
    values: dict[str, dict[str, float]] = {"volume.inodes_free_ratio": {"root": BAD}}

    assert bench.run([sample(START, values)]) == []
    values["memory.available_ratio"] = {"": 0.05}
    assert bench.run([sample(START + MINUTE, values)]) == ["opened"]


def test_window_joins_its_oldest_events() -> None:
    """Sixteen entries are kept; the sum stays right."""
    many: dict[str, Plain] = {**OOM, "raise_": {"at_least": 16, "within": "7d"}}
    bench = Bench(rules(rule(**many)))
    bench.run([kills(hour * 60, chrome=0.5) for hour in range(32)])

    assert bench.kinds == ["opened"]
    assert bench.log[0].readings[0].value == 16
    assert len(bench.memory["mem.oom|chrome"].events) == 16
