from pathlib import Path

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.sample import MemorySample
from sickbay_agent.probes import memory
from tests.agent.fakes import laptop_context


def test_laptop() -> None:
    assert memory.PROBE.read(laptop_context()).sample.memory == MemorySample(
        total_bytes=16_087_289_856,
        available_bytes=8_308_654_080,
        swap_total_bytes=8_589_930_496,
        swap_used_bytes=536_870_912,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "MemTotal: 8 kB\nMemFree: 4 kB\n", MemorySample(total_bytes=8192), id="old kernel"
        ),
        pytest.param(
            "MemTotal: 8 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
            MemorySample(total_bytes=8192, swap_total_bytes=0, swap_used_bytes=0),
            id="no swap",
        ),
        pytest.param("HugePages_Total: 5\n", MemorySample(), id="a count is no amount"),
        pytest.param(f"MemTotal: {'9' * 5000} kB\n", MemorySample(), id="too many digits"),
    ],
)
def test_amounts(text: str, expected: MemorySample) -> None:
    assert expected == memory.sample_memory(memory.parse(text))


def test_no_meminfo(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="meminfo does not tell MemTotal"):
        memory.PROBE.read(laptop_context(folder=tmp_path))
