"""Sections of the inventory that tell what runs on the device."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OsSection:
    """The operating system."""

    name: str | None = None
    id: str | None = None
    version: str | None = None
    version_id: str | None = None
    build: str | None = None
    pretty_name: str | None = None
    kernel: str | None = None
    kernel_release: str | None = None
    architecture: str | None = None
    time_zone: str | None = None
    install_at: datetime | None = None
    platform: str | None = None
    domain: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """An installed package."""

    name: str
    version: str
    publisher: str | None = None
    source: str
    architecture: str | None = None
    install_at: datetime | None = None
    scope: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareSection:
    """Installed software."""

    packages: tuple[Software, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingUpdate:
    """An update that waits."""

    name: str
    installed_version: str | None = None
    new_version: str
    is_security: bool = False
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesSection:
    """Pending updates."""

    updates: tuple[PendingUpdate, ...] = ()
    truncated: bool = False
