"""`sickbay demo` as a person calls it; what it makes is tested beside the simulator."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sickbay_collector.cli.demo import command


def run(folder: Path, *options: object) -> Result:
    """Call it."""
    return CliRunner().invoke(command, ["--dir", str(folder), *map(str, options)])


def test_a_demo_that_is_there_stays(tmp_path: Path) -> None:
    """Another run finds it and says so."""
    made = run(tmp_path / "demo", "--devices", 1, "--weeks", 1)
    again = run(tmp_path / "demo", "--devices", 1, "--weeks", 1)

    assert (made.exit_code, again.exit_code) == (0, 0), made.output
    assert made.stdout.startswith("1 devices, 1 weeks: ")
    assert "week 1 of 1 done" in made.stderr
    assert "holds a demo already" in again.stderr


def test_what_is_there_already_is_not_written_into(tmp_path: Path) -> None:
    """A collector's database, or a demo that was broken off."""
    (tmp_path / "collector.db").write_bytes(b"")
    refused = run(tmp_path)

    assert refused.exit_code == 1
    assert "name another folder" in str(refused.exception)


def test_a_server_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's real collector may be in it."""
    monkeypatch.setenv(
        "SICKBAY_COLLECTOR_DATABASE_URL", "postgresql+psycopg://sickbay@localhost/sickbay"
    )
    refused = run(tmp_path / "demo")

    assert refused.exit_code == 1
    assert "leave `database_url` unset" in str(refused.exception)
