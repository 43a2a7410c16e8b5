"""How an agent fares, worked out from what it says."""

import pytest

from sickbay_collector.core.agent_status import AgentStatus


@pytest.mark.parametrize(
    ("uptime_s", "cpu_time_s", "expected"),
    [
        pytest.param(600.0, 6.0, 0.01, id="ten minutes"),
        pytest.param(599.0, 6.0, None, id="a start is no load"),
        pytest.param(None, 6.0, None, id="uptime not said"),
        pytest.param(600.0, None, None, id="time not said"),
    ],
)
def test_a_share_of_the_processor(
    uptime_s: float | None, cpu_time_s: float | None, expected: float | None
) -> None:
    status = AgentStatus(uptime_s=uptime_s, cpu_time_s=cpu_time_s)

    assert expected == status.cpu_share
