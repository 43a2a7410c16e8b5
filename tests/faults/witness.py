"""Devices that send as fast as they are answered, and remember every answer.

Each record leaves a mark of its own, so that the database can say whether it is stored once: a
sample is the only one of its second and its load is its seq / 100; a gap adds one to a counter; a
problem report opens a ticket that carries its seq.
"""

import contextlib
import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import grpc

from sickbay.v1 import sample_pb2, telemetry_pb2
from tests.kit.device import FakeDevice, sample_record, timestamp
from tests.kit.samples import GIB, volume

STEP = timedelta(seconds=10)
"""Between two samples, by the device's clock; its history begins so far back that all fit."""
HISTORY = timedelta(days=20)
MAX_RECORDS = 5
_CALL_S = 10.0
_PAUSE_S = 0.01
_TRIES = 100
# Samples for which a volume stays full, or stays free.
_SPELL = 40


class FullVolume(StrEnum):
    """When the system volume of a device is full."""

    NEVER = "never"
    ALWAYS = "always"
    BY_SPELLS = "by spells"


@dataclass(slots=True)
class Memory:
    """What a device was told of its records: seqs by lane."""

    acked: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    duplicates: int = 0
    odd: list[str] = field(default_factory=list)
    """Answers that should not be."""


class Witness:
    """A device in a thread of its own.

    Args:
        device: Enrolled.
        volume_is: When its system volume is full.
        seed: Of its choices.
        up: Set while the collector is there.
    """

    def __init__(
        self, device: FakeDevice, volume_is: FullVolume, seed: int, up: threading.Event
    ) -> None:
        self.device = device
        self.memory = Memory()
        self.problems: set[int] = set()
        self.volume_is = volume_is
        self.began_at = datetime.now(UTC).replace(microsecond=0) - HISTORY
        self.has_ack = threading.Event()
        self._rng = random.Random(seed)  # noqa: S311 - not for secrets
        self._up = up
        self._wants_problem = False
        self._ends = False
        self._unanswered: list[telemetry_pb2.Envelope] = []
        self._answered: list[telemetry_pb2.Envelope] = []
        self._thread = threading.Thread(target=self._run, name=f"device-{seed}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def next_round(self) -> None:
        """Forget the last acknowledgement, and report a problem soon."""
        self.has_ack.clear()
        self._wants_problem = True

    def finish(self) -> None:
        """Return once everything that was sent is acknowledged; send the last batch once more."""
        self._ends = True
        self._thread.join(120)
        assert not self._thread.is_alive(), "a device waits for its acknowledgement"
        for result in self._once_more().results:
            if result.status != telemetry_pb2.RECORD_STATUS_DUPLICATE:
                self.memory.odd.append(f"seq {result.seq} is new again: {result}")
        self.device.close()

    def _once_more(self) -> telemetry_pb2.ReportResponse:
        """Send the last batch again until it is answered, as an agent does.

        Another collector may write meanwhile, or the machine be too busy to answer in time.
        """
        for _ in range(_TRIES - 1):
            with contextlib.suppress(grpc.RpcError):
                return self.device.report(*self._answered)
            time.sleep(_PAUSE_S)
        return self.device.report(*self._answered)

    def at(self, seq: int) -> datetime:
        """Return when a sample was taken."""
        return self.began_at + seq * STEP

    def _run(self) -> None:
        while self._unanswered or not self._ends:
            self._up.wait()
            self._unanswered = self._unanswered or self._batch()
            try:
                response = self._call(self._unanswered)
            except grpc.RpcError:
                # What was answered is not known: it is sent again, as it was.
                self.device.close()
                time.sleep(_PAUSE_S)
            else:
                self._note(response)

    def _call(self, envelopes: Sequence[telemetry_pb2.Envelope]) -> telemetry_pb2.ReportResponse:
        return self.device.report(*envelopes, timeout_s=_CALL_S)

    def _note(self, response: telemetry_pb2.ReportResponse) -> None:
        for result in response.results:
            if result.status == telemetry_pb2.RECORD_STATUS_REJECTED:
                self.memory.odd.append(result.reason)
                continue
            self.memory.acked[result.lane].add(result.seq)
            duplicate = result.status == telemetry_pb2.RECORD_STATUS_DUPLICATE
            self.memory.duplicates += duplicate
        self._answered, self._unanswered = self._unanswered, []
        self.has_ack.set()

    def _batch(self) -> list[telemetry_pb2.Envelope]:
        return [self._record() for _ in range(self._rng.randint(1, MAX_RECORDS))]

    def _record(self) -> telemetry_pb2.Envelope:
        if self._wants_problem:
            self._wants_problem = False
            return self._problem()
        return self._gap() if self._rng.random() < 0.2 else self._sample()

    def _sample(self) -> telemetry_pb2.Envelope:
        seq = self.device.seqs.get(telemetry_pb2.LANE_SAMPLES, 0) + 1
        sample = sample_pb2.Sample(cpu=sample_pb2.CpuSample(load_1m=seq / 100))
        if self.volume_is != FullVolume.NEVER:
            free = 1 * GIB if self._is_full(seq) else 100 * GIB
            sample.volumes.append(volume("/", 256 * GIB, free, is_system=True))
        return self.device.envelope(sample_record(self.at(seq), sample))

    def _is_full(self, seq: int) -> bool:
        return self.volume_is == FullVolume.ALWAYS or seq // _SPELL % 2 == 0

    def _gap(self) -> telemetry_pb2.Envelope:
        gap = telemetry_pb2.Gap(lane=telemetry_pb2.LANE_SAMPLES, count=1, reason="full")
        return self._event(telemetry_pb2.Record(gap=gap))

    def _problem(self) -> telemetry_pb2.Envelope:
        seq = self.device.seqs.get(telemetry_pb2.LANE_EVENTS, 0) + 1
        self.problems.add(seq)
        problem = telemetry_pb2.ProblemReport(text=problem_text(seq), user_name="ada")
        return self._event(telemetry_pb2.Record(problem_report=problem))

    def _event(self, record: telemetry_pb2.Record) -> telemetry_pb2.Envelope:
        record.observe_time.CopyFrom(timestamp(datetime.now(UTC)))
        return self.device.envelope(record, telemetry_pb2.LANE_EVENTS)


def problem_text(seq: int) -> str:
    """Return what a user says in the problem report at a place of the events lane."""
    return f"problem {seq}"
