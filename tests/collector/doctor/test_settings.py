"""Settings that are allowed one by one and cannot work together."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sickbay_collector.config import load_config
from sickbay_collector.doctor.finding import Verdict
from sickbay_collector.doctor.settings import check_settings
from sickbay_collector.pki.authority import Authority
from sickbay_collector.pki.folder import open_authority

NOW = datetime.now(UTC)


def _says(**settings: Any) -> list[tuple[Verdict, str]]:
    chosen = {"server_names": ["sickbay.example.net"], **settings}
    findings = check_settings(load_config(Path("/dev/null"), {}, chosen))
    return [(one.verdict, one.text) for one in findings]


def test_settings_that_fit_say_nothing() -> None:
    assert _says() == []


@pytest.mark.parametrize(
    ("settings", "verdict", "says"),
    [
        pytest.param(
            {"agent_port": 7000, "admin_port": 7000},
            Verdict.PROBLEM,
            "agent_port and admin_port are all 7000: give each its own",
            id="one port for two",
        ),
        pytest.param(
            {"database_url": "mysql://u:hunter2@db/x"},
            Verdict.PROBLEM,
            "database_url: database URL mysql://u:***@db/x: must be sqlite:///PATH or "
            "postgresql+psycopg://USER@HOST/NAME",
            id="no database of ours",
        ),
        pytest.param(
            {"server_names": ["localhost", "127.0.0.1", "::1"]},
            Verdict.WARNING,
            "server_names has only localhost, 127.0.0.1, ::1: agents on other machines will not "
            "trust the collector; add the name or address that they dial",
            id="no name for others",
        ),
        pytest.param(
            {"sample_interval_s": 120},
            Verdict.WARNING,
            "report_interval_s 60 is less than sample_interval_s 120: most reports would be empty",
            id="reports without samples",
        ),
    ],
)
def test_what_does_not_fit_is_named(settings: dict[str, Any], verdict: Verdict, says: str) -> None:
    assert _says(**settings) == [(verdict, says)]


def test_ports_that_are_picked_at_start_never_clash() -> None:
    assert _says(agent_port=0, enroll_port=0, http_port=0, admin_port=0) == []


def test_a_collector_for_this_machine_needs_no_other_name() -> None:
    assert _says(agent_address="127.0.0.1", server_names=["localhost"]) == []


def _pair(folder: Path, authority: Authority) -> tuple[Path, Path]:
    identity = authority.issue_server(["localhost"], now=NOW)
    folder.mkdir()
    (folder / "c.pem").write_bytes(identity.chain_pem)
    (folder / "k.pem").write_bytes(identity.key_pem)
    return folder / "c.pem", folder / "k.pem"


def test_certificate_and_key_must_be_readable_and_belong_together(tmp_path: Path) -> None:
    authority = open_authority(tmp_path / "ca", now=NOW)
    certificate, key = _pair(tmp_path / "a", authority)
    _, other_key = _pair(tmp_path / "b", authority)
    missing = tmp_path / "none.pem"
    [(mismatch, says)] = _says(http_certificate=certificate, http_key=other_key)
    [(absent, says_absent)] = _says(http_certificate=certificate, http_key=missing)

    assert _says(http_certificate=certificate, http_key=key) == []
    assert (mismatch, absent) == (Verdict.PROBLEM, Verdict.PROBLEM)
    assert says.endswith("key values mismatch")
    assert says_absent.endswith("No such file or directory")
