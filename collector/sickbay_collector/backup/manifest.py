"""What a backup says of itself: who made it, when, and the size and hash of each member.

It stands first in the archive, so that a restore knows what may follow before it reads it.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sickbay_collector.core.errors import InvalidError

FORMAT = 1
"""Counts changes that an older program cannot restore."""
MANIFEST = "manifest.json"
DATABASE = "collector.db"
FOLDERS = ("ca", "rules.d", "sla.d", "desk.d")
NAME_LIMIT_BYTES = 100
"""Of a member's name: what the header of a tar archive holds without an extension."""
SMALL_LIMIT_BYTES = 1024 * 1024
"""Of the manifest and of any file of the authority, the rules, the SLA or the desk."""
DATABASE_LIMIT_BYTES = 1024**4
MEMBERS_LIMIT = 500

# Unprintable characters would garble whatever shows the name.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in a backup."""

    name: str
    """"collector.db", or a file right inside one of the folders."""
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The contents of a backup."""

    version: str
    """The program that made it."""
    schema_revision: str | None
    """None for an empty database, or a backup without one."""
    created_at: datetime
    members: tuple[Member, ...]

    @property
    def has_database(self) -> bool:
        """Whether the database is in it."""
        return any(member.name == DATABASE for member in self.members)

    @property
    def size_bytes(self) -> int:
        """What all members take on the disk."""
        return sum(member.size_bytes for member in self.members)


def allowed_name(name: str) -> bool:
    """Return whether a member may be called so: nothing that leads out of the directory."""
    if name == DATABASE:
        return True
    folder, _, file = name.partition("/")
    return (
        folder in FOLDERS
        and file != ""
        and not file.startswith(".")
        and not _FORBIDDEN.search(file)
        and len(name.encode(errors="replace")) <= NAME_LIMIT_BYTES
    )


def size_limit_bytes(name: str) -> int:
    """Return how large a member may be."""
    return DATABASE_LIMIT_BYTES if name == DATABASE else SMALL_LIMIT_BYTES


def encode(manifest: Manifest) -> bytes:
    """Return a manifest as JSON."""
    fields = asdict(manifest) | {"created_at": manifest.created_at.isoformat()}
    return (json.dumps({"format": FORMAT, **fields}, indent=2) + "\n").encode()


def decode(data: bytes) -> Manifest:
    """Return a manifest from JSON.

    Raises:
        InvalidError: It is none, or of a later format, or names what may not be in a backup.
    """
    try:
        found = _Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "not JSON"
        raise InvalidError(f"{MANIFEST}: {where}: {first['msg']}") from None
    if found.format != FORMAT:
        raise InvalidError(
            f"the backup has format {found.format}, this program knows {FORMAT}: "
            f"restore it with Sickbay {found.version}"
        )
    members = tuple(Member(**member.model_dump()) for member in found.members)
    _check(members)
    return Manifest(
        version=found.version,
        schema_revision=found.schema_revision,
        created_at=found.created_at.astimezone(UTC),
        members=members,
    )


def _check(members: tuple[Member, ...]) -> None:
    names = [member.name for member in members]
    for member in members:
        if not allowed_name(member.name):
            raise InvalidError(f"{MANIFEST}: {member.name!r} may not be in a backup")
        if names.count(member.name) > 1:
            raise InvalidError(f"{MANIFEST}: {member.name} is there twice")
        if member.size_bytes > size_limit_bytes(member.name):
            raise InvalidError(
                f"{MANIFEST}: {member.name} has {member.size_bytes} bytes; "
                f"at most {size_limit_bytes(member.name)} are allowed"
            )


class _Member(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _Manifest(BaseModel):
    format: int
    version: str = Field(max_length=64, pattern=r"^[\w.+-]+$")
    schema_revision: str | None = Field(max_length=64)
    created_at: datetime
    members: list[_Member] = Field(max_length=MEMBERS_LIMIT)
