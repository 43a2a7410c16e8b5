"""How much memory programs can still get, from /proc/meminfo."""

import re
from collections.abc import Mapping

from sickbay_agent.errors import Unknown
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import MemorySample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import read_text


def parse(text: str) -> dict[str, int]:
    """Return the amounts in /proc/meminfo in bytes; counts without a unit are left out.

    Source: proc_meminfo(5); its "kB" are 1,024 bytes.
    """
    lines = re.findall(r"^(\S+):\s+(\d{1,19}) kB$", text, re.MULTILINE)
    return {name: int(value) * 1024 for name, value in lines}


def sample_memory(amounts: Mapping[str, int]) -> MemorySample:
    """Return the sample from amounts in bytes. Available memory is None before Linux 3.14."""
    swap_total, swap_free = amounts.get("SwapTotal"), amounts.get("SwapFree")
    return MemorySample(
        total_bytes=amounts.get("MemTotal"),
        available_bytes=amounts.get("MemAvailable"),
        swap_total_bytes=swap_total,
        swap_used_bytes=None if swap_total is None or swap_free is None else swap_total - swap_free,
    )


def read_meminfo(roots: Roots) -> dict[str, int]:
    """Return the amounts in /proc/meminfo in bytes.

    Raises:
        Unknown: It cannot be read.
    """
    file = roots.proc / "meminfo"
    amounts = parse(read_text(file) or "")
    if "MemTotal" not in amounts:
        raise Unknown(f"{file} does not tell MemTotal")
    return amounts


def read(context: Context) -> Observation:
    """Return the memory now.

    Raises:
        Unknown: /proc/meminfo cannot be read.
    """
    return Observation(sample=Sample(memory=sample_memory(read_meminfo(context.roots))))


PROBE = Probe(name="memory", cadence=Cadence.SAMPLE, read=read, topics=("memory",))
