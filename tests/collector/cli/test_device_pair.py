"""The command line shows two devices side by side, and takes what somebody decides."""

import json

from click.testing import Result

from sickbay_collector.core.access.role import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import SICK, WELL, Clinic, make_twin


def test_two_devices_side_by_side_and_told_apart(bare_run: Run, clinic: Clinic, url: str) -> None:
    def run(*arguments: str) -> Result:
        token = clinic.tokens[Role.ADMINISTRATOR]
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    make_twin(clinic, WELL, SICK)
    shown = run("device", "pair", "ws-sick", "ws-well").stdout
    assert "System serial" in shown
    assert "80 would do" in shown
    assert run("device", "pair", SICK, WELL, "-o", "csv").stdout.startswith("kind,older,newer")
    assert json.loads(run("device", "pair", SICK, WELL, "-o", "json").stdout)["apart"] is None

    told = run("device", "different", SICK, WELL, "-m", "one batch").stdout
    assert "one batch" in told
    assert run("device", "duplicates").stdout == "no device looks like another one\n"
