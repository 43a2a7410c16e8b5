"""The command line shows two devices side by side, and takes what somebody decides."""

import json

import pytest
from click.testing import Result

from sickbay_collector.core.access.role import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import NEW, SICK, WELL, Clinic, make_twin


@pytest.fixture
def manage(bare_run: Run, clinic: Clinic, url: str) -> Run:
    """Run `sickbay` as somebody who approves devices."""

    def run_there(*arguments: str) -> Result:
        token = clinic.tokens[Role.ADMINISTRATOR]
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    return run_there


def test_two_devices_side_by_side_and_told_apart(manage: Run, clinic: Clinic) -> None:
    make_twin(clinic, WELL, SICK)
    shown = manage("device", "pair", "ws-sick", "ws-well").stdout
    assert "System serial" in shown
    assert "80 would do" in shown
    assert manage("device", "pair", SICK, WELL, "-o", "csv").stdout.startswith("kind,older,newer")
    assert json.loads(manage("device", "pair", SICK, WELL, "-o", "json").stdout)["apart"] is None

    told = manage("device", "different", SICK, WELL, "-m", "one batch").stdout
    assert "one batch" in told
    assert manage("device", "duplicates").stdout == "no device looks like another one\n"


def test_two_records_become_one_device(manage: Run) -> None:
    """Only when it is said twice."""
    arguments = ("device", "same", SICK, NEW, "-m", "installed anew")
    looked = manage(*arguments)
    assert f"as one machine {SICK} would go on, and {NEW} end" in looked.stdout
    assert "say --for-good" in looked.stderr
    assert "ws-new" in manage("device", "explain", NEW).stdout

    done = manage(*arguments, "--for-good").stdout
    assert done == f"ws-new ({NEW}) goes on as ws-sick ({SICK})\n"
    assert f"goes on for  ws-new ({NEW})" in manage("device", "explain", NEW).stdout
    again = manage(*arguments, "--for-good")
    assert (again.exit_code, "is one device" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("output", "begin"), [("json", '{\n  "device_id"'), ("csv", "hostname,device_id,ended")]
)
def test_what_became_of_them_is_for_programs_too(manage: Run, output: str, begin: str) -> None:
    done = manage("device", "same", SICK, NEW, "-m", "so", "--for-good", "-o", output)

    assert done.stdout.startswith(begin)


def test_what_stands_in_the_way_is_said(manage: Run) -> None:
    assert "two agents run" in manage("device", "pair", SICK, WELL).stdout
    refused = manage("device", "same", SICK, WELL, "-m", "so", "--for-good")
    assert (refused.exit_code, "two agents run" in refused.stderr) == (1, True)
