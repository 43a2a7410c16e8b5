import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sickbay_agent.model.record import Gap, Lane
from sickbay_agent.spool.frame import HEADER_BYTES
from sickbay_agent.spool.spool import Spool, SpoolLimits
from tests.agent.spool.conftest import NOW

ALL = 1 << 30
LIMITS = SpoolLimits(max_bytes=8000, segment_bytes=700, max_age=timedelta(hours=1))


class SpoolMachine(RuleBasedStateMachine):
    """The spool beside a list: append, acknowledge, restart, crash, truncate, age, overflow."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.generation = 0
        self.waiting: list[tuple[int, bytes]] = []
        self.gaps: list[Gap] = []
        self.dropped = 0
        self.now = NOW
        self.spool = self._open()

    @rule(body=st.binary(max_size=400))
    def append(self, body: bytes) -> None:
        seq = self.spool.append(Lane.SAMPLES, body, self.now)
        assert not self.waiting or seq > self.waiting[-1][0]
        self.waiting.append((seq, body))
        self._drop_what_is_gone()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def ack(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.waiting) - 1))
        self.spool.ack(Lane.SAMPLES, self.spool.epoch(Lane.SAMPLES), self.waiting[index][0])
        del self.waiting[: index + 1]

    @rule()
    def restart(self) -> None:
        self.spool.close()
        self.spool = self._open()

    @rule()
    def crash(self) -> None:
        self._copy_as_a_crash_leaves_it()
        self.spool = self._open()

    @precondition(lambda self: self.waiting)
    # A cut of a whole frame leaves nothing to see; less than a header is always noticed.
    @rule(count=st.integers(1, HEADER_BYTES - 1))
    def crash_and_truncate(self, count: int) -> None:
        """Cut into the newest record: it is gone and told, and all before it is there."""
        self._copy_as_a_crash_leaves_it()
        newest = max((self._folder() / Lane.SAMPLES).glob("*.segment"))
        newest.write_bytes(newest.read_bytes()[:-count])
        self.waiting.pop()
        self.spool = self._open()
        assert self.gaps[-1].reason == "damaged"

    @rule(minutes=st.integers(1, 50))
    def age(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.spool.expire(self.now)
        self._drop_what_is_gone()

    @invariant()
    def waits_what_the_model_says(self) -> None:
        found = self.spool.peek(Lane.SAMPLES, ALL, ALL)
        assert [(stored.seq, stored.body) for stored in found] == self.waiting
        assert self.spool.depths[Lane.SAMPLES].records == len(self.waiting)

    @invariant()
    def stays_near_the_limit(self) -> None:
        """The gap records of the last drop may stand above the limit, nothing else."""
        size = sum(depth.size_bytes for depth in self.spool.depths.values())
        assert size <= LIMITS.max_bytes + 1000

    def teardown(self) -> None:
        self.spool.close()
        shutil.rmtree(self.root)

    def _drop_what_is_gone(self) -> None:
        """Take from the model's front what the spool dropped, which it must have told."""
        kept = len(self.spool.peek(Lane.SAMPLES, ALL, ALL))
        self.dropped += len(self.waiting) - kept
        del self.waiting[: len(self.waiting) - kept]
        told = [gap for gap in self.gaps if gap.lane is Lane.SAMPLES and gap.reason != "damaged"]
        assert sum(gap.count for gap in told) == self.dropped

    def _encode_gap(self, gap: Gap, _now: datetime) -> bytes:
        self.gaps.append(gap)
        return repr(gap).encode()

    def _folder(self) -> Path:
        return self.root / str(self.generation)

    def _copy_as_a_crash_leaves_it(self) -> None:
        before = self._folder()
        self.generation += 1
        shutil.copytree(before, self._folder())
        self.spool.close()
        shutil.rmtree(before)

    def _open(self) -> Spool:
        return Spool(self._folder(), limits=LIMITS, encode_gap=self._encode_gap, now=self.now)


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=25, stateful_step_count=25)
