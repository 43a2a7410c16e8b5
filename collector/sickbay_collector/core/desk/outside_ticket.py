"""The ticket of a group of alerts from Alertmanager, and its words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlsplit

from sickbay_collector.core.desk.contact import REOPEN_WINDOW_S
from sickbay_collector.core.desk.fresh_ticket import fresh_ticket
from sickbay_collector.core.desk.outside_alerts import AlertGroup, Notification, OutsideAlert
from sickbay_collector.core.desk.priority import PriorityDecision, because, weigh
from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.ticket import Ticket, TicketSource
from sickbay_collector.core.desk.wording import TITLE_LIMIT, cut
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import TicketId

OTHER_CATEGORY = "other"
"""The category of what names none that is known."""
_NAMED = 20
"""Alerts that one line of the worklog names."""
_VALUE_LIMIT = 1000
"""Characters of one annotation."""
# The names that Prometheus' own example rules and most published ones use.
_URGENCY = MappingProxyType({"critical": 1, "warning": 2})
_LEAST = 3
# A value that is a link or would run something when followed; "disk: full" is neither.
_LINK = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://\S*|(javascript|data|vbscript|file|blob):\S*")


def device_names(said: Notification) -> tuple[str, ...]:
    """Return what the device that all firing alerts share may be called, best first."""
    found = (_shared(said, "device"), host_of(_shared(said, "instance")))
    return tuple(name for name in found if name)


def host_of(instance: str) -> str:
    """Return the host of an instance: "web1" of "web1:9100", "[::1]:80" and URLs too."""
    text = instance.strip()
    try:
        if "://" in text:
            return urlsplit(text).hostname or ""
        # An address of IPv6 without brackets has no port.
        return text if text.count(":") > 1 and "[" not in text else _host_and_port(text)
    except ValueError:
        return ""


def category_of(said: Notification, known: Mapping[str, object]) -> str:
    """Return the category that the alerts name, where the configuration has it."""
    named = _shared(said, "category")
    return named if named in known else OTHER_CATEGORY


def priority_of_group(said: Notification, device: Device | None) -> PriorityDecision:
    """Return the priority by the worst severity, and by how much is concerned."""
    severities = [alert.labels.get("severity", "").strip().lower() for alert in said.firing]
    urgency = min((_URGENCY.get(one, _LEAST) for one in severities), default=_LEAST)
    instances = {
        alert.labels.get("instance") or alert.labels.get("device") or "" for alert in said.firing
    }
    affected = max(1, len(instances - {""}))
    impact, whose = weigh(device, affected)
    if device is None:
        whose = "no known device" if affected == 1 else f"{affected} instances"
    return because(impact, whose, urgency)


def draft_group_ticket(
    said: Notification,
    device: Device | None,
    categories: Mapping[str, object],
    *,
    ticket_id: TicketId,
    now: datetime,
) -> Ticket:
    """Return the new ticket of a group, without a place; the store gives it its number."""
    draft = fresh_ticket(
        ticket_id=ticket_id,
        source=TicketSource.ALERTMANAGER,
        title=title_of_group(said),
        description=describe_group(said),
        category=category_of(said, categories),
        priority=priority_of_group(said, device),
        reopen_window_s=REOPEN_WINDOW_S,
        opened_at=now,
    )
    return replace(draft, device_id=None if device is None else device.device_id)


def title_of_group(said: Notification) -> str:
    """Return what the alerts have in common, as one line."""
    for text in (
        said.common_annotations.get("summary", ""),
        said.common_labels.get("alertname", ""),
        f"Alerts for {said.receiver}",
    ):
        line = _plain(text, TITLE_LIMIT)
        if line:
            return line
    return "Alerts"


def describe_group(said: Notification) -> str:
    """Return the annotations that all alerts share, and where they come from.

    A value that is a link stands there only with http or https.
    """
    notes = dict(said.common_annotations)
    notes.pop("summary", None)
    lead = notes.pop("description", "") or notes.pop("message", "")
    lines = [_plain(line, _VALUE_LIMIT) for line in lead.splitlines() if _is_safe(line)]
    lines += [
        f"{_plain(name, 100)}: {_plain(value, _VALUE_LIMIT)}"
        for name, value in sorted(notes.items())
        if value.strip() and _is_safe(value)
    ]
    if said.external_url and _is_safe(said.external_url):
        lines.append(f"Alertmanager: {_plain(said.external_url, _VALUE_LIMIT)}")
    return cut("\n".join(line for line in lines if line), TEXT_LIMIT)


def firing_words(said: Notification) -> str:
    """Return which alerts fire, in words."""
    alerts = said.firing
    return f"{_count(len(alerts))} at Alertmanager: {_names(alerts)}{_left_out(said)}"


def change_words(said: Notification, before: AlertGroup) -> str:
    """Return how what fires differs from before, in words."""
    return cut(". ".join(_changes(said, before)) + _left_out(said), TEXT_LIMIT)


def _changes(said: Notification, before: AlertGroup) -> Iterator[str]:
    added = [alert for alert in said.firing if alert.episode not in before.episodes]
    ended = before.episodes - said.episodes
    if added:
        yield f"Fires too: {_names(added)}"
    if ended:
        told = {alert.fingerprint: alert for alert in said.alerts}
        fingerprints = [one.partition("@")[0] for one in sorted(ended)]
        named = [told[one] for one in fingerprints if one in told]
        names = f": {_names(named)}" if len(named) == len(ended) else f": {len(ended)}"
        yield f"No longer fires{names}"
    yield f"{_count(len(said.firing))} now"


def _count(number: int) -> str:
    return f"{number} alert fires" if number == 1 else f"{number} alerts fire"


def _left_out(said: Notification) -> str:
    if not said.left_out:
        return ""
    return f"; {said.left_out} more are not listed, Alertmanager left them out (max_alerts)"


def _names(alerts: list[OutsideAlert] | tuple[OutsideAlert, ...]) -> str:
    names = [_name(alert) for alert in alerts[:_NAMED]]
    more = f" and {len(alerts) - _NAMED} more" if len(alerts) > _NAMED else ""
    return f"{', '.join(names)}{more}"


def _name(alert: OutsideAlert) -> str:
    what = _plain(alert.labels.get("alertname", ""), 100) or "an alert without name"
    where = _plain(alert.labels.get("instance", ""), 100)
    return f"{what} on {where}" if where else what


def _shared(said: Notification, label: str) -> str:
    """Return the value of a label that all firing alerts share; "" where they differ."""
    values = {alert.labels.get(label, "") for alert in said.firing}
    return values.pop().strip() if len(values) == 1 else ""


def _host_and_port(text: str) -> str:
    return urlsplit(f"//{text}").hostname or ""


def _is_safe(value: str) -> bool:
    found = _LINK.match(value.strip().lower())
    return found is None or found[1] in {"http", "https"}


def _plain(text: str, limit: int) -> str:
    """Return the text on one line, without what no database keeps and no page shows."""
    shown = "".join(one if one.isprintable() else " " for one in text[: 4 * limit])
    return cut(" ".join(shown.split()), limit)
