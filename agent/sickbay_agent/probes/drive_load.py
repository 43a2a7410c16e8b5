"""How busy each drive was since the sample before, from <sys>/block/*/stat."""

from collections.abc import Mapping

from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import DriveSample, Sample
from sickbay_agent.probes.block_devices import LIMIT, read_drives
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.files import parse_int, read_text

# Position of io_ticks. Source: Documentation/block/stat.rst of Linux.
_IO_TICKS = 9


def parse(text: str) -> int | None:
    """Return how long the drive has had work since it appeared, ms; None for another format."""
    fields = text.split()
    return parse_int(fields[_IO_TICKS]) if len(fields) > _IO_TICKS else None


def busy_ratio(
    drive_id: str, busy_ms: int | None, previous: Mapping[str, float], elapsed_s: float | None
) -> float | None:
    """Return the share of the elapsed time in which the drive had work, 0 to 1.

    None at the first run, and when the counter went back because the drive was plugged in again.
    """
    before = previous.get(drive_id)
    if busy_ms is None or before is None or busy_ms < before or not elapsed_s:
        return None
    # The kernel accounts a long request when it ends, so the sum may exceed the time.
    return min(1.0, (busy_ms - before) / 1000 / elapsed_s)


def read(context: Context) -> Observation:
    """Return the load of each drive."""
    samples: list[DriveSample] = []
    counters: dict[str, float] = {}
    for drive_id, device in read_drives(context.roots).items():
        busy_ms = parse(read_text(context.roots.sys / "block" / device.name / "stat") or "")
        if busy_ms is not None:
            counters[drive_id] = busy_ms
        ratio = busy_ratio(drive_id, busy_ms, context.previous, context.elapsed_s)
        samples.append(DriveSample(drive_id=drive_id, medium=device.medium, busy_ratio=ratio))
    sample = Sample(drives=tuple(samples[:LIMIT]), truncated=len(samples) > LIMIT)
    return Observation(sample=sample, counters=counters)


PROBE = Probe(name="drive_load", cadence=Cadence.SAMPLE, read=read, topics=("drives",))
