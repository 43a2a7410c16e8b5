from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.errors import AgentError
from sickbay_agent.status import LaneStatus, Status, read_status, write_status

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_status_is_read_back(tmp_path: Path) -> None:
    status = Status(
        written_at=NOW,
        version="0.1.0",
        pid=42,
        device_id="device",
        certificate_expires_at=NOW,
        last_error="failed: UNAVAILABLE",
        clock_offset_s=-1.5,
        lanes={"samples": LaneStatus(records=3, size_bytes=100, oldest_at=NOW)},
    )
    write_status(tmp_path / "status.json", status)

    assert read_status(tmp_path / "status.json") == status


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "the agent has not run here yet", id="missing"),
        pytest.param(b"{", "is damaged", id="no JSON"),
        pytest.param(b"[]", "is damaged", id="a list"),
        pytest.param(b'{"lanes": {}}', "is damaged", id="fields missing"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "status.json").write_bytes(content)
    with pytest.raises(AgentError, match=message):
        read_status(tmp_path / "status.json")
