"""What a device reports over a span of time: samples in batches, each with the moment it is due.

Samples lie on a grid of the interval, in the device's own phase: asking for a part of a day gives
the same samples as asking for the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import telemetry_pb2
from sickbay_collector.simulator.fleet.device import SimulatedDevice
from sickbay_collector.simulator.fleet.noise import Topic, mix
from sickbay_collector.simulator.fleet.presence import Ending, Hours, Session, sessions
from sickbay_collector.simulator.fleet.vitals import take_sample

_SLOW_S = 3_600
_GOODBYES = {
    Ending.NONE: telemetry_pb2.GOODBYE_UNSPECIFIED,
    Ending.ASLEEP: telemetry_pb2.GOODBYE_ASLEEP,
    Ending.SHUTTING_DOWN: telemetry_pb2.GOODBYE_SHUTTING_DOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is asked for, in seconds since 1970."""

    since_s: int
    until_s: int
    interval_s: int
    """Time between samples."""
    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records that a device sends together."""

    bodies: tuple[bytes, ...]
    """Serialised records, oldest first."""
    due_s: int
    """When its newest sample was taken, seconds since 1970."""
    goodbye: telemetry_pb2.Goodbye.ValueType


@dataclass(frozen=True, slots=True)
class _Moment:
    at_s: int
    session: Session
    slow: bool
    is_last: bool


def batches(device: SimulatedDevice, span: Span, *, size: int, by_session: bool) -> Iterator[Batch]:
    """Return a device's samples in batches of at most `size`, in order.

    Args:
        device: The device.
        span: From when to when, and how often.
        size: Samples in a batch at most.
        by_session: Whether a batch ends with its session, as an agent sends what it has before it
            sleeps; else a batch may go over days, as after a long time without network.
    """
    bodies: list[bytes] = []
    last: _Moment | None = None
    for moment in _moments(device, span):
        bodies.append(_body(device, moment, span.interval_s))
        last = moment
        if len(bodies) == size or (by_session and moment.is_last):
            yield _batch(bodies, moment)
            bodies = []
    if bodies and last is not None:
        yield _batch(bodies, last)


def _batch(bodies: list[bytes], last: _Moment) -> Batch:
    ending = last.session.ending if last.is_last else Ending.NONE
    return Batch(bodies=tuple(bodies), due_s=last.at_s, goodbye=_GOODBYES[ending])


def _moments(device: SimulatedDevice, span: Span) -> Iterator[_Moment]:
    interval_s = span.interval_s
    phase_s = mix(device.key, Topic.PHASE) % interval_s
    for session in sessions(device, span.hours, since_s=span.since_s, until_s=span.until_s):
        first_s = _on_grid(session.begin_s, phase_s, interval_s)
        for at_s in range(
            _on_grid(max(session.begin_s, span.since_s), phase_s, interval_s),
            min(session.end_s, span.until_s),
            interval_s,
        ):
            slow = at_s == first_s or at_s // _SLOW_S != (at_s - interval_s) // _SLOW_S
            yield _Moment(at_s, session, slow, at_s + interval_s >= session.end_s)


def _on_grid(at_s: int, phase_s: int, interval_s: int) -> int:
    """Return the first moment of the grid that is not before another."""
    return at_s + (phase_s - at_s) % interval_s


def _body(device: SimulatedDevice, moment: _Moment, interval_s: int) -> bytes:
    session, at_s = moment.session, moment.at_s
    record = telemetry_pb2.Record(
        observe_time=Timestamp(seconds=at_s),
        boot_id=device.uuid(session.boot_s),
        since_boot=Duration(seconds=at_s - session.boot_s),
        sample=take_sample(device, session, at_s, interval_s=interval_s, slow=moment.slow),
    )
    return record.SerializeToString(deterministic=True)
