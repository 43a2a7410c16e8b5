"""Devices that wait are listed, approved and refused from the command line."""

import json

from click.testing import Result

from sickbay_collector.core.access.role import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import SICK, WELL, Clinic, make_pending


def test_devices_that_wait_are_settled(bare_run: Run, clinic: Clinic, url: str) -> None:
    def run(*arguments: str) -> Result:
        token = clinic.tokens[Role.ADMINISTRATOR]
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    assert run("device", "pending").stdout == "no device waits for approval\n"
    make_pending(clinic, SICK, WELL)

    assert "ws-sick" in run("device", "pending").stdout
    assert len(run("device", "pending", "-o", "csv").stdout.splitlines()) == 3
    assert "approved ws-sick" in run("device", "approve", "ws-sick").stdout
    again = run("device", "approve", "ws-sick")
    assert (again.exit_code, "does not wait for approval" in again.stderr) == (1, True)
    done = json.loads(run("device", "refuse", WELL, "-m", "not ours", "-o", "json").stdout)
    assert (done["status"], done["revoke_reason"]) == ("retired", "not ours")
    assert json.loads(run("device", "pending", "-o", "json").stdout) == {"items": []}
