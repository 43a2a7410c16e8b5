"""Looking at what is quiet: what a silence or window would hide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.alerts.matcher import Matcher, Subject
from sickbay_collector.core.alerts.muted import subject_of
from sickbay_collector.core.alerts.rule import Rule, RuleSet
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.alert_lookups import AlertRow
from sickbay_collector.services.alert_ports import STANDING, AlertFilter, AlertRecord
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.device_sites import sites_of
from sickbay_collector.services.ports import UnitOfWork

LOOKS_BACK = timedelta(days=7)
"""What a matcher would have hidden is looked for in so much of the past."""
LOOKED_AT = 20_000
"""Alerts that a preview looks at, the newest; a fleet with more has other worries."""
SHOWN = 100
"""Alerts of a preview that are listed, of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a matcher is about."""

    devices: int
    """Devices that it covers, whatever their alerts."""
    open_count: int
    open: tuple[AlertRow, ...]
    """Alerts that are open now, the newest 100; those that have tickets keep them."""
    recent_count: int
    recent: tuple[AlertRow, ...]
    """Alerts of the last seven days that would have opened no ticket, the newest 100."""
    is_complete: bool
    """Whether all were looked at; False where there are more than 20,000."""


def preview(uow: UnitOfWork, matcher: Matcher, rules: RuleSet, *, now: datetime) -> Preview:
    """Return what a silence or window with this matcher would hide."""
    devices = {one.device_id: one for one in uow.devices.all() if one.status not in GONE}
    sites = sites_of(uow, None, now=now) if matcher.site else {}
    standing = uow.alerts.list(STANDING, limit=LOOKED_AT)
    week = AlertFilter(opened_since=now - LOOKS_BACK)
    recent = uow.alerts.list(week, limit=LOOKED_AT)
    open_rows = list(_matching(standing, matcher, devices, sites, rules.rules))
    recent_rows = list(_matching(recent, matcher, devices, sites, rules.rules))
    return Preview(
        devices=sum(matcher.covers(one, sites.get(one.device_id, "")) for one in devices.values()),
        open_count=len(open_rows),
        open=tuple(open_rows[:SHOWN]),
        recent_count=len(recent_rows),
        recent=tuple(recent_rows[:SHOWN]),
        is_complete=max(len(standing), len(recent)) < LOOKED_AT,
    )


def _matching(
    alerts: Sequence[AlertRecord],
    matcher: Matcher,
    devices: Mapping[DeviceId, Device],
    sites: Mapping[DeviceId, str],
    rules: Mapping[str, Rule],
) -> Iterator[AlertRow]:
    for alert in alerts:
        device = devices.get(alert.device_id)
        hidden_anyway = alert.status == "suppressed"
        if device is None or hidden_anyway:
            continue
        site = sites.get(alert.device_id, "")
        if matcher.matches(_subject(device, site, alert, rules.get(alert.rule_id))):
            yield AlertRow(alert=alert, hostname=device.hostname)


def _subject(device: Device, site: str, alert: AlertRecord, rule: Rule | None) -> Subject:
    if rule is not None:
        return subject_of(
            device,
            rule,
            site=site,
            instance=alert.instance,
            instance_label=alert.instance_label,
            urgency=rule.urgency,
        )
    return Subject(
        device_id=device.device_id,
        hostname=device.hostname,
        device_class=device.device_class,
        site=site,
        rule_id=alert.rule_id,
        family=alert.family,
        instance=alert.instance,
        instance_label=alert.instance_label,
        category="",
        priority=None,
    )
