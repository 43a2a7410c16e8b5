"""The command line says why a device is taken for what it is."""

import json

from tests.collector.cli.conftest import Run
from tests.collector.clinic import SICK, WELL, Clinic, make_twin


def test_why_a_device_is_taken_for_what_it_is(run: Run, clinic: Clinic) -> None:
    before = run("device", "explain", "ws-sick").stdout
    assert "it came in before that was" in before
    assert "System serial" in before
    make_twin(clinic, WELL, SICK)

    after = run("device", "explain", WELL).stdout
    assert "a new device that may be a known one" in after
    assert "but that device reported or came in less than an hour before" in after
    assert json.loads(run("device", "explain", WELL, "-o", "json").stdout)["device_id"] == WELL
    assert run("device", "explain", WELL, "-o", "csv").stdout.startswith("kind,value,outcome")


def test_devices_that_may_be_known_ones(run: Run, clinic: Clinic) -> None:
    assert run("device", "duplicates").stdout == "no device looks like another one\n"
    make_twin(clinic, WELL, SICK)

    assert "ws-sick" in run("device", "duplicates").stdout
    assert len(run("device", "duplicates", "-o", "csv").stdout.splitlines()) == 2
    (listed,) = json.loads(run("device", "duplicates", "-o", "json").stdout)["items"]
    assert listed["other"]["device_id"] == SICK
