"""Sessions and API tokens on the collector's own machine: listed, and ended one by one."""

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.cli import main
from sickbay_collector.core.account import Session
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.uow import open_unit_of_work

Local = Callable[..., Result]
_FIRST, _SECOND = "a" * 64, "b" * 64


@pytest.fixture
def local(tmp_path: Path) -> Local:
    """Run `sickbay` on a collector in whose console ada is signed in twice."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--dir", str(tmp_path)])

    (tmp_path / "password").write_text("a long one it is\n", encoding="utf-8")
    run("migrate")
    run("user", "add", "ada", "--password-file", str(tmp_path / "password"))
    engine = open_engine(f"sqlite:///{tmp_path / 'collector.db'}")
    with open_unit_of_work(engine)() as uow:
        for secret in (_FIRST, _SECOND):
            uow.accounts.open_session(_session(secret))
        uow.commit()
    engine.dispose()
    return run


def _session(secret_hash: str) -> Session:
    now = utc_now()
    return Session(
        secret_hash=secret_hash,
        login="ada",
        created_at=now - timedelta(hours=1),
        seen_at=now,
        address="192.0.2.7",
        agent="Firefox",
    )


def _items(result: Result) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(result.stdout)["items"]
    return found


def test_one_session_is_ended(local: Local) -> None:
    """The other goes on; a second time there is nothing to end."""
    before = _items(local("user", "sessions", "ada", "-o", "json"))
    named = str(before[0]["session_id"])
    ended = local("user", "end-session", "ada", named)
    again = local("user", "end-session", "ada", named)
    after = _items(local("user", "sessions", "ada", "-o", "json"))

    assert len(before) == 2
    assert ended.stdout == f"session {named} of ada ended\n"
    assert "over already" in again.stderr
    assert [one for one in before if one["session_id"] != named] == after


def test_all_sessions_are_ended(local: Local) -> None:
    ended = local("user", "sessions", "ada", "--end")

    assert ended.stdout.count("192.0.2.7") == 2
    assert ended.stderr == "2 sessions of ada ended\n"
    assert local("user", "sessions", "ada").stdout == "ada has no sessions\n"


def test_sessions_of_nobody(local: Local) -> None:
    assert "there is no account 'eve'" in local("user", "sessions", "eve").stderr


def test_accounts_as_table_and_csv(local: Local) -> None:
    table = local("user", "ls").stdout
    rows = list(csv.DictReader(local("user", "ls", "-o", "csv").stdout.splitlines()))

    assert "ada" in table
    assert "technician" in table
    assert [(one["login"], one["sessions"]) for one in rows] == [("ada", "2")]


def test_tokens_are_listed_and_revoked(local: Local) -> None:
    """Those that work, unless all are asked for; never a secret."""
    secret = local("user", "token", "ada", "--tag", "lab").stdout.strip()
    local("user", "token", "robot", "--role", "analyst")
    listed = local("user", "tokens", "ada")
    (hers,) = _items(local("user", "tokens", "ada", "-o", "json"))
    token_id = str(hers["token_id"])
    revoked = local("user", "revoke-token", token_id)
    again = local("user", "revoke-token", token_id)
    every = csv.DictReader(local("user", "tokens", "--all", "-o", "csv").stdout.splitlines())

    assert "tag lab" in listed.stdout
    assert secret not in listed.stdout
    assert revoked.stdout == f"token {token_id} of ada is revoked\n"
    assert "no live API token" in again.stderr
    assert "no API tokens that work" in local("user", "tokens", "ada").stdout
    assert {one["user"]: one["state"] for one in every} == {"ada": "revoked", "robot": "live"}
