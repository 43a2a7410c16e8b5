"""What each route that writes is sent, so that it comes to look for its object."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from tests.collector.clinic import NOW

_Body = Mapping[str, object]
_REASON: _Body = MappingProxyType({"reason": "so"})
_TEXT: _Body = MappingProxyType({"text": "so"})
_UNTIL = (NOW + timedelta(hours=1)).isoformat()
# By what a path ends with.
_BODIES: Mapping[str, _Body] = MappingProxyType(
    {
        "snooze": {"until": _UNTIL, "reason": "so"},
        "escalate": {"missing": "time", "reason": "so"},
        "reroute": _REASON,
        "assign": {"assignee": "bo"},
        "wait": {"on": "user", "reason": "so"},
        "resolve": {"resolution": "so"},
        "reopen": _REASON,
        "cancel": _REASON,
        "major": {"major": True, "reason": "so"},
        "notes": _TEXT,
        "revoke": {"reason": "so"},
        "refuse": _REASON,
        "different": _REASON,
        "same": _REASON,
        "comments": _TEXT,
        "presence": {"is_writing": True},
        "updates": _TEXT,
        "subscribers": {"who": "p-own"},
        "watchers": {"watcher": "p-own"},
        "links": {"kind": "caused_by", "other": "1"},
        "time": {"minutes": 1, "text": "so"},
        "materials": {"price_cents": 1, "text": "so"},
        "vendor-cases": {"vendor": "so"},
        "merge": {"into": "1"},
        "split": {"title": "so"},
        "asset": {"fields": {"location": "so"}},
        "repairs": _TEXT,
        "extend": {"ends_at": _UNTIL},
        "workaround": _TEXT,
        "known-error": _TEXT,
        "fix": _TEXT,
        "{person}": {"name": "So"},
        "{ticket}": {"title": "so"},
    }
)
_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "version": "1",
        "text": "so",
        "reason": "so",
        "resolution": "so",
        "assignee": "bo",
        "missing": "time",
        "on": "user",
        "into": "1",
        "title": "so",
        "other": "1",
        "kind": "caused_by",
        "watcher": "p-own",
        "minutes": "1",
        "price": "1.00",
        "quantity": "1",
        "vendor": "so",
        "hours": "1",
        "is_major": "true",
        "what": "wait_for_user",
        "until": _UNTIL,
    }
)
"""What any form of the console asks for."""
_OTHER_FORMS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "asset": {"field": "location", "value": "so", "until": ""},
        "extend": {"until": "2026-11-21T12:00"},
        "withdraw": {"field": "location"},
        "class": {"device_class": "laptop", "criticality": "high"},
        "repairs": {"kind": "repair"},
        "macro": {"macro": "so"},
        "cancel": {"code": "no_fault"},
        "watch": {"kind": "person"},
        "unwatch": {"kind": "person"},
    }
)


def form_of(path: str) -> dict[str, str]:
    """Return what a form of the console is sent with, beside its token."""
    return {**_FORMS, **_OTHER_FORMS.get(path.rpartition("/")[2], {})}


def body_of(method: str, path: str) -> _Body | None:
    """Return what a route of the API is sent; None for nothing."""
    found = None if method == "DELETE" else _BODIES.get(path.rpartition("/")[2])
    return None if found is None else dict(found)
