"""What the collector remembers of a device between reports, in one row of at most a few KiB.

What judging needs has limits of its own: alerts, volumes, drives, names. The rest is there to be
shown, and is cut where a device has absurdly much of it.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from sickbay_collector.core.agent_status import AgentStatus, status_from_plain, status_to_plain
from sickbay_collector.core.alerts.engine import AlertMemory
from sickbay_collector.core.health import days
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.lane import Lane, LaneMark
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, Readings, VolumeFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """Everything that judging the next record of a device needs of the past."""

    marks: Mapping[Lane, LaneMark] = field(default_factory=lambda: MappingProxyType({}))
    alerts: AlertMemory = field(default_factory=AlertMemory)
    health: HealthMemory = field(default_factory=HealthMemory)
    score_days: tuple[days.ScoreDay, ...] = ()
    """What the score was on the last days, oldest first."""
    observed_at: datetime | None = None
    """Of the newest sample, by the device's clock."""
    boot_id: str = ""
    latest: Readings = field(default_factory=lambda: MappingProxyType({}))
    """The newest reading of each metric."""
    volumes: Mapping[str, VolumeFacts] = field(default_factory=lambda: MappingProxyType({}))
    drives: Mapping[str, Medium] = field(default_factory=lambda: MappingProxyType({}))
    absences: tuple[Absence, ...] = ()
    failed_units: tuple[str, ...] = ()
    failed_probes: tuple[str, ...] = ()
    sections: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """Hashes of the sections that the device has now, by kind."""
    section_absences: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    platform: str = "linux"
    agent: AgentStatus | None = None
    """How the agent fares; None where it does not say."""
    lost_records: int = 0
    """Records that the agent had to drop, as its gaps said."""
    clone_suspected_at: datetime | None = None
    truncated: bool = False


def cut_state(state: DeviceState, most: int) -> DeviceState:
    """Return the state with at most so many items of each list that is only shown.

    What a device has once stays: it is bounded by the number of metrics.
    """
    return replace(
        state,
        latest={
            metric: dict(islice(values.items(), max(most, 1 if "" in values else 0)))
            for metric, values in state.latest.items()
        },
        volumes=dict(islice(state.volumes.items(), most)),
        drives=dict(islice(state.drives.items(), most)),
        absences=state.absences[:most],
        failed_units=state.failed_units[:most],
        failed_probes=state.failed_probes[:most],
        section_absences=dict(islice(state.section_absences.items(), most)),
        truncated=True,
    )


def moving_part(state: DeviceState) -> dict[str, object]:
    """Return, as JSON values, what changes with nearly every sample."""
    return {
        "marks": {
            lane.value: [
                _text(mark.epoch),
                mark.seq,
                _text(mark.hashes),
                [[_text(epoch), seq] for epoch, seq in mark.closed],
            ]
            for lane, mark in state.marks.items()
        },
        "observed_at": _seconds(state.observed_at),
        "boot_id": state.boot_id,
        "latest": state.latest,
        "platform": state.platform,
        "agent": status_to_plain(state.agent),
        "lost_records": state.lost_records,
        "clone_suspected_at": _seconds(state.clone_suspected_at),
        "truncated": state.truncated,
    }


STILL_PARTS: Mapping[str, Callable[[Any], object]] = MappingProxyType(
    {
        "alerts": AlertMemory.to_plain,
        "health": HealthMemory.to_plain,
        "score_days": days.to_plain,
        "volumes": lambda volumes: {
            volume_id: [facts.mount_point, facts.is_system] for volume_id, facts in volumes.items()
        },
        "drives": dict,
        "absences": lambda absences: [[one.topic, one.kind.value, one.reason] for one in absences],
        "failed_units": list,
        "failed_probes": list,
        "sections": lambda hashes: {kind: _text(value) for kind, value in hashes.items()},
        "section_absences": dict,
    }
)
"""The fields that seldom change, and how each becomes JSON values. Judging keeps the same object
where nothing changed."""


def state_from_plain(plain: Mapping[str, Any]) -> DeviceState:
    """Return the state whose moving and still parts these are."""
    return DeviceState(
        marks={
            Lane(lane): LaneMark(
                _bytes(epoch),
                seq,
                _bytes(hashes),
                tuple((_bytes(before), highest) for before, highest in closed),
            )
            for lane, (epoch, seq, hashes, closed) in plain["marks"].items()
        },
        alerts=AlertMemory.from_plain(plain["alerts"]),
        health=HealthMemory.from_plain(plain["health"]),
        # States that were written before days were kept have none.
        score_days=days.from_plain(plain.get("score_days", ())),
        observed_at=_moment(plain["observed_at"]),
        boot_id=plain["boot_id"],
        latest=plain["latest"],
        volumes={
            volume_id: VolumeFacts(mount_point=mount_point, is_system=is_system)
            for volume_id, (mount_point, is_system) in plain["volumes"].items()
        },
        drives={drive_id: Medium(medium) for drive_id, medium in plain["drives"].items()},
        absences=tuple(
            Absence(topic=topic, kind=AbsenceKind(kind), reason=reason)
            for topic, kind, reason in plain["absences"]
        ),
        failed_units=tuple(plain["failed_units"]),
        failed_probes=tuple(plain["failed_probes"]),
        sections={kind: _bytes(value) for kind, value in plain["sections"].items()},
        section_absences=plain["section_absences"],
        platform=plain["platform"],
        # Rows that were written before agents said it have none.
        agent=status_from_plain(plain.get("agent")),
        lost_records=plain["lost_records"],
        clone_suspected_at=_moment(plain["clone_suspected_at"]),
        truncated=plain["truncated"],
    )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
