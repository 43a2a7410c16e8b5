from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.sample import BootSample
from sickbay_agent.probes.boot_duration import PROBE, parse
from tests.agent.fakes import laptop_context


def test_laptop() -> None:
    """Microseconds become seconds."""
    assert PROBE.read(laptop_context()).sample.boot == BootSample(boot_duration_s=38.412077)


def test_without_systemd(tmp_path: Path) -> None:
    """Systemctl may be installed where systemd does not run, as in a container."""
    with pytest.raises(NotApplicable, match="systemd is not running"):
        PROBE.read(laptop_context(folder=tmp_path))


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param("", id="empty"),
        pytest.param("FinishTimestampMonotonic=0\n", id="still starting"),
        pytest.param("FinishTimestampMonotonic=[not set]\n", id="not a number"),
        pytest.param("FinishTimestampMonotonic=" + "9" * 5000, id="too many digits"),
    ],
)
def test_boot_that_has_not_ended(properties: str) -> None:
    """Until all is started there is no duration."""
    assert parse(properties) is None
