import os
from pathlib import Path

import pytest

from sickbay_agent.probes.kernel_log import parse_killed, read_records


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(
            "3,1,2,-;Out of memory: Killed process 12 (firefox-esr) total-vm:1kB",
            ["firefox-esr"],
            id="whole system",
        ),
        pytest.param(
            "3,1,2,-;Memory cgroup out of memory: Killed process 12 (node) total-vm:1kB",
            ["node"],
            id="a group",
        ),
        pytest.param(
            "3,1,2,-;Out of memory: Killed process 12 (a (b) c), UID 1000,", ["a (b) c"], id="odd"
        ),
        pytest.param("6,1,2,-;oom-kill:constraint=CONSTRAINT_NONE,task=x,pid=1", [], id="other"),
        pytest.param("", [], id="empty"),
    ],
)
def test_parse_killed(record: str, expected: list[str]) -> None:
    """The name stands in parentheses, and may hold some itself."""
    assert expected == parse_killed(record)


def test_reading_never_waits(tmp_path: Path) -> None:
    """Behind the last record the kernel would let a reader wait; a pipe does the same."""
    path = tmp_path / "kmsg"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    try:
        os.write(writer, b"6,1,2,-;one\n")
        records = list(read_records(path))
    finally:
        os.close(writer)

    assert records == ["6,1,2,-;one\n"]


def test_unreadable_log(tmp_path: Path) -> None:
    """The caller decides what a missing right means."""
    with pytest.raises(FileNotFoundError):
        list(read_records(tmp_path / "kmsg"))
