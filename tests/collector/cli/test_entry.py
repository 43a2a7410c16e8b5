"""`sickbay entry`: what is configured, as whoever may read the desk sees it."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from sickbay_collector.services.access import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic

TEAM = """
skills: [{id: sap, name: SAP}]
technicians: [{login: ann, skills: {sap: 3}}]
channels: [{id: ops, kind: webhook, url: "https://hooks.example.org/CANARY"}]
"""


@pytest.fixture
def desk(bare_run: Run, clinic: Clinic, url: str, tmp_path: Path) -> Run:
    """Run `sickbay` as an analyst, of a collector to which an administrator applied a team."""
    clinic.shelf.start()
    file = tmp_path / "team.yaml"
    file.write_text(TEAM)

    def run(*arguments: str, role: Role = Role.ANALYST) -> Result:
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=clinic.tokens[role])

    applied = run("apply", "-f", str(file), role=Role.ADMINISTRATOR)
    assert applied.exit_code == 0, applied.output
    return run


def test_a_kind_is_listed(desk: Run) -> None:
    """With where each entry comes from."""
    table = desk("entry", "ls", "skills")
    items = json.loads(desk("entry", "ls", "skills", "-o", "json").stdout)
    lines = desk("entry", "ls", "skills", "-o", "csv").stdout.splitlines()

    assert "sap" in table.stdout
    assert "applied" in table.stdout
    assert {"id": "sap", "name": "SAP"} in [one["content"] for one in items]
    assert lines[0] == "id,source,applied_at,applied_by,content"
    assert "unknown; there are:" in desk("entry", "ls", "nonsense").stderr


def test_an_entry_reads_as_a_document(desk: Run) -> None:
    """What names it is said in comments."""
    shown = desk("entry", "show", "skills/sap").stdout

    assert yaml.safe_load(shown) == {"skills": [{"id": "sap", "name": "SAP"}]}
    assert "# named by: technicians/ann" in shown
    assert json.loads(desk("entry", "show", "skills/sap", "-o", "json").stdout)["is_on"] is True
    assert "id,sap" in desk("entry", "show", "skills/sap", "-o", "csv").stdout.splitlines()


def test_secrets_are_left_out(desk: Run) -> None:
    shown = desk("entry", "show", "channels/ops").stdout

    assert "# secret, left out: url" in shown
    assert "CANARY" not in shown + desk("entry", "ls", "channels").stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("skills", "must be a kind and an id", id="no id"),
        pytest.param("skills/none", "there is no skill", id="unknown"),
        pytest.param("skills/a/b", "there is nothing at", id="a slash in it"),
    ],
)
def test_what_is_not_there(desk: Run, name: str, said: str) -> None:
    result = desk("entry", "show", name)

    assert result.exit_code == 1
    assert said in result.stderr.lower()
