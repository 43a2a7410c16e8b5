"""What the last simulation found, and since when each update waits; one small JSON file.

apt does not know since when an update has been pending, but how long a security update waits is
what matters. An update is the same as long as the installed version is: a newer one that replaces
it before it was installed does not make the device look better kept.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sickbay_agent.model.software import PendingUpdate

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUpdate:
    """A pending update, since when it is known, and since when as one that mends security."""

    update: PendingUpdate
    seen_at: datetime
    security_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The pending updates, and a text that says what they were computed from."""

    inputs: str
    known: tuple[KnownUpdate, ...]


def remember(
    updates: Iterable[PendingUpdate], before: Memory | None, *, inputs: str, now: datetime
) -> Memory:
    """Return the memory of updates that are pending now, with times carried over from before."""
    old = {_key(item.update): item for item in before.known} if before is not None else {}
    known = []
    for update in updates:
        same = old.get(_key(update))
        security_at = same.security_seen_at if same is not None else None
        known.append(
            KnownUpdate(
                update=update,
                seen_at=now if same is None else same.seen_at,
                security_seen_at=(security_at or now) if update.is_security else None,
            )
        )
    return Memory(inputs=inputs, known=tuple(known))


def load(path: Path) -> Memory | None:
    """Return what was saved; None where there is nothing, or nothing that can be understood."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return Memory(inputs=saved["inputs"], known=tuple(map(_known, saved["known"])))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.warning("event=update_memory_lost path=%s error=%r", path, error)
        return None


def save(path: Path, memory: Memory) -> None:
    """Save atomically; a failure is logged, for all it costs is a later "since"."""
    known = [
        {
            "update": asdict(item.update),
            "seen_at": item.seen_at.isoformat(),
            "security_seen_at": item.security_seen_at and item.security_seen_at.isoformat(),
        }
        for item in memory.known
    ]
    temporary = path.with_suffix(".tmp")
    try:
        temporary.write_text(json.dumps({"inputs": memory.inputs, "known": known}), "utf-8")
        temporary.replace(path)
    except OSError as error:
        log.warning("event=update_memory_unsaved path=%s error=%r", path, error)


def _key(update: PendingUpdate) -> tuple[str, str | None]:
    return update.name, update.installed_version


def _known(saved: dict[str, object]) -> KnownUpdate:
    update = saved["update"]
    security = saved["security_seen_at"]
    if not isinstance(update, dict):
        raise TypeError("update is not an object")
    return KnownUpdate(
        update=PendingUpdate(**update),
        seen_at=datetime.fromisoformat(str(saved["seen_at"])),
        security_seen_at=None if security is None else datetime.fromisoformat(str(security)),
    )
