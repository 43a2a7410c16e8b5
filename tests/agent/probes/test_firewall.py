from pathlib import Path

import pytest

from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.firewall import read_firewall

UFW_ON = {"etc/ufw/ufw.conf": "# comment\nENABLED=yes\n"}
UFW_OFF = {"etc/ufw/ufw.conf": "ENABLED=no\n"}
FIREWALLD = {"etc/firewalld/firewalld.conf": ""}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, None, id="nothing installed"),
        pytest.param(UFW_ON, True, id="ufw on"),
        pytest.param(UFW_OFF, False, id="ufw off"),
        pytest.param({"etc/ufw/ufw.conf": ""}, False, id="ufw without setting"),
        pytest.param(FIREWALLD, False, id="firewalld stopped"),
        pytest.param({**FIREWALLD, "run/firewalld.pid": "7"}, True, id="firewalld runs"),
        pytest.param({"run/firewalld.pid": "7"}, None, id="left from a removed firewalld"),
        pytest.param(
            {**UFW_OFF, **FIREWALLD, "run/firewalld/locked": ""}, True, id="one of two is on"
        ),
    ],
)
def test_firewall(tmp_path: Path, files: dict[str, str], expected: bool | None) -> None:  # noqa: FBT001
    """One that is on is enough; off is known only where one is installed."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert expected == read_firewall(Roots.under(tmp_path))


def test_nftables_at_boot(tmp_path: Path) -> None:
    """The service's link is there when its rules are loaded at boot, wherever it points."""
    wants = tmp_path / "etc/systemd/system/sysinit.target.wants"
    wants.mkdir(parents=True)
    (wants / "nftables.service").symlink_to("/lib/systemd/system/nftables.service")

    assert read_firewall(Roots.under(tmp_path)) is True
