"""What a rule would say of the newest readings of a device, without waiting and without memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.engine import evaluate
from sickbay_collector.core.alerts.moment import DeviceFacts
from sickbay_collector.core.alerts.rule import Rule, RuleSet
from sickbay_collector.core.alerts.state import AlertMemory
from sickbay_collector.core.sample import Sample
from sickbay_collector.core.state import DeviceState


def trial_of(rule: Rule) -> RuleSet:
    """Return a rule as it is tried: it opens at once, whatever it waits for otherwise.

    Durations, reads, days of use, grace and what mutes it are left out. A sum over a time counts
    only what the newest sample says.
    """
    return RuleSet.of(
        [replace(rule, for_s=0.0, reads=1, active_days=None, grace_s=0.0, muted_by=())]
    )


def would_open(
    trial: RuleSet, state: DeviceState, facts: DeviceFacts, *, now: datetime
) -> Sequence[AlertChange]:
    """Return the alerts whose condition is true of the newest readings of a device.

    Args:
        trial: What `trial_of` returned.
        state: What is remembered of the device.
        facts: What rules need to know of it.
        now: The collector's time.
    """
    if state.observed_at is None:
        return ()
    sample = Sample(
        observed_at=state.observed_at,
        boot_id=state.boot_id,
        readings=state.latest,
        volumes=state.volumes,
        drives=state.drives,
        absences=state.absences,
        truncated=state.truncated,
    )
    _, changes = evaluate(AlertMemory(), sample, trial, facts, now=now)
    return [one for one in changes if one.kind is ChangeKind.OPENED]
