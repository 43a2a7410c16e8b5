"""Showing the configuration: each entry with all its keys, and where it comes from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sickbay_collector.core.alerts.source import Plain, plain
from sickbay_collector.services.book.layers import laid_over
from sickbay_collector.services.book.plan import applied_layer
from sickbay_collector.services.book.shelf import InForce
from sickbay_collector.services.config_ports import ConfigEntry


class Source(StrEnum):
    """Where an entry was changed last."""

    DEFAULT = "default"
    FILE = "file"
    APPLIED = "applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry and where it comes from."""

    kind: str
    id: str
    source: Source
    content: Mapping[str, Plain]
    applied: ConfigEntry | None
    """What was applied; None where nothing was."""


def list_entries(now: InForce, stored: Sequence[ConfigEntry], kind: str = "") -> Iterator[Listed]:
    """Yield all entries by kind, each kind in its order.

    Args:
        now: What is in force here.
        stored: What is applied.
        kind: Only this one; "" for all.
    """
    applied = {(one.kind, one.id): one for one in stored}
    layer = laid_over(now.base, applied_layer(stored))
    for name, entries in layer.items():
        for entry_id, entry in entries.items():
            content = plain(entry)
            if kind in {"", name} and isinstance(content, dict):
                own = applied.get((name, entry_id))
                source = Source.FILE if entry_id in now.files[name] else Source.DEFAULT
                yield Listed(
                    kind=name,
                    id=entry_id,
                    source=source if own is None else Source.APPLIED,
                    content=content,
                    applied=own,
                )
