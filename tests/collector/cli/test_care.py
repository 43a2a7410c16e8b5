"""`sickbay config`, `doctor`, `backup` and `restore` as they are typed."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_collector.cli import COMMANDS
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from sickbay_collector.pki.folder import open_authority
from tests.collector.cli.conftest import Run

_POSTGRESQL = "postgresql+psycopg://u:hunter2@db/x"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A collector that has been started once; its ports are picked at start."""
    folder = tmp_path / "state"
    open_authority(folder / "ca", now=datetime.now(UTC))
    folder.chmod(0o700)
    engine = open_engine(f"sqlite:///{folder}/collector.db")
    migrate.upgrade(engine)
    engine.dispose()
    return folder


@pytest.fixture
def settings(tmp_path: Path, state: Path) -> Path:
    """A file of settings for it."""
    file = tmp_path / "collector.toml"
    ports = "".join(f"{name}_port = 0\n" for name in ("agent", "enroll", "http", "admin"))
    file.write_text(f'state_dir = "{state}"\nserver_names = ["a.example"]\n{ports}')
    return file


@pytest.mark.parametrize("name", ["backup", "restore", "doctor", "config", "ca"])
def test_help_has_examples(bare_run: Run, name: str) -> None:
    result = bare_run(name, "--help")

    assert name in COMMANDS
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    assert f"sickbay {name}" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("config", "--dir", "{state}"), id="show is meant"),
        pytest.param(("config", "show", "--dir", "{state}"), id="show"),
        pytest.param(("config", "--dir", "{state}", "show"), id="directory first"),
    ],
)
def test_settings_are_shown(bare_run: Run, state: Path, arguments: tuple[str, ...]) -> None:
    result = bare_run(*(one.format(state=state) for one in arguments))

    assert result.exit_code == 0
    assert tomllib.loads(result.stdout)["state_dir"] == str(state)


def test_settings_are_checked(bare_run: Run, settings: Path) -> None:
    """0 valid, 3 warnings, 1 wrong; before the word `check` the options count as well."""
    right = bare_run("config", "check", "--config", str(settings))
    doubtful = bare_run(
        "config", "--config", str(settings), "check", SICKBAY_COLLECTOR_SAMPLE_INTERVAL_S="600"
    )
    clashing = bare_run(
        "config",
        "check",
        "--config",
        str(settings),
        SICKBAY_COLLECTOR_HTTP_PORT="7443",
        SICKBAY_COLLECTOR_ADMIN_PORT="7443",
    )
    wrong = bare_run(
        "config", "check", "--config", str(settings), SICKBAY_COLLECTOR_HTTP_PORT="65536"
    )

    assert (right.exit_code, right.stdout) == (0, "settings are valid\n")
    assert doubtful.exit_code == 3
    assert doubtful.stdout.startswith("warning settings: report_interval_s 60 is less than")
    assert clashing.exit_code == 1
    assert "problem settings: http_port and admin_port are all 7443" in clashing.stdout
    assert wrong.exit_code == 1
    assert "SICKBAY_COLLECTOR_HTTP_PORT: http_port: " in wrong.stderr
    assert wrong.stderr.count("\n") == 1


def _verdicts(text: str) -> dict[str, str]:
    found = json.loads(text)
    return {one["check"]: one["verdict"] for one in found["findings"] if one["check"] != _DISK}


# Whether this machine's disk is full is not what is tested.
_DISK = "disk space"


def test_the_doctor_says_one_line_a_check(bare_run: Run, settings: Path) -> None:
    lines = bare_run("doctor", "--config", str(settings)).stdout.splitlines()
    found = json.loads(bare_run("doctor", "--config", str(settings), "-o", "json").stdout)

    assert [line.split(":")[0].split(maxsplit=1) for line in lines] == [
        [one["verdict"], one["check"]] for one in found["findings"]
    ]
    assert {one["verdict"] for one in found["findings"] if one["check"] != _DISK} == {"ok"}
    assert {"settings", "integrity", "schema", "reports"} <= {
        one["check"] for one in found["findings"]
    }


def test_the_doctors_exit_code_is_the_worst_verdict(
    bare_run: Run, settings: Path, state: Path
) -> None:
    state.chmod(0o755)
    doubtful = bare_run("doctor", "--config", str(settings), "-o", "json")
    (state / "ca" / "ca.key").chmod(0o644)
    wrong = bare_run("doctor", "--config", str(settings), "-o", "json")
    no_settings = bare_run("doctor", "--config", str(settings.with_name("none.toml")))

    assert _verdicts(doubtful.stdout)["state directory"] == "warning"
    assert doubtful.exit_code == (1 if '"verdict": "problem"' in doubtful.stdout else 3)
    assert "problem" in json.loads(wrong.stdout)["verdict"]
    assert wrong.exit_code == 1
    assert no_settings.exit_code == 1
    assert no_settings.stdout.startswith("problem settings: ")
    assert no_settings.stdout.count("\n") == 1


def test_a_backup_is_made_and_restored(bare_run: Run, state: Path, tmp_path: Path) -> None:
    """No progress where nobody watches."""
    archive, new = str(tmp_path / "b.tgz"), str(tmp_path / "new")
    made = bare_run("backup", "--dir", str(state), archive)
    again = bare_run("backup", "--dir", str(state), archive)
    forced = bare_run("backup", "--dir", str(state), "--force", archive)
    restored = bare_run("restore", archive, "--dir", new)
    twice = bare_run("restore", archive, "--dir", new)

    assert (made.exit_code, forced.exit_code, restored.exit_code) == (0, 0, 0)
    assert made.stdout.startswith(f"{archive}: 3 files, schema {migrate.head()}, ")
    assert made.stderr == restored.stderr == ""
    assert (again.exit_code, twice.exit_code) == (1, 1)
    assert "is there already" in again.stderr
    assert "is not empty" in twice.stderr
    assert restored.stdout.startswith(f"{new}: 3 files as of ")
    assert bare_run("migrate", "--dir", new).exit_code == 0


def test_a_restored_older_schema_says_what_to_do(
    bare_run: Run, state: Path, tmp_path: Path
) -> None:
    engine = open_engine(f"sqlite:///{state}/collector.db")
    migrate.downgrade(engine, "-1")
    engine.dispose()
    archive, new = str(tmp_path / "b.tgz"), str(tmp_path / "new")
    made = bare_run("backup", "--dir", str(state), archive)
    restored = bare_run("restore", archive, "--dir", new)

    assert (made.exit_code, restored.exit_code) == (0, 0)
    assert f"run `sickbay migrate --dir {new}`" in restored.stderr


def test_postgresql_is_told_apart(bare_run: Run, state: Path, tmp_path: Path) -> None:
    """One line that names the tool; the rest can be backed up without the database."""
    archive, new = str(tmp_path / "b.tgz"), str(tmp_path / "new")
    there = {"SICKBAY_COLLECTOR_DATABASE_URL": _POSTGRESQL}
    refused = bare_run("backup", "--dir", str(state), archive, **there)
    made = bare_run("backup", "--dir", str(state), "--without-database", archive, **there)
    restored = bare_run("restore", archive, "--dir", new)

    assert refused.exit_code == 1
    assert "pg_dump" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "hunter2" not in refused.stderr
    assert made.stdout.startswith(f"{archive}: 2 files, ")
    assert "no database is in this backup" in restored.stderr


def test_usage_is_exit_code_2(bare_run: Run) -> None:
    assert bare_run("backup").exit_code == 2
    assert bare_run("restore", "b.tgz").exit_code == 2
    assert bare_run("ca", "revoke").exit_code == 2
