from pathlib import Path

import pytest

from sickbay_agent.own import own_meter
from tests.agent.conftest import SetClock

_PAGE = 4096


@pytest.mark.parametrize(
    ("statm", "pages"),
    [
        pytest.param("9000 1200 800 1 0 700 0\n", 1200, id="as the kernel writes it"),
        pytest.param("9000", None, id="too short"),
        pytest.param("9000 many", None, id="no number"),
        pytest.param(None, None, id="no such file"),
    ],
)
def test_memory_is_what_the_kernel_says(
    tmp_path: Path, statm: str | None, pages: int | None
) -> None:
    (tmp_path / "self").mkdir()
    if statm is not None:
        (tmp_path / "self" / "statm").write_text(statm)
    found = own_meter(SetClock(), tmp_path)().rss_bytes

    assert (pages is None) == (found is None)
    assert found is None or found % (pages or 1) == 0


def test_time_counts_from_the_start_suspend_included(tmp_path: Path) -> None:
    clock = SetClock()
    read = own_meter(clock, tmp_path)
    clock.advance(60)
    clock.sleep(600)

    assert read().uptime_s == 660
    assert read().cpu_time_s > 0


def test_this_process_has_memory() -> None:
    found = own_meter(SetClock(), Path("/proc"))().rss_bytes

    assert found is not None
    assert found > _PAGE
