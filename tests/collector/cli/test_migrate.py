"""`sickbay migrate`: the schema, and the move to another database."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sickbay_collector.cli import main
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.migrate import head
from sickbay_collector.db.uow import open_unit_of_work
from tests.contract.records import ONE, a_device


@pytest.fixture
def old(tmp_path: Path) -> str:
    """The address of a database with one device."""
    CliRunner().invoke(main, ["migrate", "--dir", str(tmp_path)], catch_exceptions=False)
    url = f"sqlite:///{tmp_path}/collector.db"
    engine = open_engine(url)
    with open_unit_of_work(engine)() as uow:
        uow.devices.add(a_device(ONE))
        uow.commit()
    engine.dispose()
    return url


def test_schema_is_made_and_then_left_alone(tmp_path: Path) -> None:
    runs = [CliRunner().invoke(main, ["migrate", "--dir", str(tmp_path)]) for _ in range(2)]

    assert [run.exit_code for run in runs] == [0, 0]
    assert {run.stdout for run in runs} == {f"schema revision {head()}\n"}


def test_move_says_what_arrived_and_what_to_do_next(old: str, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/new.db"
    result = CliRunner().invoke(main, ["migrate", "--from", old, "--to", new])

    assert result.exit_code == 0
    assert "device                          1 rows" in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1] == f'moved and verified; now set database_url = "{new}"'


def test_move_onto_itself_is_refused(old: str) -> None:
    result = CliRunner().invoke(main, ["migrate", "--from", old, "--to", old])

    assert result.exit_code == 1
    assert "the target is not empty: table device has rows" in result.stderr


def test_move_from_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    arguments = ["--from", f"sqlite:///{old}", "--to", f"sqlite:///{new}"]
    result = CliRunner().invoke(main, ["migrate", *arguments])

    assert f"database {old}: no such file" in result.stderr
    assert not old.exists()
    assert not new.exists()


@pytest.mark.parametrize("only", ["--from", "--to"])
def test_move_needs_both_ends(only: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["migrate", only, f"sqlite:///{tmp_path}/x.db"])

    assert result.exit_code == 2
    assert "--from and --to go together" in result.stderr
