"""A ticket's evidence, each signal once: as it was measured first, and last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.ticket import EvidenceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What one condition of a rule measured of one metric and instance."""

    first: EvidenceItem
    """At the opening, or when it joined."""
    last: EvidenceItem
    """The same where it was measured once."""
    captures: int

    @property
    def since(self) -> datetime:
        """Return since when the rule's condition held, at the first time."""
        return self.first.since


def signals(evidence: Iterable[EvidenceItem]) -> tuple[Signal, ...]:
    """Return the signals of a ticket in the order of their first measurement."""
    found: dict[tuple[str, str, str, str], list[EvidenceItem]] = {}
    for item in evidence:
        key = (item.rule_id, item.instance, item.metric, item.threshold)
        found.setdefault(key, []).append(item)
    return tuple(
        Signal(first=items[0], last=items[-1], captures=len(items)) for items in found.values()
    )
