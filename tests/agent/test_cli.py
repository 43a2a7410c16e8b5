"""The command line as a process: what an administrator types, sees and gets as exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agent.fake_collector import Core
from tests.agent.grpc_stub import Ports, serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A device's agent with a state directory of its own, and a collector."""

    folder: Path
    core: Core
    ports: Ports

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "sickbay_agent.cli", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if "SICKBAY" not in name}
        return own | {
            "SICKBAY_AGENT_STATE_DIR": str(self.folder / "state"),
            "SICKBAY_AGENT_COLLECTOR": self.ports.agents,
            "SICKBAY_AGENT_ENROLLMENT": self.ports.enrollment,
            "SICKBAY_AGENT_CONFIG": str(self.folder / "agent.toml"),
        }

    def __call__(self, *arguments: str, **environment: str) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
            env=self.environment | environment,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def token(self) -> dict[str, str]:
        return {"SICKBAY_AGENT_TOKEN": f"secret.{self.core.authority.fingerprint}"}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Return a machine whose probes read an empty tree, so that they are quick."""
    (tmp_path / "empty").mkdir()
    roots = "".join(
        f"{name} = '{tmp_path}/empty'\n" for name in ("sys", "etc", "var", "run", "dev", "usr")
    )
    (tmp_path / "agent.toml").write_text(f"[roots]\nproc = '/proc'\n{roots}")
    core = Core()
    with serving(core) as ports:
        yield Machine(folder=tmp_path, core=core, ports=ports)


@pytest.mark.parametrize(
    "command", ["enroll", "run", "once", "probe", "doctor", "status", "report-problem"]
)
def test_each_command_has_help_with_an_example(machine: Machine, command: str) -> None:
    done = machine(command, "--help")

    assert done.code == 0
    assert f"Example: sickbay-agent {command}" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "message"),
    [
        pytest.param(["fly"], {}, 2, "invalid choice: 'fly'", id="no such command"),
        pytest.param(["run"], {}, 2, "there is no token: give one with", id="no token"),
        pytest.param(["status"], {}, 1, "the agent has not run here yet", id="no status"),
        pytest.param(["probe", "x"], {}, 2, "no probe is named 'x'", id="no such probe"),
        pytest.param(["report-problem", " "], {}, 1, "the text is empty", id="no text"),
        pytest.param(
            ["run", "--collector", "a"], {}, 2, "command line: --collector: 'a' is not", id="option"
        ),
        pytest.param(
            ["once"], {"SICKBAY_AGENT_X": "1"}, 2, "unknown key SICKBAY_AGENT_X", id="variable"
        ),
        pytest.param(
            ["enroll"], {"SICKBAY_AGENT_TOKEN": "s"}, 1, "give --ca-file, or a token", id="no pin"
        ),
        pytest.param(
            ["enroll"],
            {"SICKBAY_AGENT_TOKEN": "s." + "0" * 64},
            1,
            "is not the collector that made the token",
            id="another pin",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_an_exit_code(
    machine: Machine, arguments: list[str], environment: dict[str, str], code: int, message: str
) -> None:
    done = machine(*arguments, **environment)
    said = [line for line in done.err.splitlines() if line.startswith("sickbay-agent: ")]

    assert done.code == code
    assert message in done.err
    assert "Traceback" not in done.err
    assert len(said) == 1


def test_once_prints_the_full_report_without_a_collector(machine: Machine) -> None:
    done = machine("once", "--json", SICKBAY_AGENT_COLLECTOR="nowhere.invalid:1")
    report = json.loads(done.out)

    assert done.code in {0, 3}
    assert report["sample"]["memory"]["total_bytes"] > 0
    assert "cpu" in report["sections"] or report["section_absences"]


def test_a_probe_is_listed_and_run_by_name(machine: Machine) -> None:
    names = [line.split()[0] for line in machine("probe", "--list").out.splitlines()]
    done = machine("probe", "memory")

    assert "memory" in names
    assert json.loads(done.out)["sample"]["memory"]["total_bytes"] > 0


def test_enrolling_twice_is_enrolling_once(machine: Machine) -> None:
    first = machine("enroll", **machine.token())
    second = machine("enroll", **machine.token())

    assert (first.code, second.code) == (0, 0)
    assert first.out.startswith("enrolled as device ")
    assert second.out.startswith("enrolled already as device ")
    assert [one.token for one in machine.core.enrollments] == [
        f"secret.{machine.core.authority.fingerprint}"
    ]


def test_run_enrolls_reports_and_says_goodbye(machine: Machine) -> None:
    """The whole way over real ports: token, certificate, report, status, doctor, SIGTERM."""
    environment = machine.environment | machine.token()
    with subprocess.Popen(
        machine.command("run"), env=environment, stderr=subprocess.PIPE, text=True
    ) as agent:
        _wait_for(lambda: bool(machine.core.reports))
        second = machine("run", **machine.token())
        noted = machine("report-problem", "no sound")
        status = machine("status")
        doctor = machine("doctor", NO_COLOR="1")
        agent.send_signal(signal.SIGTERM)
        agent.wait(timeout=60)

    assert agent.returncode == 0
    assert second.code == 1
    assert "in use by another agent" in second.err
    assert noted.code == 0
    assert status.code == 0
    assert "last error   none" in status.out
    assert "in use by the running agent" in doctor.out
    assert "takes reports of this device" in doctor.out
    assert "\x1b" not in doctor.out
    assert len(machine.core.reports) >= 2


def _wait_for(is_true: Callable[[], bool], timeout_s: float = 100.0) -> None:
    """Return as soon as something another process brings about is true."""
    end_s = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < end_s, "did not happen in time"
        time.sleep(0.05)
