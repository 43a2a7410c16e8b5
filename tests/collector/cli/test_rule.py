"""`sickbay rule` against a served fleet."""

import json
from pathlib import Path

import pytest

from sickbay_collector.services.access import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic
from tests.collector.web.test_rules import MINE


@pytest.fixture
def administrator(bare_run: Run, url: str, clinic: Clinic) -> Run:
    """Run `sickbay` with an administrator's token."""
    clinic.shelf.start()
    token = clinic.bearer(Role.ADMINISTRATOR)["Authorization"].removeprefix("Bearer ")

    def run(*arguments: str) -> object:
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    return run  # type: ignore[return-value]


def test_rules_from_list_to_restore(administrator: Run, tmp_path: Path) -> None:
    run = administrator
    shown = run("rule", "show", "disk.full.crit")
    file = tmp_path / "rule.yaml"
    file.write_text(shown.output.replace("for: 15m", "for: 45m"))
    before = json.loads(run("rule", "show", "disk.full.crit", "-o", "json").output)["version"]
    dry = run("rule", "put", "disk.full.crit", "-f", str(file), "--dry-run")
    done = run("rule", "put", "disk.full.crit", "-f", str(file), "-m", "small volumes")
    versions = run("rule", "versions", "disk.full.crit")
    diff = run("rule", "diff", "disk.full.crit", before[:12])
    restored = run("rule", "restore", "disk.full.crit", before[:12])

    assert "disk.full.crit" in run("rule", "ls").output
    assert "45m" in dry.output
    assert done.output == dry.output
    assert "small volumes" in versions.output
    assert "45m" in diff.output
    assert restored.exit_code == 0
    assert "they say the same" in run("rule", "diff", "disk.full.crit", before[:12]).output
    assert run("rule", "ls", "-o", "csv").output.startswith("id,enabled,alerts")
    assert run("rule", "diff", "disk.full.crit", "zz").exit_code == 2


def test_own_rule_is_added_tried_switched_and_taken_away(
    administrator: Run, tmp_path: Path
) -> None:
    run = administrator
    file = tmp_path / "mine.yaml"
    file.write_text(MINE)
    tried = run("rule", "try", "-f", str(file))
    added = run("rule", "put", "--new", "-f", str(file))
    off = run("rule", "disable", "disk.mine", "-m", "no")
    on = run("rule", "enable", "disk.mine", "-o", "json")
    gone = run("rule", "reset", "disk.mine")

    assert "true on 1 of 2 devices" in tried.output
    assert "ws-sick" in tried.output
    for one in (added, off, on, gone):
        assert one.exit_code == 0, one.output
    assert "no rule has the id disk.mine" in run("rule", "show", "disk.mine").output
    assert run("rule", "put", "-f", str(file)).exit_code == 2
    assert run("rule", "try", "-f", str(tmp_path)).exit_code == 2
