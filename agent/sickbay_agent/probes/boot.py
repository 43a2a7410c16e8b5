"""When this boot began, from <proc>/stat; with the boot's id and age for others to use."""

import re

from sickbay_agent.errors import Unknown
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import BootSample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import read_text, read_value
from sickbay_agent.probes.times import from_epoch


def read_boot_id(roots: Roots) -> str:
    """Return the kernel's random id of this boot; empty where there is none."""
    return read_value(roots.proc / "sys/kernel/random/boot_id") or ""


def read_since_boot_s(roots: Roots) -> float | None:
    """Return seconds since the boot, suspend included; None where unknown.

    Source: proc_uptime(5); the kernel takes it from CLOCK_BOOTTIME.
    """
    try:
        return float((read_text(roots.proc / "uptime") or "").split()[0])
    except (ValueError, IndexError):
        return None


def parse_boot_epoch_s(stat: str) -> int | None:
    """Return the boot's time in seconds since 1970, from the btime line of <proc>/stat.

    None where there is no such line, or it tells a time after the year 9999.
    """
    match = re.search(r"^btime (\d{1,11})$", stat, re.MULTILINE)
    return int(match[1]) if match else None


def read(context: Context) -> Observation:
    """Return when the boot began."""
    epoch_s = parse_boot_epoch_s(read_text(context.roots.proc / "stat") or "")
    if epoch_s is None:
        raise Unknown("/proc/stat has no btime line")
    return Observation(sample=Sample(boot=BootSample(boot_at=from_epoch(epoch_s))))


PROBE = Probe(name="boot", cadence=Cadence.SAMPLE, read=read)
