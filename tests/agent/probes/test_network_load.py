from pathlib import Path

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.sample import NetworkSample
from sickbay_agent.probes.network_load import PROBE, parse
from tests.agent.fakes import laptop_context


def test_first_run_only_counts() -> None:
    """Without a sample before there is no growth, but the link is known; unused ports have none."""
    found = PROBE.read(laptop_context())

    assert found.sample.networks == (
        NetworkSample(interface="docker0", is_up=False),
        NetworkSample(interface="enp0s31f6", is_up=False),
        NetworkSample(interface="wlp2s0", is_up=True),
    )
    assert found.counters["wlp2s0/errors"] == 3


def test_growth_since_the_run_before() -> None:
    """Totals that grew are told by how much; those that began anew (driver reload) are not."""
    previous = {
        "wlp2s0/received_bytes": 734003000.0,
        "wlp2s0/sent_bytes": 99999999.0,
        "wlp2s0/packets": 813579.0,
        "wlp2s0/errors": 1.0,
    }
    networks = PROBE.read(laptop_context(previous=previous, elapsed_s=60.0)).sample.networks

    assert networks[2] == NetworkSample(
        interface="wlp2s0", received_bytes=200, sent_bytes=None, packets=0, errors=2, is_up=True
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("one\ntwo\neth0: 1 2 3\n", id="too few columns"),
        pytest.param("one\ntwo\neth0 " + "1 " * 16, id="no colon"),
        pytest.param("one\ntwo\neth0: x " + "1 " * 16, id="a word would shift the columns"),
    ],
)
def test_damaged_table(text: str) -> None:
    """A line that is not understood is no interface."""
    assert parse(text) == {}


def test_missing_table(tmp_path: Path) -> None:
    """Every Linux has the table, so its absence is a failure."""
    with pytest.raises(Unknown, match="/proc/net/dev cannot be read"):
        PROBE.read(laptop_context(folder=tmp_path))
