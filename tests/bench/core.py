"""Microseconds of the pure core for each sample: range checks, rules and score, split by part.

Decoding a message checks its ranges too; the core's own figure has the checks without the decoding.
"""

import gc
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sickbay.v1 import sample_pb2
from sickbay_collector.core.alerts.engine import evaluate
from sickbay_collector.core.alerts.moment import DeviceFacts
from sickbay_collector.core.device import Criticality, DeviceClass
from sickbay_collector.core.gather import Gather
from sickbay_collector.core.health.assess import summarize
from sickbay_collector.core.health.observe import observe
from sickbay_collector.core.judge import judge
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.record import Record
from sickbay_collector.core.sample import Sample
from sickbay_collector.core.state import DeviceState
from sickbay_collector.rpc.decode_sample import decode_sample
from sickbay_collector.services.rulebook import load_rules
from tests.kit.samples import GIB, office_sample

SAMPLES = 1000
ROUNDS = 7


def measure() -> dict[str, float]:
    """Return microseconds a sample, by part."""
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    messages, moments = _messages(start)
    rules = load_rules([])
    device = DeviceFacts(
        platform="linux",
        device_class=DeviceClass.LAPTOP,
        criticality=Criticality.NORMAL,
        enrolled_at=start,
    )
    samples = _decode(messages, moments)

    def rules_only() -> None:
        memory = DeviceState().alerts
        for sample in samples:
            memory, _ = evaluate(memory, sample, rules, device, now=sample.observed_at)

    def health_only() -> None:
        memory = DeviceState().health
        for sample in samples:
            memory = observe(memory, sample, now=sample.observed_at)
            summarize(memory, now=sample.observed_at)

    def core() -> None:
        state = DeviceState()
        for seq, sample in enumerate(samples, start=1):
            _validate(sample)
            state = judge(state, _record(seq, sample), rules, device, now=sample.observed_at).state
            summarize(state.health, now=sample.observed_at)

    return {
        "decode_and_validate_us": _best_us(lambda: _decode(messages, moments)),
        "validate_us": _best_us(lambda: [_validate(sample) for sample in samples]),
        "rules_us": _best_us(rules_only),
        "score_us": _best_us(health_only),
        "core_us_per_sample": _best_us(core),
    }


def _messages(start: datetime) -> tuple[list[sample_pb2.Sample], list[datetime]]:
    """Return samples of a minute each, no two the same, and their moments."""
    messages = [
        office_sample(free_bytes=120 * GIB - n * 4096, busy_ratio=0.05 + n % 40 / 100)
        for n in range(SAMPLES)
    ]
    return messages, [start + timedelta(minutes=n) for n in range(SAMPLES)]


def _decode(messages: Sequence[sample_pb2.Sample], moments: Sequence[datetime]) -> list[Sample]:
    return [
        decode_sample(message, observed_at=at, boot_id="b")[0]
        for message, at in zip(messages, moments, strict=True)
    ]


def _validate(sample: Sample) -> int:
    """Pass a sample's readings through the range checks once more; return how many are refused."""
    gather = Gather()
    for metric, values in sample.readings.items():
        for instance, value in values.items():
            gather.put(metric, value, instance)
    return gather.refused


def _record(seq: int, sample: Sample) -> Record:
    return Record(Lane.SAMPLES, b"e" * 16, seq, seq.to_bytes(4, "big"), sample, 0)


def _best_us(run: Callable[[], object]) -> float:
    """Return the best of several rounds, garbage collected before each."""
    rounds: list[float] = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter()
        run()
        rounds.append((time.perf_counter() - began) / SAMPLES * 1e6)
    return round(min(rounds), 1)
