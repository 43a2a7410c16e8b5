"""Starts `sickbay serve` as often as it is told, each time as a fresh process.

Importing takes longer than starting, so this process imports once and forks: a start costs 0.2 s
instead of 1.5 s. It forks before gRPC has started anything. Each line on standard input starts a
collector; standard output says its process id, then how it ended.

`python -m tests.faults.fork_server BUILD serve --config FILE`
"""

import os
import sys

import sickbay_collector.cli.serve  # noqa: F401 - here, so that no child has to import it
from sickbay_collector.cli import main
from tests.faults.planted import Build, plant


def serve(arguments: list[str]) -> None:
    """Be a collector; ends the process."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    main(arguments, prog_name="sickbay")


def run(build: Build, arguments: list[str]) -> None:
    """Fork for each line of standard input."""
    plant(build)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            serve(arguments)
        _say(child)
        _, status = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run(Build(sys.argv[1]), sys.argv[2:])
