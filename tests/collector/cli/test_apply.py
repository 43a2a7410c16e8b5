"""`sickbay apply`, `export` and `audit` against a collector: diff, exit codes, round trip."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from sickbay_collector.services.access import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic

TEAM = """
skills: [{id: sap, name: SAP}]
technicians:
- {login: ann, skills: {sap: 3}, tiers: [L2]}
tiers: [{id: L1, time_limit: 30m}]
"""
Bring = Callable[..., Result]


@pytest.fixture
def desk(bare_run: Run, clinic: Clinic, url: str) -> Run:
    """Run `sickbay` as the administrator of a collector without files."""
    clinic.shelf.start()

    def run(*arguments: str, stdin: str | None = None) -> Result:
        token = clinic.tokens[Role.ADMINISTRATOR]
        return bare_run(*arguments, stdin=stdin, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    return run


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A folder with a document, and a file that is none."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "team.yaml").write_text(TEAM)
    (folder / "README.md").write_text("just words")
    return folder


def test_the_diff_and_what_it_comes_to(desk: Run, team: Path) -> None:
    dry = desk("apply", "-f", str(team), "--dry-run")
    done = desk("apply", "-f", str(team))
    again = desk("apply", "-f", str(team))
    diff = """\
+ skills/sap
    id: "sap"
    name: "SAP"
+ technicians/ann
    login: "ann"
    skills: {"sap": 3}
    tiers: ["L2"]
~ tiers/L1
    time_limit: "2h" -> "30m"
"""

    assert dry.output == f"{diff}would change: 2 added, 1 changed, 0 unchanged, revision 0\n"
    assert done.output == f"{diff}applied: 2 added, 1 changed, 0 unchanged, revision 1\n"
    assert again.output == "nothing to do: 3 unchanged, revision 1\n"
    assert [one.exit_code for one in (dry, done, again)] == [0, 0, 0]


def test_what_is_exported_changes_nothing(desk: Run, team: Path, tmp_path: Path) -> None:
    """All kinds, in force by default and by hand, there and back again."""
    desk("apply", "-f", str(team))
    out = tmp_path / "out"
    first = desk("export", "-o", str(out))
    refused = desk("export", "-o", str(out))
    back = desk("apply", "-f", str(out), "--revision", "1")
    text = desk("export", "--kind", "skills")
    applied = desk("export", "--applied").stdout

    assert "revision 1" in first.output
    assert {"rules.yaml", "calendars.yaml", "policies.yaml", "tiers.yaml", "routing.yaml"} <= {
        path.name for path in out.iterdir()
    }
    assert (refused.exit_code, "is there already" in refused.output) == (1, True)
    assert back.output.startswith("nothing to do: ")
    assert back.exit_code == 0
    assert text.stdout.startswith("skills:\n- {id: sap, name: SAP}\n")
    assert desk("apply", "-f", "-", stdin=text.stdout).output.startswith("nothing to do")
    assert "ann" in applied
    assert "windows" not in applied


def test_an_export_brings_an_empty_collector_to_the_same(
    desk: Run, team: Path, tmp_path: Path
) -> None:
    desk("apply", "-f", str(team))
    desk("export", "-o", str(tmp_path / "out"))
    desk("apply", "--remove", "tiers/L1", "--remove", "technicians/ann", "--remove", "skills/sap")
    done = desk("apply", "-f", str(tmp_path / "out"))

    assert "applied: 2 added, 1 changed" in done.output


def test_pruning_and_removing(desk: Run, team: Path) -> None:
    desk("apply", "-f", str(team))
    (team / "team.yaml").write_text("skills: [{id: sap, name: SAP}]")
    pruned = desk("apply", "-f", str(team), "--prune")
    removed = desk("apply", "--remove", "skills/sap", "-o", "json")

    assert "- technicians/ann" in pruned.output
    assert '    time_limit: "30m" -> "2h"' in pruned.output
    assert json.loads(removed.output)["changes"][0]["change"] == "removed"


def test_as_csv(desk: Run, team: Path) -> None:
    lines = desk("apply", "-f", str(team), "--dry-run", "-o", "csv").output.splitlines()

    assert lines[0] == "kind,id,change,key,before,after"
    assert lines[-1] == 'tiers,L1,changed,time_limit,"""2h""","""30m"""'


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        pytest.param(("-f", "{team}/none.yaml"), 1, "none.yaml: cannot be read", id="no-file"),
        pytest.param(("-f", "{team}/empty"), 1, "has no *.yaml in it", id="empty-folder"),
        pytest.param(("-f", "{team}/README.md"), 1, "document: must be a mapping", id="no-mapping"),
        pytest.param(("-f", "{team}", "--revision", "4"), 1, "in force, not 4", id="stale"),
        pytest.param(("--remove", "tires/L1"), 1, "kind 'tires' is unknown", id="kind"),
        pytest.param((), 2, "name what to apply", id="nothing"),
        pytest.param(("--prune",), 2, "name what to apply", id="prune-all"),
        pytest.param(
            ("-f", "{team}", "--revision", "0", "--force"), 2, "exclude each other", id="both"
        ),
    ],
)
def test_what_is_refused(
    desk: Run, team: Path, words: tuple[str, ...], code: int, error: str
) -> None:
    (team / "empty").mkdir()
    refused = desk("apply", *(word.format(team=team) for word in words))

    assert (refused.exit_code, error in refused.output) == (code, True)


def test_an_error_names_the_file_and_the_line(desk: Run, team: Path) -> None:
    wrong = team / "wrong.yaml"
    wrong.write_text("technicians:\n- login: bob\n  skills: {cobol: 2}\n")
    refused = desk("apply", "-f", str(team))

    assert refused.exit_code == 1
    assert f"{wrong}:3: technician bob: skills: skills has no 'cobol'" in refused.output
    assert refused.output.count("\n") == 1


def test_a_technician_may_not(run: Run, team: Path) -> None:
    refused = run("apply", "-f", str(team))

    assert (refused.exit_code, "needs the right desk.write" in refused.output) == (1, True)


def test_the_audit(desk: Run, team: Path) -> None:
    desk("apply", "-f", str(team))
    table = desk("audit", "--kind", "config/tiers").output
    events = json.loads(desk("audit", "-o", "json", "--actor", "administrator.doe").output)
    lines = desk("audit", "-o", "csv", "--id", "L1").output.splitlines()

    assert 'time_limit: "2h" -> "30m"' in table
    assert "config/tiers/L1" in table
    assert [one["object_id"] for one in events] == ["L1", "ann", "sap"]
    assert lines[0] == "at,actor,action,object,what"
    assert "nobody changed anything" in desk("audit", "--until", "2020-01-01").output
    assert desk("audit", "--since", "yesterday").exit_code == 2
