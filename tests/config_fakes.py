"""Applied configuration and the audit in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.audit_chain import START, AuditEntry, ChainHead, Checkpoint, chained
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.config_ports import ConfigEntry


@dataclass(frozen=True, slots=True)
class Configured:
    """What is stored."""

    entries: dict[tuple[str, str], ConfigEntry] = field(default_factory=dict)
    revisions: list[int] = field(default_factory=list)
    audit: list[AuditEvent] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def copied(self) -> "Configured":
        return Configured(
            dict(self.entries), list(self.revisions), list(self.audit), list(self.checkpoints)
        )

    def __copy__(self) -> "Configured":
        return self.copied()


class FakeConfigStore:
    def __init__(self, data: Configured) -> None:
        self._data = data

    def revision(self) -> int:
        return self._data.revisions[-1] if self._data.revisions else 0

    def begin(self) -> int:
        return self.revision()

    def advance(self, revision: int) -> None:
        self._data.revisions.append(revision)

    def all(self) -> Sequence[ConfigEntry]:
        return sorted(self._data.entries.values(), key=lambda one: (one.kind, one.position, one.id))

    def put(self, entries: Sequence[ConfigEntry]) -> None:
        self._data.entries.update({(one.kind, one.id): one for one in entries})

    def remove(self, kind: str, name: str) -> bool:
        return self._data.entries.pop((kind, name), None) is not None


class FakeAuditStore:
    def __init__(self, data: Configured) -> None:
        self._data = data
        self._events = data.audit

    def add(self, event: AuditEvent) -> None:
        self._events.append(event)

    def add_all(self, events: Sequence[AuditEvent]) -> None:
        self._events.extend(events)

    def list(
        self, wanted: AuditFilter, *, limit: int, before: int | None = None
    ) -> Sequence[AuditEntry]:
        found = [one for one in self._passing(wanted) if before is None or one.entry < before]
        return found[::-1][:limit]

    def walk(self, wanted: AuditFilter, *, limit: int, after: int = 0) -> Sequence[AuditEntry]:
        return [one for one in self._passing(wanted) if one.entry > after][:limit]

    def head(self) -> ChainHead:
        last = self._passing(AuditFilter())[-1:]
        return ChainHead(entry=last[0].entry, hash=last[0].hash) if last else START

    def checkpoint(self) -> Checkpoint | None:
        return self._data.checkpoints[-1] if self._data.checkpoints else None

    def keep_checkpoint(self, reached: Checkpoint) -> None:
        self._data.checkpoints.append(reached)

    def _passing(self, wanted: AuditFilter) -> Sequence[AuditEntry]:
        head, found = START, []
        for event in self._events:
            one = chained(event, head)
            head = ChainHead(entry=one.entry, hash=one.hash)
            if _passes(event, wanted):
                found.append(one)
        return found


def _passes(event: AuditEvent, wanted: AuditFilter) -> bool:
    return (
        wanted.actor in {"", event.actor}
        and wanted.action in {"", event.action}
        and wanted.object_kind in {"", event.object_kind}
        and wanted.object_id in {"", event.object_id}
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )
