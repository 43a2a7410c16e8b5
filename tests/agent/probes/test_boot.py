from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.sample import BootSample
from sickbay_agent.probes.boot import PROBE, read_boot_id, read_since_boot_s
from sickbay_agent.probes.contract import Roots
from tests.agent.fakes import LAPTOP, laptop_context, write_tree


def test_laptop() -> None:
    """The boot began at btime."""
    expected = BootSample(boot_at=datetime(2026, 11, 20, 3, 55, tzinfo=UTC))

    assert expected == PROBE.read(laptop_context()).sample.boot


@pytest.mark.parametrize(
    "stat",
    [
        pytest.param("", id="empty"),
        pytest.param("btime -5\n", id="negative"),
        pytest.param("btime 100000000000\n", id="beyond the years of a date"),
    ],
)
def test_without_boot_time(tmp_path: Path, stat: str) -> None:
    """Every Linux has a btime line."""
    write_tree(tmp_path, {"proc/stat": stat})

    with pytest.raises(Unknown, match="btime"):
        PROBE.read(laptop_context(folder=tmp_path))


@pytest.mark.parametrize(
    ("folder", "boot_id", "since_boot_s"),
    [
        pytest.param(LAPTOP, "3c0b6f1e-52f9-4d5a-9a7c-0f6f6d1f9a10", 20100.25, id="laptop"),
        pytest.param(LAPTOP / "sys", "", None, id="unknown"),
    ],
)
def test_moment_of_a_record(folder: Path, boot_id: str, since_boot_s: float | None) -> None:
    """A record's time can be checked by the boot's id and age when the clock is wrong."""
    roots = Roots.under(folder)

    assert (boot_id, since_boot_s) == (read_boot_id(roots), read_since_boot_s(roots))
