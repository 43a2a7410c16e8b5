"""Whether installed updates wait for a reboot: the flag file of Debian and Ubuntu."""

from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import Sample, UpdatesSample
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.times import modified_at


def read(context: Context) -> Observation:
    """Return whether a reboot is asked for, and since when; the flag does not survive a boot."""
    since = modified_at(context.roots.run / "reboot-required")
    if since is None and not (context.roots.var / "lib/dpkg/status").exists():
        absence = Absence(
            topic="updates/reboot_pending",
            kind=AbsenceKind.UNKNOWN,
            reason="only systems with dpkg tell that a reboot is needed",
        )
        return Observation(sample=Sample(absences=(absence,)))
    updates = UpdatesSample(reboot_pending=since is not None, reboot_pending_at=since)
    return Observation(sample=Sample(updates=updates))


PROBE = Probe(name="reboot", cadence=Cadence.SAMPLE, read=read, topics=("updates/reboot_pending",))
