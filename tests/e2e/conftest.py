"""The programs as people run them: processes, their output, their exit codes."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

SICKBAY = Path(sys.executable).with_name("sickbay")
# The machine may be busy with other tests; alone it takes 4 s.
START_S = 120.0
STOP_S = 60.0


class QuickStart:
    """A quick start that runs.

    Args:
        folder: Its directory.
        through: The command that runs it, in its own process.
        settings: Of its collector, by name.
    """

    def __init__(self, folder: Path, through: Sequence[str] = (), **settings: object) -> None:
        self.folder = folder
        self._log = folder.parent / f"{folder.name}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*through, *quickstart_command(folder, "--free-ports", "--json")],
                env=environment(settings),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.said = self._first_line()
        self.agent = psutil.Process(self.process.pid).children()[0]

    @property
    def device_id(self) -> str:
        """This machine's device."""
        return str(self.said["device_id"])

    def cli(self, *arguments: str) -> Any:
        """Return what a command over the API says as JSON."""
        done = run(*arguments, "--dir", str(self.folder), "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def stop(self) -> int:
        """Stop it as Ctrl-C and systemd do; return its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_S)

    def close(self) -> None:
        """End whatever is left."""
        for process in (self.process, self.agent):
            if process.poll() is None if isinstance(process, subprocess.Popen) else alive(process):
                process.kill()
        self.process.communicate()

    def _first_line(self) -> Mapping[str, Any]:
        assert self.process.stdout is not None
        timer = threading.Timer(START_S, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if not line:
            self.process.communicate()
            pytest.fail(f"the quick start did not report:\n{self._log.read_text()}")
        said = json.loads(line)
        assert isinstance(said, dict)
        return said


StartQuickly = Callable[..., QuickStart]


@pytest.fixture
def quick_start() -> Iterator[StartQuickly]:
    """Start the quick start in a folder; whatever runs at the end is ended."""
    with ExitStack() as stack:

        def start(folder: Path, through: Sequence[str] = (), **settings: object) -> QuickStart:
            started = QuickStart(folder, through, **settings)
            stack.callback(started.close)
            return started

        yield start


def run(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run `sickbay` to its end."""
    return subprocess.run(
        [SICKBAY, *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


def quickstart_command(folder: Path, *options: str) -> list[str]:
    """Return the command line of a quick start."""
    return [str(SICKBAY), "quickstart", "--dir", str(folder), *options]


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Return this process's environment, with these settings of the collector and no others."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SICKBAY_")}
    own = {f"SICKBAY_COLLECTOR_{name.upper()}": str(value) for name, value in settings.items()}
    return {**plain, **own}


def alive(process: psutil.Process) -> bool:
    """Return whether a process still does something; a zombie does not."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def until(condition: Callable[[], bool], *, within_s: float, what: str) -> None:
    """Wait for another process to do something.

    Raises:
        AssertionError: It did not within the time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(0.1)
