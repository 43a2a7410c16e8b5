"""Inventory sections by content, and their dated versions by device.

Content is kept once for all devices that have it, as compressed JSON with sorted keys.
"""

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, true, update

from sickbay_collector.core.errors import ConflictError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Row, SectionContent, SectionVersion
from sickbay_collector.core.search import words_of
from sickbay_collector.core.section_chain import chained
from sickbay_collector.db.device_lines import LISTED_KINDS, note_section
from sickbay_collector.db.device_tables import section_content, section_version
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.search_tables import section_word

_VERSION = columns(section_version, SectionVersion)


class SqlSectionStore:
    """Implements `SectionStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, hashes: Collection[bytes]) -> Collection[bytes]:
        """Return those of the hashes whose content is stored."""
        statement = select(section_content.c.hash).where(section_content.c.hash.in_(hashes))
        return set(self._connection.execute(statement).scalars())

    def put(self, content_hash: bytes, content: SectionContent) -> None:
        """Store a content; a known one is left as it is."""
        if self.known([content_hash]):
            # Many devices of one image send the same: to pack it takes far longer than to ask.
            return
        insertion = insert_into(self._connection, section_content).on_conflict_do_nothing()
        row = {"hash": content_hash, "kind": content.kind, "content": pack_content(content)}
        self._connection.execute(insertion, row)
        words = [{"word": one, "hash": content_hash} for one in sorted(words_of(content))]
        if words:
            naming = insert_into(self._connection, section_word).on_conflict_do_nothing()
            self._connection.execute(naming, words)

    def content(self, content_hash: bytes) -> SectionContent | None:
        """Return the content with this hash."""
        statement = select(section_content.c.kind, section_content.c.content)
        row = self._connection.execute(
            statement.where(section_content.c.hash == content_hash)
        ).first()
        return None if row is None else unpack_content(row.kind, row.content)

    def contents(self, hashes: Collection[bytes]) -> Mapping[bytes, SectionContent]:
        """Return those of the contents that are stored."""
        found = section_content.c
        statement = select(found.hash, found.kind, found.content).where(found.hash.in_(hashes))
        return {
            row.hash: unpack_content(row.kind, row.content)
            for row in self._connection.execute(statement)
        }

    def current(self, device_id: DeviceId) -> Sequence[SectionVersion]:
        """Return the device's present versions by kind."""
        return self._versions(device_id, section_version.c.until.is_(None))

    def versions(
        self, device_id: DeviceId, *, since: datetime | None = None
    ) -> Sequence[SectionVersion]:
        """Return versions that were current at or after `since`, oldest first by kind."""
        until = section_version.c.until
        return self._versions(
            device_id, true() if since is None else or_(until.is_(None), until >= since)
        )

    def attach(self, device_id: DeviceId, kind: str, content_hash: bytes, *, at: datetime) -> None:
        """End the present version of the kind and begin this one, unless it is the same.

        At or before the start of the present version, the new content takes that one's place:
        versions of a kind follow each other and are never empty.

        Raises:
            ConflictError: The content was never put.
        """
        present = self._present(device_id, kind)
        if present is not None and present.hash == content_hash:
            return
        if not self.known([content_hash]):
            raise ConflictError(f"section {kind} of {device_id}: no content {content_hash.hex()}")
        self._note(device_id, kind, content_hash)
        if present is not None and at <= present.since:
            self._change_present(device_id, kind, {"hash": content_hash})
            return
        if present is not None:
            self._change_present(device_id, kind, {"until": at})
        row = {"device_id": device_id, "kind": kind, "since": at, "hash": content_hash}
        self._connection.execute(insert(section_version).values(row))

    def join(self, ended: DeviceId, survivor: DeviceId, *, at: datetime) -> None:
        """Give a device the versions of a record that ends, in one chain with its own."""
        theirs = self.versions(ended)
        if not theirs:
            return
        chain = chained(self.versions(survivor), theirs, at=at)
        both = section_version.c.device_id.in_((ended, survivor))
        self._connection.execute(delete(section_version).where(both))
        rows = [values(one) | {"device_id": survivor} for one in chain]
        self._connection.execute(insert(section_version), rows)

    def _note(self, device_id: DeviceId, kind: str, content_hash: bytes) -> None:
        """Write what lists show of the section."""
        if kind in LISTED_KINDS:
            content = self.content(content_hash)
            note_section(self._connection, device_id, kind, content.facts if content else {})

    def _present(self, device_id: DeviceId, kind: str) -> SectionVersion | None:
        statement = select(*_VERSION).where(
            section_version.c.device_id == device_id,
            section_version.c.kind == kind,
            section_version.c.until.is_(None),
        )
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(SectionVersion, row)

    def _change_present(
        self, device_id: DeviceId, kind: str, change: dict[str, datetime | bytes]
    ) -> None:
        statement = update(section_version).where(
            section_version.c.device_id == device_id,
            section_version.c.kind == kind,
            section_version.c.until.is_(None),
        )
        self._connection.execute(statement.values(change))

    def _versions(
        self, device_id: DeviceId, condition: ColumnElement[bool]
    ) -> Sequence[SectionVersion]:
        statement = (
            select(*_VERSION)
            .where(section_version.c.device_id == device_id, condition)
            .order_by(section_version.c.kind, section_version.c.since)
        )
        return [
            build(SectionVersion, row) for row in self._connection.execute(statement).mappings()
        ]


def pack_content(content: SectionContent) -> bytes:
    """Return facts and rows as compressed JSON; equal contents give equal bytes."""
    fields = {
        "facts": dict(content.facts),
        "rows": {key: dict(row) for key, row in content.rows.items()},
    }
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return zlib.compress(text.encode())


def unpack_content(kind: str, packed: bytes) -> SectionContent:
    """Return the content of packed facts and rows.

    Raises:
        StoreError: The bytes are damaged.
    """
    try:
        fields: dict[str, dict[str, Row]] = json.loads(zlib.decompress(packed))
    except (zlib.error, ValueError) as error:
        raise StoreError(f"inventory is damaged: a section {kind}") from error
    return SectionContent(kind=kind, facts=cast("Row", fields["facts"]), rows=fields["rows"])
