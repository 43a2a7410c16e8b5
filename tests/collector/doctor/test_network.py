"""A port is free, the collector's, or somebody else's, and each is told apart."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sickbay_collector.config import load_config
from sickbay_collector.doctor.finding import Finding, Verdict
from sickbay_collector.doctor.network import (
    Port,
    Running,
    ask_readiness,
    check_ports,
    judge_port,
    judge_running,
)
from tests.kit.collector import RunningCollector

PORT = Port(option="http_port", address="127.0.0.1", number=8080)
FREE = dict.fromkeys(("agent_port", "enroll_port", "http_port", "admin_port"), 0)


@contextmanager
def _answering(answer: bytes) -> Iterator[int]:
    """Listen on a free port and say this to the first who asks."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer_one() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)

    thread = threading.Thread(target=answer_one)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(30)
        listener.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nready\n", Running.READY, id="ready"),
        pytest.param(b"HTTP/1.0 503 No\r\n\r\nnot ready\n", Running.NOT_READY, id="not ready"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n<html>", Running.NO, id="another server"),
        pytest.param(b"SSH-2.0-x\r\n", Running.NO, id="no HTTP"),
        pytest.param(b"", Running.NO, id="hangs up"),
    ],
)
def test_only_a_collector_is_taken_for_one(answer: bytes, expected: Running) -> None:
    with _answering(answer) as port:
        assert ask_readiness("0.0.0.0", port) is expected  # noqa: S104 - dialled on loopback


def test_a_closed_port_is_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert ask_readiness("127.0.0.1", port) is Running.NO
    assert ask_readiness("127.0.0.1", 0) is Running.UNKNOWN


@pytest.mark.parametrize(
    ("running", "busy", "verdict", "says"),
    [
        pytest.param(Running.NO, None, Verdict.OK, "is free", id="free"),
        pytest.param(Running.NO, "port 8080 is taken", Verdict.PROBLEM, "is taken", id="taken"),
        pytest.param(Running.READY, "taken", Verdict.OK, "is the collector's", id="ours"),
        pytest.param(Running.NOT_READY, "taken", Verdict.OK, "is the collector's", id="ours soon"),
        pytest.param(Running.READY, None, Verdict.WARNING, "restart it", id="not on this port"),
        pytest.param(Running.UNKNOWN, None, Verdict.OK, "is free", id="free, cannot ask"),
        pytest.param(Running.UNKNOWN, "taken", Verdict.WARNING, "another", id="cannot ask"),
    ],
)
def test_a_busy_port_is_judged_by_who_holds_it(
    running: Running, busy: str | None, verdict: Verdict, says: str
) -> None:
    found = judge_port(PORT, running, busy)

    assert found.check == "http_port 8080"
    assert found.verdict is verdict
    assert says in found.text


@pytest.mark.parametrize("running", Running)
def test_only_a_collector_that_is_not_ready_is_worth_a_look(running: Running) -> None:
    expected = Verdict.WARNING if running is Running.NOT_READY else Verdict.OK

    assert judge_running(running).verdict is expected


def test_ports_of_nobody_and_of_another_program(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        settings = {"state_dir": tmp_path, **FREE, "http_port": number}
        found = list(check_ports(load_config(Path("/dev/null"), {}, settings)))
    problems = [one for one in found if one.verdict is Verdict.PROBLEM]

    # Nobody can be asked, so it may be a collector of these settings.
    assert problems == []
    assert [one.verdict for one in found if one.check == f"http_port {number}"] == [Verdict.WARNING]


def test_the_ports_of_a_running_collector_are_its_own(tmp_path: Path) -> None:
    with RunningCollector(tmp_path) as running:
        at = running.addresses
        settings = {
            "state_dir": tmp_path,
            "agent_address": "127.0.0.1",
            "agent_port": at.agent_port,
            "enroll_port": at.enroll_port,
            "http_port": at.http_port,
            "admin_port": at.admin_port,
        }
        found = list(check_ports(load_config(Path("/dev/null"), {}, settings)))

    assert found[0] == Finding(check="collector", verdict=Verdict.OK, text="runs and is ready")
    assert [one.text for one in found[1:]] == ["is the collector's"] * 4
