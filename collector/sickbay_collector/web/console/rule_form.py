"""The form of an alert rule: which fields it has, in which groups, and what each is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.alerts.source import Plain

NEW_RULE: Mapping[str, Plain] = MappingProxyType(
    {
        "id": "",
        "family": "",
        "kind": "threshold",
        "title": "",
        "metric": "volume.free_ratio",
        "raise": {"below": 0.1},
        "clear": {"above": 0.15},
        "for": "15m",
        "clear_for": "1h",
        "urgency": 2,
        "category": "storage",
        "tier": "L1",
        "queue": "service-desk",
        "runbook": "DISK-1",
    }
)
"""What the form of a new rule begins with."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form."""

    key: str
    label: str
    help: str
    rows: int = 0
    """Lines of a field of several; 0 for one line."""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together."""

    title: str
    fields: tuple[FormField, ...]


GROUPS = (
    Group(
        "What it looks for",
        (
            FormField("metric", "Metric", "Of all comparisons that name none. Empty to name each."),
            FormField("raise", "Opens when", "YAML: {above: 90%}, or all: or any: with a list.", 5),
            FormField("clear", "Closes when", "YAML, with another limit than above.", 5),
            FormField("kind", "Kind", "Threshold for numbers, state for flags."),
            FormField("scope", "Scope", "YAML: {os: [linux], volume: system}. Empty: all.", 2),
        ),
    ),
    Group(
        "For how long",
        (
            FormField("for", "True for", "As 15m or 6h, counted while the device was seen."),
            FormField("clear_for", "Clear for", "As 1h; then it closes."),
            FormField("minutes", "Minutes", "Of use, or all that were seen."),
            FormField("reads", "Readings in a row", "A number; for what is read each hour."),
            FormField("active_days", "Days of use", "YAML: {at_least: 3, of: 5}.", 1),
            FormField("clear_active_days", "Days of use without it", "A number; then it closes."),
            FormField("grace", "Grace", "No alert so long after enrollment or boot: 30m or 0s."),
            FormField("reopen", "Reopen within", "As 7d: a new alert reopens the old ticket."),
        ),
    ),
    Group(
        "What it says",
        (
            FormField("title", "Title", "Of its ticket."),
            FormField("says", "Sentence", "With {instance} and {metric.name} in it."),
            FormField("runbook", "Runbook", "Id of the article, as DISK-1."),
        ),
    ),
    Group(
        "Where its ticket goes",
        (
            FormField("family", "Family", "Rules of a family share one ticket of a device."),
            FormField("urgency", "Urgency", "1 is the highest, 3 the lowest."),
            FormField("minimum_priority", "At least", "Priority that it never falls below."),
            FormField("effect", "Effect", "What it means for who works on the device."),
            FormField("category", "Category", "Of the ticket."),
            FormField("subcategory", "Sub-category", "One of the category's, or none."),
            FormField("tier", "Tier", "Where it goes first."),
            FormField("queue", "Queue", "Of the tier."),
            FormField("muted_by", "Muted by", "YAML: [disk.failing, agent.*].", 2),
        ),
    ),
)
