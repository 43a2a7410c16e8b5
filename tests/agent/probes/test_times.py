import os
from datetime import UTC, datetime
from pathlib import Path

from sickbay_agent.probes.times import modified_at


def test_whole_seconds(tmp_path: Path) -> None:
    os.utime(tmp_path, (0, 1_700_000_000.75))

    assert modified_at(tmp_path) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_missing_file(tmp_path: Path) -> None:
    assert modified_at(tmp_path / "missing") is None


def test_a_name_with_a_nul(tmp_path: Path) -> None:
    """Names of packages in a damaged list; one of them must not cost all others."""
    assert modified_at(tmp_path / "a\0b.list") is None
