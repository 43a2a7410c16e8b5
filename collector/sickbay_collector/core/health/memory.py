"""All that the score must remember of one device between samples, and its form as JSON values.

A memory is a value: a new one shares whatever stayed the same with the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health import plain
from sickbay_collector.core.health.plain import Plain
from sickbay_collector.core.health.records import (
    DriveMemory,
    StabilityMemory,
    TopicAbsence,
    VolumeMemory,
    WaitingMemory,
)

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthMemory:
    """All that the score remembers of one device; about 1 KiB as JSON."""

    volumes: Mapping[str, VolumeMemory] = field(default_factory=dict)
    drives: Mapping[str, DriveMemory] = field(default_factory=dict)
    stability: StabilityMemory = field(default_factory=StabilityMemory)
    security: WaitingMemory | None = None
    """Pending security updates; None where never read."""
    reboot: WaitingMemory | None = None
    """A pending restart; None where never read."""
    absences: Mapping[str, TopicAbsence] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Plain]:
        """Return it as JSON values."""
        return {
            "version": _VERSION,
            "volumes": {key: volume.to_plain() for key, volume in self.volumes.items()},
            "drives": {key: drive.to_plain() for key, drive in self.drives.items()},
            "stability": self.stability.to_plain(),
            "security": None if self.security is None else self.security.to_plain(),
            "reboot": None if self.reboot is None else self.reboot.to_plain(),
            "absences": {topic: absence.to_plain() for topic, absence in self.absences.items()},
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Plain]) -> Self:
        """Return what `to_plain` gave.

        Raises:
            InvalidError: It is something else, or of another version.
        """
        if value.get("version") != _VERSION:
            raise InvalidError(
                f"health memory: version {value.get('version')!r} is not {_VERSION}; "
                "start the device's score afresh"
            )
        try:
            return cls(
                volumes={
                    key: VolumeMemory.from_plain(volume)
                    for key, volume in plain.mapping(value["volumes"]).items()
                },
                drives={
                    key: DriveMemory.from_plain(drive)
                    for key, drive in plain.mapping(value["drives"]).items()
                },
                stability=StabilityMemory.from_plain(value["stability"]),
                security=WaitingMemory.from_plain(value["security"]),
                reboot=WaitingMemory.from_plain(value["reboot"]),
                absences={
                    topic: TopicAbsence.from_plain(absence)
                    for topic, absence in plain.mapping(value["absences"]).items()
                },
            )
        except (KeyError, ValueError) as error:
            raise InvalidError(
                f"health memory: {error} missing or not known; start the device's score afresh"
            ) from error
