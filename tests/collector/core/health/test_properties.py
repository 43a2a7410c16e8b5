"""What holds for every score, whatever the samples: the invariants of the health model."""

from collections.abc import Mapping
from datetime import timedelta
from math import fsum
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.health.assess import assess, summarize
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.model import Category, Evidence, Score
from sickbay_collector.core.health.observe import observe
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, Sample
from tests.collector.core.health.samples import (
    DRIVES,
    HDD,
    HOME,
    MINUTE,
    NO_BATTERY,
    NVME,
    ROOT,
    START,
    VOLUMES,
    laptop,
    remembered,
    sample,
)

SSD = "SSD1"
UNITS = ("a.service", "b.service", "c.service")
ALL_DRIVES = {**DRIVES, SSD: Medium.SSD}
RATIO = st.floats(min_value=0.0, max_value=1.0)
COUNT = st.integers(min_value=0, max_value=5000).map(float)
FLAG = st.sampled_from([0.0, 1.0])
AGE_S = st.floats(min_value=0.0, max_value=200 * 86400.0)
LOW, HIGH = "lower is worse", "higher is worse"
# (metric, instance, possible values, which way is worse)
JUDGED = (
    ("volume.free_ratio", ROOT, RATIO, LOW),
    ("volume.free_bytes", ROOT, st.floats(min_value=0.0, max_value=80e9), LOW),
    ("volume.free_ratio", HOME, RATIO, LOW),
    ("volume.free_bytes", HOME, st.floats(min_value=0.0, max_value=80e9), LOW),
    ("drive.smart_failed", HDD, FLAG, HIGH),
    ("drive.prefail_failing", HDD, FLAG, HIGH),
    ("drive.reallocated_sectors", HDD, COUNT, HIGH),
    ("drive.reported_uncorrectable", HDD, COUNT, HIGH),
    ("drive.pending_sectors", HDD, COUNT, HIGH),
    ("drive.offline_uncorrectable", HDD, COUNT, HIGH),
    ("drive.smart_failed", SSD, FLAG, HIGH),
    ("drive.life_left_ratio", SSD, RATIO, LOW),
    ("drive.smart_failed", NVME, FLAG, HIGH),
    ("drive.nvme_used_ratio", NVME, st.floats(min_value=0.0, max_value=2.55), HIGH),
    ("drive.nvme_spare_ratio", NVME, RATIO, LOW),
    ("drive.nvme_media_errors", NVME, COUNT, HIGH),
    ("crash.oom_kills", "chrome", COUNT, HIGH),
    ("crash.app_crashes", "teams", COUNT, HIGH),
    ("crash.kernel_panics", "", st.integers(0, 5).map(float), HIGH),
    ("boot.unclean_shutdown", "", FLAG, HIGH),
    ("updates.security_count", "", COUNT, HIGH),
    ("updates.security_age_s", "", AGE_S, HIGH),
    ("updates.reboot_pending", "", FLAG, HIGH),
    ("updates.reboot_pending_age_s", "", AGE_S, HIGH),
)
BITS = st.integers(min_value=0, max_value=31)
Values = Mapping[tuple[str, str], float]
LIMITS = settings(max_examples=150)


@st.composite
def readings(draw: st.DrawFn) -> Values:
    """Return a value for some of what is judged."""
    rows = draw(st.lists(st.sampled_from(JUDGED), unique_by=lambda row: row[:2]))
    values = {(metric, instance): draw(possible) for metric, instance, possible, _ in rows}
    values["drive.nvme_critical_warning", NVME] = float(draw(BITS))
    values["drive.nvme_spare_threshold_ratio", NVME] = 0.1
    values["crash.failed_units", ""] = 0.0
    return MappingProxyType(values)


def taken(values: Values, *, at: timedelta = timedelta(), units: int = 0) -> Sample:
    """Return a sample with these values."""
    nested: dict[str, dict[str, float]] = {}
    for (metric, instance), value in values.items():
        nested.setdefault(metric, {})[instance] = value
    return sample(
        nested, at=START + at, volumes=VOLUMES, drives=ALL_DRIVES, failed_units=UNITS[:units]
    )


def fully_read(values: Values) -> Sample:
    """Return a full sample of the laptop with these values over its sound ones."""
    changes: dict[str, dict[str, float]] = {}
    for (metric, instance), value in values.items():
        changes.setdefault(metric, {})[instance] = value
    return laptop(changes)


def health(memory: HealthMemory) -> float:
    """Return 100 - what is lost, also where the score is withheld."""
    score = assess(memory, now=START + MINUTE)
    return 100.0 - fsum(line.points for line in score.ledger)


HISTORY = st.lists(readings(), max_size=2)


def after(history: list[Values], *last: Sample) -> HealthMemory:
    past = [taken(values, at=timedelta(days=n - 9)) for n, values in enumerate(history)]
    return remembered(*past, *last)


@LIMITS
@given(history=HISTORY, values=readings(), now_days=st.integers(0, 9))
def test_the_ledger_sums_to_what_is_lost(
    history: list[Values], values: Values, now_days: int
) -> None:
    memory = after(history, fully_read(values))
    score = assess(memory, now=START + timedelta(days=now_days))
    lost = fsum(line.points for line in score.ledger)

    assert all(line.points > 0.0 for line in score.ledger)
    assert 0.0 <= lost <= 100.0 + 1e-9
    if score.value is not None:
        assert abs(lost - (100.0 - score.value)) < 1e-9
    for axis in score.axes:
        if axis.value is not None:
            assert abs(fsum(line.points for line in axis.ledger) - (100.0 - axis.value)) < 1e-9


@LIMITS
@given(history=HISTORY, values=readings(), now_days=st.integers(0, 90))
def test_everything_stays_in_its_range(
    history: list[Values], values: Values, now_days: int
) -> None:
    memory = after(history, fully_read(values))
    score = assess(memory, now=START + timedelta(days=now_days))
    ratios = [score.confidence]
    ratios += [one.confidence for one in score.axes]
    ratios += [one.confidence for one in score.categories]

    assert 0.0 <= score.low <= score.high <= 100.0
    assert score.value is None or score.low - 1e-9 <= score.value <= score.high + 1e-9
    assert all(0.0 <= ratio <= 1.0 for ratio in ratios)
    assert all(0.0 <= one.penalty <= 100.0 for one in score.categories if one.penalty is not None)
    assert all(one.gain_points >= 0.0 for one in score.advice)


@LIMITS
@given(history=HISTORY, values=readings(), data=st.data())
def test_worsening_any_metric_never_raises_health(
    history: list[Values], values: Values, data: st.DataObject
) -> None:
    known = [row for row in JUDGED if row[:2] in values]
    if not known:
        return
    metric, instance, possible, way = data.draw(st.sampled_from(known))
    before = values[metric, instance]
    other = data.draw(possible)
    worse = max(before, other) if way is HIGH else min(before, other)
    changed = {**values, (metric, instance): worse}

    assert health(after(history, taken(changed))) <= health(after(history, taken(values))) + 1e-9


@LIMITS
@given(history=HISTORY, values=readings(), bits=BITS, units=st.integers(0, 2))
def test_another_warning_or_failed_service_never_raises_health(
    history: list[Values], values: Values, bits: int, units: int
) -> None:
    key = ("drive.nvme_critical_warning", NVME)
    worse = {**values, key: float(int(values[key]) | bits)}
    before = health(after(history, taken(values, units=units)))

    assert health(after(history, taken(worse, units=units))) <= before + 1e-9
    assert health(after(history, taken(values, units=units + 1))) <= before + 1e-9


@LIMITS
@given(history=HISTORY, values=readings(), data=st.data())
def test_health_never_rises_because_evidence_stopped(
    history: list[Values], values: Values, data: st.DataObject
) -> None:
    """A sample that repeats a part of the one before and lacks the rest changes nothing."""
    full = after(history, taken(values))
    levels = [key for key in values if not key[0].startswith("crash.")]
    kept = data.draw(st.sets(st.sampled_from(levels)))
    partial = taken({key: values[key] for key in kept}, at=MINUTE)
    later = observe(full, partial, now=START + MINUTE)

    assert health(later) <= health(full) + 1e-9


@LIMITS
@given(history=HISTORY, days=st.integers(0, 400))
def test_silence_changes_confidence_only(history: list[Values], days: int) -> None:
    memory = after(history)
    fresh = assess(memory, now=START)
    later = assess(memory, now=START + timedelta(days=days))

    assert later.ledger == fresh.ledger
    assert (later.low, later.high) == (fresh.low, fresh.high)
    assert later.confidence <= fresh.confidence
    assert later.value in {None, fresh.value}


@LIMITS
@given(history=HISTORY)
def test_what_is_not_applicable_changes_no_point(history: list[Values]) -> None:
    topics = ("drives/none", "drives", "volumes", "crashes", "updates")
    absences = tuple(
        Absence(topic=topic, kind=AbsenceKind.NOT_APPLICABLE, reason="none") for topic in topics
    )
    memory = after(history)
    extra = sample(at=START, drives={"vda": Medium.VIRTUAL}, absences=(NO_BATTERY, *absences))
    with_absences = observe(memory, extra, now=START)

    assert health(with_absences) == health(memory)
    assert _state(assess(with_absences, now=START), Category.BATTERY) is Evidence.NOT_APPLICABLE


@LIMITS
@given(history=HISTORY)
def test_the_same_samples_give_the_same_score(history: list[Values]) -> None:
    memory = after(history)
    copy = HealthMemory.from_plain(memory.to_plain())

    assert assess(after(history), now=START) == assess(memory, now=START)
    assert assess(copy, now=START) == assess(memory, now=START)
    assert summarize(copy, now=START).value == assess(memory, now=START).value


def _state(score: Score, category: Category) -> Evidence:
    return next(one.evidence for one in score.categories if one.category is category)
