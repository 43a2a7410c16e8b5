"""How busy the processor was since the sample before, from /proc/stat and /proc/loadavg."""

from collections.abc import Mapping
from dataclasses import dataclass

from sickbay_agent.errors import Unknown
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import CpuSample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.files import read_text

# user nice system idle iowait irq softirq steal; guest times are in user and nice already.
# Source: proc_stat(5).
_FIELDS = 8
_IDLE = 3
_IOWAIT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Time of all processors since boot, in ticks."""

    total: float
    idle: float
    iowait: float


def parse_stat(text: str) -> Ticks | None:
    """Return the times in /proc/stat; None where they are missing."""
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        if name == "cpu":
            try:
                ticks = [int(field) for field in rest.split()][:_FIELDS]
            except ValueError:
                return None
            if len(ticks) <= _IOWAIT:
                return None
            return Ticks(total=sum(ticks), idle=ticks[_IDLE], iowait=ticks[_IOWAIT])
    return None


def parse_loadavg(text: str) -> float | None:
    """Return the mean number of runnable tasks in the last minute; None for another format."""
    try:
        return float(text.split(maxsplit=1)[0])
    except (IndexError, ValueError):
        return None


def sample_cpu(ticks: Ticks, previous: Mapping[str, float], load_1m: float | None) -> CpuSample:
    """Return the load since the counters of the run before; without them only `load_1m`."""
    if "total" not in previous:
        return CpuSample(load_1m=load_1m)
    total = ticks.total - previous["total"]
    if total <= 0:  # another boot
        return CpuSample(load_1m=load_1m)
    # The kernel may take back some idle and iowait time, so differences can be below zero.
    idle = max(0.0, ticks.idle - previous["idle"])
    iowait = max(0.0, ticks.iowait - previous["iowait"])
    return CpuSample(
        busy_ratio=max(0.0, 1 - (idle + iowait) / total),
        iowait_ratio=min(1.0, iowait / total),
        load_1m=load_1m,
    )


def read(context: Context) -> Observation:
    """Return the load since the run before.

    Raises:
        Unknown: /proc/stat cannot be read.
    """
    stat = context.roots.proc / "stat"
    ticks = parse_stat(read_text(stat) or "")
    if ticks is None:
        raise Unknown(f"{stat} has no line of processor times")
    load_1m = parse_loadavg(read_text(context.roots.proc / "loadavg") or "")
    return Observation(
        sample=Sample(cpu=sample_cpu(ticks, context.previous, load_1m)),
        counters={"total": ticks.total, "idle": ticks.idle, "iowait": ticks.iowait},
    )


PROBE = Probe(name="cpu_load", cadence=Cadence.SAMPLE, read=read, topics=("cpu",))
