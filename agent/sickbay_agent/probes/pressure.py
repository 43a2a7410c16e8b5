"""How long tasks waited for processor, memory and storage: pressure stall information.

Source: Documentation/accounting/psi.rst of the Linux kernel (avg60 is percent of 60 s).
"""

import re

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import PressureSample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.files import read_value

# some avg10=0.00 avg60=1.25 avg300=0.80 total=1234
_AVG60 = re.compile(r"^(some|full) (?:.* )?avg60=(\d{1,3}(?:\.\d+)?)(?= |$)", re.MULTILINE)


def parse(text: str) -> dict[str, float]:
    """Return the avg60 of "some" and, where there is one, "full", as ratios 0 to 1."""
    return {kind: _ratio(percent) for kind, percent in _AVG60.findall(text)}


def read(context: Context) -> Observation:
    """Return the pressure of the last 60 s."""
    folder = context.roots.proc / "pressure"
    texts = {name: read_value(folder / name) for name in ("cpu", "memory", "io")}
    if not any(texts.values()):
        raise NotApplicable("the kernel has no pressure stall information (needs psi=1)")
    cpu, memory, io = (parse(texts[name] or "") for name in ("cpu", "memory", "io"))
    pressure = PressureSample(
        cpu_some_avg60_ratio=cpu.get("some"),
        memory_some_avg60_ratio=memory.get("some"),
        memory_full_avg60_ratio=memory.get("full"),
        io_some_avg60_ratio=io.get("some"),
        io_full_avg60_ratio=io.get("full"),
    )
    return Observation(sample=Sample(pressure=pressure))


def _ratio(percent: str) -> float:
    # Kernels print two decimals, so four of the ratio are all there is.
    return round(min(float(percent) / 100, 1.0), 4)


PROBE = Probe(name="pressure", cadence=Cadence.SAMPLE, read=read)
