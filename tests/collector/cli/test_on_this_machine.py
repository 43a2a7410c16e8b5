"""The commands on the collector's own machine: what they print, and one line where they fail."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from sickbay_collector.cli import main
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.migrate import head
from sickbay_collector.pki.folder import read_authority

Local = Callable[..., Result]


@pytest.fixture
def local(tmp_path: Path) -> Local:
    """Run `sickbay` with `--dir` of this test behind the command."""

    def run(*words: str, folder: Path | None = None, options: tuple[str, ...] = ()) -> Result:
        directory = str(folder or tmp_path / "state")
        return CliRunner().invoke(main, [*words, "--dir", directory, *options])

    return run


def error_of(result: Result) -> str:
    """Return the one line of a command that failed."""
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


def test_a_new_collector_is_made_step_by_step(local: Local, tmp_path: Path) -> None:
    """Schema, token with the authority's fingerprint, list, authority."""
    migrated = local("migrate")
    made = local("token", "make", options=("--uses", "3", "--comment", "lab\n1"))
    listed = local("token", "ls")
    shown = local("ca", "show")
    authority = read_authority(tmp_path / "state" / "ca")
    secret, _, fingerprint = made.stdout.strip().partition(".")
    again = local("migrate")

    assert f"schema revision {head()}" in migrated.stdout
    assert head() in again.stdout
    assert authority.fingerprint == fingerprint
    assert len(secret) >= 32
    assert secret not in listed.stdout
    assert re.search(r"live\s+0/3 uses .* lab 1$", listed.stdout.strip())
    assert authority.certificate_pem.decode() == shown.stdout
    assert f"sha256 {authority.fingerprint}\n" == shown.stderr


def test_a_token_is_limited_to_networks_and_approval(local: Local) -> None:
    local("migrate")
    local("token", "make", options=("--network", "10.1.0.0/16", "--network", "::1", "--approval"))
    wrong = local("token", "make", options=("--network", "10.1.2.3/16"))

    assert "from 10.1.0.0/16, ::1/128  needs approval" in local("token", "ls").stdout
    assert "is 10.1.0.0/16 meant?" in error_of(wrong)


def test_only_who_is_bound_to_a_provider_is_detached(local: Local, tmp_path: Path) -> None:
    local("migrate")
    secret = tmp_path / "password"
    secret.write_text("a long one it is\n", encoding="utf-8")
    assert local("user", "add", "ada", "--password-file", str(secret)).exit_code == 0
    unbound = local("user", "detach", "ada")
    engine = open_engine(f"sqlite:///{tmp_path / 'state' / 'collector.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET subject = 'https://id.example.org 1'"))
    engine.dispose()

    assert error_of(unbound) == "Error: the account ada is bound to nobody at a provider"
    assert "ada is nobody at the provider any more" in local("user", "detach", "ada").stdout
    assert "bound to nobody" in error_of(local("user", "detach", "ada"))


def test_an_account_gets_another_role(local: Local, tmp_path: Path) -> None:
    local("migrate")
    secret = tmp_path / "password"
    secret.write_text("a long one it is\n", encoding="utf-8")
    local("user", "add", "ada", "--password-file", str(secret))
    changed = local("user", "role", "ada", options=("--role", "lead", "--tag", "lab"))

    assert changed.stdout == "ada may sign in as lead for tag lab\n"
    assert "ada    lead for tag lab" in local("user", "ls").stdout
    assert "no account 'eve'" in error_of(local("user", "role", "eve"))


def test_a_token_is_revoked_once(local: Local) -> None:
    """The second time there is no live one with that id."""
    local("migrate")
    local("token", "make")
    token_id = local("token", "ls").stdout.split()[0]
    first = local("token", "revoke", options=(token_id,))
    second = local("token", "revoke", options=(token_id,))

    assert f"revoked {token_id}\n" == first.stdout
    assert f"Error: no live token has the id {token_id}" == error_of(second)
    assert "revoked" in local("token", "ls").stdout


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--uses", "0"), id="no use"),
        pytest.param(("--uses", "100001"), id="too many uses"),
        pytest.param(("--hours", "nan"), id="NaN hours"),
        pytest.param(("--hours", "9000"), id="more than a year"),
        pytest.param(("--hours", "-1"), id="negative"),
    ],
)
def test_a_token_out_of_range(local: Local, options: tuple[str, ...]) -> None:
    """Nothing is made."""
    local("migrate")
    result = local("token", "make", options=options)

    assert result.exit_code in {1, 2}
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "no tokens yet" in local("token", "ls").stderr


@pytest.mark.parametrize("words", [("token", "make"), ("token", "ls"), ("ca", "show")])
def test_a_mistyped_directory_is_told_and_not_made(
    local: Local, words: tuple[str, ...], tmp_path: Path
) -> None:
    """No second collector comes to be by a typing error."""
    line = error_of(local(*words, folder=tmp_path / "typo"))

    assert str(tmp_path / "typo") in line
    assert not (tmp_path / "typo").exists()


def test_a_directory_that_cannot_be_written(local: Local, tmp_path: Path) -> None:
    """One line with the path and what to do."""
    (tmp_path / "file").write_text("")
    line = error_of(local("migrate", folder=tmp_path / "file" / "state"))

    assert f"{tmp_path}/file/state: Not a directory; choose a writable state_dir" in line


@pytest.mark.parametrize("words", [("migrate",), ("token", "make"), ("serve",)])
def test_a_database_of_a_newer_version(
    local: Local, words: tuple[str, ...], tmp_path: Path
) -> None:
    """It is left as it is; the line says which version wrote it."""
    local("migrate")
    engine = open_engine(f"sqlite:///{tmp_path}/state/collector.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    line = error_of(local(*words))

    assert "database has schema 9999, newer than this program" in line


def test_a_file_that_is_no_database(local: Local, tmp_path: Path) -> None:
    """It is not overwritten."""
    (tmp_path / "state").mkdir()
    file = tmp_path / "state" / "collector.db"
    file.write_bytes(b"precious" * 1000)

    assert "not an SQLite database" in error_of(local("migrate"))
    assert file.read_bytes() == b"precious" * 1000


def test_settings_with_a_typing_error(tmp_path: Path) -> None:
    """The line names file and key."""
    file = tmp_path / "collector.toml"
    file.write_text("agent_prot = 1\n")
    result = CliRunner().invoke(main, ["migrate", "--config", str(file)])

    assert f"Error: {file}: unknown key 'agent_prot'" in error_of(result)


_TYPO = "- id: disk.full.crit\n  urgancy: 1\n"


def test_a_rules_file_with_a_typing_error(local: Local, tmp_path: Path) -> None:
    """`rule check` tells file, line and key; `serve` does not start with it."""
    rules = tmp_path / "state" / "rules.d"
    rules.mkdir(parents=True)
    (rules / "own.yaml").write_text(_TYPO)
    checked = CliRunner().invoke(main, ["rule", "check", str(rules / "own.yaml")])
    served = local("serve")

    assert checked.exit_code == 1
    assert f"{rules}/own.yaml:2" in checked.stderr
    assert "urgancy" in checked.stderr
    assert len(checked.stderr.splitlines()) == 1
    assert "urgancy" in error_of(served)


def test_rule_check_goes_on_behind_a_wrong_file(tmp_path: Path) -> None:
    """Good files are told as such; one wrong file makes the exit code 1."""
    good, wrong = tmp_path / "good.yaml", tmp_path / "wrong.yaml"
    good.write_text("- id: disk.full.crit\n  enabled: false\n")
    wrong.write_bytes(b"\xff\xfe")
    result = CliRunner().invoke(main, ["rule", "check", str(wrong), str(good)])

    assert result.exit_code == 1
    assert f"{good}: 1 rule, valid\n" == result.stdout
    assert "is not UTF-8 text" in result.stderr
