"""How long the boot took: from the kernel's start until systemd had started everything."""

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import BootSample, Sample
from sickbay_agent.probes import systemd
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.files import parse_int
from sickbay_agent.probes.operating_system import parse_assignments

# Microseconds between the kernel's start and the end of systemd's start-up; 0 until then. It is
# what systemd-analyze(1) adds up for the kernel, the initial RAM disk and userspace.
COMMAND = ("systemctl", "show", "--property=FinishTimestampMonotonic")
_TIMEOUT_S = 3.0


def parse(properties: str) -> float | None:
    """Return the duration in seconds; None while the boot is still going on."""
    finished = parse_int(parse_assignments(properties).get("FinishTimestampMonotonic"))
    return finished / 1e6 if finished is not None and finished > 0 else None


def read(context: Context) -> Observation:
    """Return how long the boot took."""
    if not systemd.is_running(context.roots):
        raise NotApplicable("systemd is not running here, and nothing else times a boot")
    duration_s = parse(context.run(COMMAND, _TIMEOUT_S))
    return Observation(sample=Sample(boot=BootSample(boot_duration_s=duration_s)))


PROBE = Probe(
    name="boot_duration", cadence=Cadence.SLOW, read=read, topics=("boot/boot_duration_s",)
)
