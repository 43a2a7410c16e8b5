"""What the use cases need of the history of alert rules, as a protocol."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A change of a rule that somebody applied. Never changed."""

    rule_id: str
    version: str
    """Of its content then; "" where the rule was taken away."""
    enabled: bool
    revision: int
    """Of the configuration that it came with."""
    action: str
    """"added", "changed" or "removed"."""
    at: datetime
    by: str
    """Login name."""
    note: str
    """Why, in the words of who changed it; "" where nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """The content of a rule at some time. Never changed."""

    version: str
    """SHA-256 of `text`, hexadecimal."""
    rule_id: str
    text: str
    """Canonical JSON."""
    recorded_at: datetime
    """When it was kept first: it was applied, replaced, or an alert opened under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """What a rule did in some time."""

    alerts: int = 0
    """Alerts that opened, or would have."""
    standing: int = 0
    """Of these, those that are open or clearing."""
    quiet: int = 0
    """Of these, those that opened no ticket: muted, or in a grace."""
    tickets: int = 0
    """Tickets that they are in."""
    noise: int = 0
    """Of these tickets, those over that nobody acknowledged, or that were no fault."""

    @property
    def noise_ratio(self) -> float | None:
        """Return the share of tickets that nobody needed; None where there was none."""
        return self.noise / self.tickets if self.tickets else None


class RuleStore(Protocol):
    """Versions of rules, their changes, and what they did."""

    def keep(self, versions: Sequence[RuleVersion]) -> None:
        """Keep versions; a known one is left as it is."""
        ...

    def log(self, changes: Sequence[RuleChange]) -> None:
        """Append changes."""
        ...

    def version(self, rule_id: str, version: str) -> RuleVersion | None:
        """Return a version of a rule."""
        ...

    def versions(self, rule_id: str, *, limit: int) -> Sequence[RuleVersion]:
        """Return the versions of a rule, the newest first."""
        ...

    def changes(self, rule_id: str, *, limit: int) -> Sequence[RuleChange]:
        """Return the changes of a rule, the newest first."""
        ...

    def tallies(self, since: datetime, rules: Collection[str]) -> Mapping[str, RuleTally]:
        """Return what these rules did since then, by their ids; without those that did nothing."""
        ...
