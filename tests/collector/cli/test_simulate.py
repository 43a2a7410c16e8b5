"""`sickbay simulate` as a person calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sickbay_collector.cli.simulate import command
from tests.kit.collector import RunningCollector


def test_in_process_needs_no_server() -> None:
    """A day of two devices goes into a database that is thrown away."""
    result = CliRunner().invoke(
        command,
        ["--in-process", "--devices", "2", "--minutes", "1440", "--hours", "always", "--json"],
    )
    summary = json.loads(result.stdout)

    assert result.exit_code == 0
    assert (summary["devices"], summary["acknowledged"], summary["rejected"]) == (2, 2 * 288, 0)


def test_another_collector_is_reached_by_its_addresses(tmp_path: Path) -> None:
    """The summary says that tickets cannot be counted there."""
    with RunningCollector(tmp_path) as running:
        ca_file = tmp_path / "authority.pem"
        ca_file.write_bytes(running.ports.ca_pem)
        result = CliRunner().invoke(
            command,
            [
                *("--devices", "2", "--minutes", "60", "--hours", "always"),
                *("--agent-address", f"127.0.0.1:{running.ports.agent}"),
                *("--enroll-address", f"127.0.0.1:{running.ports.enroll}"),
                *("--token", running.token(uses=2), "--ca-file", str(ca_file)),
            ],
        )

    assert result.exit_code == 0
    assert "acknowledged    24" in result.stdout
    assert "not known" in result.stdout


def test_the_quick_starts_folder_says_where_its_collector_is(tmp_path: Path) -> None:
    """Addresses from what the quick start wrote for its agent; the token is made at once."""
    with RunningCollector(tmp_path) as running:
        (tmp_path / "agent").mkdir()
        (tmp_path / "agent" / "agent.toml").write_text(
            f'collector = ["127.0.0.1:{running.ports.agent}"]\n'
            f'enrollment = "127.0.0.1:{running.ports.enroll}"\n'
        )
        arguments = ["--dir", str(tmp_path), "--devices", "2", "--minutes", "60"]
        result = CliRunner().invoke(command, [*arguments, "--hours", "always", "--json"])
        with running.collector.storage.open_reads() as uow:
            tickets = len(uow.tickets.list(limit=10))
    summary = json.loads(result.stdout)

    assert result.exit_code == 0
    assert (summary["acknowledged"], summary["failed_devices"]) == (24, 0)
    assert summary["tickets_opened"] == tickets


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--in-process", "--speed", "2"], "neither --speed", id="speed in process"),
        pytest.param(["--token", "t"], "belong together", id="token alone"),
        pytest.param(
            [
                *("--agent-address", "c1", "--enroll-address", "c1:7444"),
                *("--token", "t", "--ca-file", "ca.crt"),
            ],
            "'c1' is no HOST:PORT",
            id="address without port",
        ),
        pytest.param(
            [
                *("--agent-address", "c1:7443", "--enroll-address", "c1:65536"),
                *("--token", "t", "--ca-file", "ca.crt"),
            ],
            "'c1:65536' is no HOST:PORT",
            id="port past the last",
        ),
        pytest.param(
            [
                *("--agent-address", "c1:7443", "--enroll-address", "c1:65535"),
                *("--token", "t" * 257, "--ca-file", "ca.crt"),
            ],
            "1 to 256 characters, not 257",
            id="token too long",
        ),
        pytest.param(
            [
                *("--agent-address", "c1:7443", "--enroll-address", "c1:65535"),
                *("--token", "t" * 256, "--ca-file", "/nowhere/ca.crt"),
            ],
            "/nowhere/ca.crt: No such file",
            id="no authority",
        ),
    ],
)
def test_what_does_not_fit_is_said(arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(command, arguments)

    assert says in str(result.exception)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--devices", "0"),
        ("--devices", "100001"),
        ("--minutes", "0"),
        ("--minutes", "1051201"),
        ("--interval", "4"),
        ("--interval", "3601"),
        ("--batch", "101"),
        ("--connections", "5001"),
        ("--speed", "0"),
        ("--seed", "-1"),
    ],
)
def test_options_have_limits(option: str, value: str) -> None:
    result = CliRunner().invoke(command, ["--in-process", option, value])

    assert result.exit_code == 2
    assert "is not in the range" in result.stderr
