from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.sample import PressureSample
from sickbay_agent.probes.pressure import PROBE, parse
from tests.agent.fakes import laptop_context


def test_laptop() -> None:
    """Percent become ratios."""
    expected = PressureSample(
        cpu_some_avg60_ratio=0.0125,
        memory_some_avg60_ratio=0.125,
        memory_full_avg60_ratio=0.04,
        io_some_avg60_ratio=0.0065,
        io_full_avg60_ratio=0.0031,
    )

    assert expected == PROBE.read(laptop_context()).sample.pressure


def test_without_pressure_information(tmp_path: Path) -> None:
    """Some distributions' kernels need a boot option for it."""
    with pytest.raises(NotApplicable, match="psi=1"):
        PROBE.read(laptop_context(folder=tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("some avg10=0.00 avg60=100.00", {"some": 1.0}, id="the most"),
        pytest.param("some avg10=0.00 avg60=100.03", {"some": 1.0}, id="rounded above the most"),
        pytest.param("some avg10=1.00", {}, id="no avg60"),
        pytest.param("some avg10=1.00 avg60= total=5", {}, id="no figure"),
        pytest.param("some avg60=nan\nfull avg60=1.00 total=5", {"full": 0.01}, id="no number"),
        pytest.param("some avg60=1000.00", {}, id="absurd"),
        pytest.param("\n \nsome avg60=1.00\n", {"some": 0.01}, id="empty lines"),
    ],
)
def test_parse(text: str, expected: dict[str, float]) -> None:
    """The column avg60 of each line."""
    assert expected == parse(text)
