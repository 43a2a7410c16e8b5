"""A spool in a fresh folder, with gaps written as plain text."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.model.record import Gap
from sickbay_agent.spool.spool import Spool, SpoolLimits

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

OpenSpool = Callable[..., Spool]


def encode_gap(gap: Gap, _now: datetime) -> bytes:
    """Return a gap as text that tests can read."""
    return f"{gap.lane} {gap.first_seq}-{gap.last_seq} {gap.count} {gap.reason}".encode()


@pytest.fixture
def open_spool(tmp_path: Path) -> Iterator[OpenSpool]:
    """Open the spool of this test's folder; what is still open is closed at the end."""
    with ExitStack() as stack:

        def opened(folder: Path | None = None, **limits: object) -> Spool:
            spool = Spool(
                folder or tmp_path / "spool",
                limits=SpoolLimits(**limits),  # type: ignore[arg-type]
                encode_gap=encode_gap,
                now=NOW,
            )
            stack.callback(spool.close)
            return spool

        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB; needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
