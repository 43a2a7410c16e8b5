"""What the running agent says about itself, for `sickbay-agent status` and for people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sickbay_agent.errors import AgentError

_LIMIT_BYTES = 64 << 10
# Twice the longest report interval: what is older was left by an agent that does not run.
STALE_S = 7200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStatus:
    """What waits in a lane."""

    records: int
    size_bytes: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The agent now."""

    written_at: datetime
    version: str
    pid: int
    device_id: str | None = None
    certificate_expires_at: datetime | None = None
    last_sample_at: datetime | None = None
    last_ack_at: datetime | None = None
    last_error: str | None = None
    """One sentence; None while all is well."""
    last_error_at: datetime | None = None
    next_report_at: datetime | None = None
    clock_offset_s: float | None = None
    """The collector's clock minus this one, at the last answer."""
    last_suspend_s: float | None = None
    """How long the device last slept."""
    lanes: Mapping[str, LaneStatus] = field(default_factory=dict)


def write_status(path: Path, status: Status) -> None:
    """Replace the status file; a reader sees the old or the new one.

    Raises:
        OSError: The disk did not take it.
    """
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(status_json(status), encoding="utf-8")
    # Not synced: after a crash of the system it would be old anyway.
    temporary.replace(path)


def status_json(status: Status) -> str:
    """Return a status as JSON, times as RFC 3339 UTC, unknown fields left out."""
    return json.dumps(_plain(status), indent=2) + "\n"


def read_status(path: Path) -> Status:
    """Return what the agent last said.

    Raises:
        AgentError: There is no status file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_LIMIT_BYTES))
        lanes = {
            name: LaneStatus(**_timed(lane))  # type: ignore[arg-type]  # a wrong file is caught
            for name, lane in found.pop("lanes").items()
        }
        return Status(**_timed(found), lanes=lanes)  # type: ignore[arg-type]
    except FileNotFoundError:
        raise AgentError(f"{path}: no status: the agent has not run here yet") from None
    except OSError as error:
        raise AgentError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise AgentError(f"{path}: is damaged; the running agent writes it anew") from None


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Status | LaneStatus):
        names = value.__dataclass_fields__
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _timed(fields: Mapping[str, str | None]) -> dict[str, object]:
    """Return fields with the times among them, which end in `_at`, as times."""
    timed: dict[str, object] = {}
    for name, value in fields.items():
        is_time = name.endswith("_at") and value is not None
        timed[name] = datetime.fromisoformat(str(value)) if is_time else value
    return timed
