"""Currency: how long security updates and a restart have been waiting."""

from datetime import UTC, datetime

from sickbay_collector.core.health.curve import pl
from sickbay_collector.core.health.model import Category, Finding
from sickbay_collector.core.health.records import WaitingMemory
from sickbay_collector.core.health.verdict import Verdict, judge

# Source: CISA-derived policies ask for critical updates in 7 to 15 days, high ones in 14 to 30.
_SECURITY_DAYS = ((7.0, 0.0), (14.0, 30.0), (30.0, 70.0), (60.0, 100.0))
# A choice: people are reminded at 3 and 7 days, a ticket opens at 14.
_REBOOT_DAYS = ((3.0, 0.0), (14.0, 40.0), (30.0, 70.0))
_DAY_S = 86400.0


def security_penalty(days: float) -> float:
    """Return the penalty, 0 to 100, of a security update that has waited so many days."""
    return pl(days, _SECURITY_DAYS)


def reboot_penalty(days: float) -> float:
    """Return the penalty, 0 to 100, of a restart that has waited so many days."""
    return pl(days, _REBOOT_DAYS)


def currency(security: WaitingMemory | None, reboot: WaitingMemory | None) -> Verdict:
    """Return the verdict on updates, of which at least one of both was read."""
    findings = []
    gaps = []
    seen = []
    if security is None:
        gaps.append("Pending security updates were not read.")
    else:
        # What a device says of updates is as old as its last look at the update source.
        seen.append(min(security.seen_at_s, security.checked_at_s or security.seen_at_s))
        if penalty := security_penalty(_waited_days(security)):
            findings.append((_security_finding(security, penalty), None))
    if reboot is None:
        gaps.append("Whether a restart is pending was not read.")
    else:
        seen.append(reboot.seen_at_s)
        if penalty := reboot_penalty(_waited_days(reboot)):
            findings.append((_reboot_finding(reboot, penalty), None))
    unknown = [100.0] * (security is None) + [_REBOOT_DAYS[-1][1]] * (reboot is None)
    return judge(Category.CURRENCY, findings, seen_at_s=seen, gaps=gaps, unknown=unknown)


def _waited_days(waiting: WaitingMemory) -> float:
    return (waiting.seen_at_s - waiting.since_s) / _DAY_S if waiting.count else 0.0


def _security_finding(waiting: WaitingMemory, penalty: float) -> Finding:
    days = _waited_days(waiting)
    return Finding(
        category=Category.CURRENCY,
        key="currency/security",
        title=f"The oldest of {waiting.count} pending security updates has waited {days:.0f} days."
        if waiting.count > 1
        else f"A security update has waited {days:.0f} days.",
        remedy="Install the pending security updates.",
        penalty=penalty,
        value=days,
        unit="days",
        threshold=_SECURITY_DAYS[0][0],
        since=datetime.fromtimestamp(waiting.since_s, UTC),
        seen_at=datetime.fromtimestamp(waiting.seen_at_s, UTC),
        source="the list of updates that the package manager holds",
    )


def _reboot_finding(waiting: WaitingMemory, penalty: float) -> Finding:
    days = _waited_days(waiting)
    return Finding(
        category=Category.CURRENCY,
        key="currency/reboot",
        title=f"A restart has been pending for {days:.0f} days.",
        remedy="Restart the device.",
        penalty=penalty,
        value=days,
        unit="days",
        threshold=_REBOOT_DAYS[0][0],
        since=datetime.fromtimestamp(waiting.since_s, UTC),
        seen_at=datetime.fromtimestamp(waiting.seen_at_s, UTC),
        source="the operating system's restart flag",
    )
