"""Taking one sample into the memory: the step that runs for every sample of every device."""

from collections.abc import Mapping
from datetime import datetime

from sickbay_collector.core.health.drives import MAX_REASON_CHARS, observe_drives
from sickbay_collector.core.health.events import observe_events
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.records import TopicAbsence
from sickbay_collector.core.health.updates import observe_reboot, observe_security
from sickbay_collector.core.health.volumes import observe_volumes
from sickbay_collector.core.sample import AbsenceKind, Sample

_TOPICS = frozenset({"battery", "crashes", "drives", "updates", "volumes"})
_BATTERY_METRICS = ("battery.charge_ratio", "battery.capacity_ratio", "battery.condition")


def observe(memory: HealthMemory, sample: Sample, *, now: datetime) -> HealthMemory:
    """Return what is known after a sample: the same object where nothing that matters changed.

    Samples of a device come in the order in which they were taken.

    Args:
        memory: What was known before.
        sample: What the device reports.
        now: When the collector received it; a device's clock that runs ahead counts as this.

    Raises:
        InvalidError: A reading is NaN, infinite or out of its metric's range.
    """
    at_s = int(min(sample.observed_at, now).timestamp())
    volumes = observe_volumes(memory.volumes, sample, at_s=at_s)
    drives = observe_drives(memory.drives, sample, at_s=at_s)
    stability = observe_events(memory.stability, sample, at_s=at_s)
    security = observe_security(memory.security, sample, at_s=at_s)
    reboot = observe_reboot(memory.reboot, sample, at_s=at_s)
    absences = _absences(memory.absences, sample)
    if (
        volumes is memory.volumes
        and drives is memory.drives
        and stability is memory.stability
        and security is memory.security
        and reboot is memory.reboot
        and absences is memory.absences
    ):
        return memory
    return HealthMemory(
        volumes=volumes,
        drives=drives,
        stability=stability,
        security=security,
        reboot=reboot,
        absences=absences,
    )


def _absences(remembered: Mapping[str, TopicAbsence], sample: Sample) -> Mapping[str, TopicAbsence]:
    """Return why whole topics have no value; slow topics say so only in slow samples."""
    absences = remembered
    for absence in sample.absences:
        if absence.topic not in _TOPICS:
            continue
        reason = absence.reason[:MAX_REASON_CHARS]
        is_not_applicable = absence.kind is AbsenceKind.NOT_APPLICABLE
        old = absences.get(absence.topic)
        if old is None or old.reason != reason or old.is_not_applicable is not is_not_applicable:
            new = TopicAbsence(is_not_applicable=is_not_applicable, reason=reason)
            absences = {**absences, absence.topic: new}
    if "battery" in absences and any(metric in sample.readings for metric in _BATTERY_METRICS):
        absences = {topic: absences[topic] for topic in absences if topic != "battery"}
    return absences
