"""What people change outside of tickets: who, what, when, before and after. Never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

TEXT_LIMIT = 4000
"""Characters that a field's value before or after may have; a longer one is cut."""
_CUT = " ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One change."""

    at: datetime
    actor: str
    """Login name, or "sickbay" for the engine."""
    action: str
    """"added", "changed", "removed", or another verb in the past."""
    object_kind: str
    """What was changed: "config/technicians", "person", "device"."""
    object_id: str
    before: Mapping[str, str]
    """Fields that changed, as text; a field that was not there is not in it."""
    after: Mapping[str, str]


def audit_text(text: str) -> str:
    """Return a value as the audit keeps it, cut where it is too long."""
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - len(_CUT)] + _CUT


def change_event(
    *,
    at: datetime,
    actor: str,
    object_kind: str,
    object_id: str,
    before: Mapping[str, str] | None,
    after: Mapping[str, str],
) -> AuditEvent:
    """Return the event of a thing that was added or changed, with the fields that differ.

    Args:
        at: When.
        actor: Who.
        object_kind: What was changed.
        object_id: Which one.
        before: Its fields; None for a new one.
        after: Its fields as they are now.
    """
    old = before or {}
    names = [name for name in {**old, **after} if old.get(name, "") != after.get(name, "")]
    return AuditEvent(
        at=at,
        actor=actor,
        action="added" if before is None else "changed",
        object_kind=object_kind,
        object_id=object_id,
        before={name: audit_text(old[name]) for name in names if old.get(name)},
        after={name: audit_text(after[name]) for name in names if after.get(name)},
    )
