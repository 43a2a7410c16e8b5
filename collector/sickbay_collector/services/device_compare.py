"""How a device's inventory differs between any two moments, and since when its software is so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import (
    Change,
    Row,
    SectionContent,
    SectionVersion,
    diff,
    written,
)
from sickbay_collector.services.ports import UnitOfWork

DIFFERENCES = 2_000
"""Lines of one answer."""
# Versions of the software that are looked through for when something came; each is unpacked.
_VERSIONS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How an inventory differs between two moments."""

    changes: tuple[Change, ...]
    """By section and path; `at` is when the later content began."""
    count: int
    """How many there are; more than `changes` has where there are too many to list."""
    unknown: tuple[str, ...]
    """Sections of which one of the moments is before the first known content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareLine:
    """A package as it is installed now."""

    name: str
    version: str
    publisher: str
    """"" where it is unknown; the same for the next."""
    source: str
    architecture: str
    installed: str
    """When it says that it was installed, "2026-11-20T08:15:00Z"; "" where it says nothing."""
    since: datetime
    """Since when it is known in this version."""
    is_from_start: bool
    """Whether it was so in the oldest content that was looked at: it may be older."""


def inventory_difference(
    uow: UnitOfWork, device_id: DeviceId, *, since: datetime, until: datetime
) -> Difference:
    """Return what is otherwise in the inventory as of `until` than as of `since`.

    Raises:
        InvalidError: `until` is not after `since`.
    """
    if until <= since:
        raise InvalidError("until: after since; name two different times")
    versions = uow.sections.versions(device_id, since=since)
    kinds = sorted({one.kind for one in versions})
    pairs = {kind: (_at(versions, kind, since), _at(versions, kind, until)) for kind in kinds}
    contents = uow.sections.contents(
        {one.hash for pair in pairs.values() for one in pair if one is not None}
    )
    changes: list[Change] = []
    unknown: list[str] = []
    for kind, (before, after) in pairs.items():
        if before is None or after is None:
            unknown.append(kind)
        elif before.hash != after.hash:
            changes += diff(contents[before.hash], contents[after.hash], at=after.since)
    return Difference(
        changes=tuple(changes[:DIFFERENCES]), count=len(changes), unknown=tuple(unknown)
    )


def software_of(
    uow: UnitOfWork, device_id: DeviceId, *, text: str = ""
) -> tuple[SoftwareLine, ...]:
    """Return a device's software by name, each with since when it is there in its version.

    Args:
        uow: Where to read.
        device_id: Whose.
        text: Only what holds this in its name or publisher, whatever its case.
    """
    versions = [one for one in uow.sections.versions(device_id) if one.kind == "software"]
    newest = versions[: -_VERSIONS - 1 : -1]
    contents = uow.sections.contents({one.hash for one in newest})
    if not newest or newest[0].hash not in contents:
        return ()
    wanted = text.casefold()
    found = [
        _line(key, row, newest, contents)
        for key, row in contents[newest[0].hash].rows.items()
        if wanted in f"{row.get('name', key)} {row.get('publisher', '')}".casefold()
    ]
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.version)))


def _at(versions: Iterable[SectionVersion], kind: str, at: datetime) -> SectionVersion | None:
    """Return the version that was current at a time; None where there was none."""
    mine = (one for one in versions if one.kind == kind and one.since <= at)
    return next((one for one in mine if one.until is None or at < one.until), None)


def _line(
    key: str,
    row: Row,
    newest: Sequence[SectionVersion],
    contents: Mapping[bytes, SectionContent],
) -> SoftwareLine:
    oldest = _oldest_alike(key, row, newest, contents)
    return SoftwareLine(
        name=str(row.get("name", key)),
        version=str(row.get("version", "")),
        publisher=str(row.get("publisher", "")),
        source=str(row.get("source", "")),
        architecture=str(row.get("architecture", "")),
        installed=written("install_time", row.get("install_time")),
        since=oldest.since,
        is_from_start=oldest is newest[-1],
    )


def _oldest_alike(
    key: str,
    row: Row,
    newest: Sequence[SectionVersion],
    contents: Mapping[bytes, SectionContent],
) -> SectionVersion:
    """Return the oldest content, of those without a break, that has the package in its version."""
    oldest = newest[0]
    for one in newest[1:]:
        content = contents.get(one.hash)
        before = content.rows.get(key) if content is not None else None
        if before is None or before.get("version") != row.get("version"):
            break
        oldest = one
    return oldest
