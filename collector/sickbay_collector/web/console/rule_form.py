"""The form of an alert rule: which fields it has, in which groups, and what each is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.web.console.texts import N_

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
        N_("What it looks for"),
        (
            FormField(
                "metric", N_("Metric"), N_("Of all comparisons that name none. Empty to name each.")
            ),
            FormField(
                "raise", N_("Opens when"), N_("YAML: {above: 90%}, or all: or any: with a list."), 5
            ),
            FormField("clear", N_("Closes when"), N_("YAML, with another limit than above."), 5),
            FormField("kind", N_("Kind"), N_("Threshold for numbers, state for flags.")),
            FormField(
                "scope", N_("Scope"), N_("YAML: {os: [linux], volume: system}. Empty: all."), 2
            ),
        ),
    ),
    Group(
        N_("For how long"),
        (
            FormField(
                "for", N_("True for"), N_("As 15m or 6h, counted while the device was seen.")
            ),
            FormField("clear_for", N_("Clear for"), N_("As 1h; then it closes.")),
            FormField("minutes", N_("Minutes"), N_("Of use, or all that were seen.")),
            FormField(
                "reads", N_("Readings in a row"), N_("A number; for what is read each hour.")
            ),
            FormField("active_days", N_("Days of use"), N_("YAML: {at_least: 3, of: 5}."), 1),
            FormField(
                "clear_active_days", N_("Days of use without it"), N_("A number; then it closes.")
            ),
            FormField(
                "grace", N_("Grace"), N_("No alert so long after enrollment or boot: 30m or 0s.")
            ),
            FormField(
                "reopen", N_("Reopen within"), N_("As 7d: a new alert reopens the old ticket.")
            ),
        ),
    ),
    Group(
        N_("What it says"),
        (
            FormField("title", N_("Title"), N_("Of its ticket.")),
            FormField("says", N_("Sentence"), N_("With {instance} and {metric.name} in it.")),
            FormField("runbook", N_("Runbook"), N_("Id of the article, as DISK-1.")),
        ),
    ),
    Group(
        N_("Where its ticket goes"),
        (
            FormField(
                "family", N_("Family"), N_("Rules of a family share one ticket of a device.")
            ),
            FormField("urgency", N_("Urgency"), N_("1 is the highest, 3 the lowest.")),
            FormField(
                "minimum_priority", N_("At least"), N_("Priority that it never falls below.")
            ),
            FormField("effect", N_("Effect"), N_("What it means for who works on the device.")),
            FormField("category", N_("Category"), N_("Of the ticket.")),
            FormField("subcategory", N_("Sub-category"), N_("One of the category's, or none.")),
            FormField("tier", N_("Tier"), N_("Where it goes first.")),
            FormField("queue", N_("Queue"), N_("Of the tier.")),
            FormField("muted_by", N_("Muted by"), N_("YAML: [disk.failing, agent.*]."), 2),
        ),
    ),
)
