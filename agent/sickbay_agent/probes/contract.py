"""What a probe is: one source of facts, read below prefixes that tests point at a fixture tree."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes.netlink import addresses_by_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Where the system's files are. Fixture trees put all of them under one folder."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    etc: Path = Path("/etc")
    var: Path = Path("/var")
    run: Path = Path("/run")
    dev: Path = Path("/dev")
    usr: Path = Path("/usr")

    @classmethod
    def under(cls, folder: Path) -> "Roots":
        """Return the roots of a tree that holds proc, sys, etc, var, run, dev and usr."""
        names = ("proc", "sys", "etc", "var", "run", "dev", "usr")
        return cls(**{name: folder / name for name in names})


class StatVfs(Protocol):
    """Size of a mounted filesystem; the names are those of statvfs(3)."""

    @property
    def f_frsize(self) -> int:
        """Bytes of a block."""

    @property
    def f_blocks(self) -> int:
        """Blocks in all."""

    @property
    def f_bavail(self) -> int:
        """Free blocks that an ordinary user can fill."""

    @property
    def f_files(self) -> int:
        """Inodes in all; 0 where the filesystem has none."""

    @property
    def f_favail(self) -> int:
        """Free inodes for an ordinary user."""


def statvfs(mount_point: str) -> StatVfs:
    """Ask the system how large the filesystem mounted there is."""
    return os.statvfs(mount_point)


CommandRunner = Callable[[Sequence[str], float], str]
"""Runs a program with a time limit in seconds and returns its output; see `run_command`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that a probe may use."""

    roots: Roots
    now: datetime
    run: CommandRunner
    previous: Mapping[str, float]
    """Counters of this probe's run before; empty at the first run."""
    elapsed_s: float | None
    """Time since that run; None at the first run."""
    process_names: bool = True
    """Whether names of killed or crashed programs may be reported."""
    cache: Path | None = None
    """Folder of the agent's own for what a probe must remember; None where nothing is kept."""
    statvfs: Callable[[str], StatVfs] = statvfs
    """Measures a mounted filesystem; raises OSError where that fails."""
    addresses: Callable[[], Mapping[int, tuple[str, ...]]] = addresses_by_index
    """Tells the addresses of network interfaces by their index; raises OSError where it fails."""


class Cadence(StrEnum):
    """How often a probe runs."""

    SAMPLE = "sample"
    """With every sample."""
    SLOW = "slow"
    """At start and every slow interval (an hour)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One source of facts."""

    name: str
    cadence: Cadence
    read: Callable[[Context], Observation]
    deadline_s: float = 5.0
    topics: tuple[str, ...] = ()
    """Fields of Sample that are absent when it raises. Without these and `section_topics`: its
    name, where that is a field of Sample or a kind of section."""
    section_topics: tuple[SectionKind, ...] = ()
    """Kinds of section that are absent when it raises."""


def run_command(command: Sequence[str], timeout_s: float) -> str:
    """Run a program in the C locale, without a shell; return its output whatever its exit code.

    Raises:
        NotApplicable: The program is not installed.
        Unknown: It did not end in time or printed nothing but errors.
    """
    try:
        done = subprocess.run(  # a fixed list from a probe, never from outside
            list(command),
            capture_output=True,
            check=False,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            env={
                "LC_ALL": "C",
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            },
        )
    except FileNotFoundError:
        raise NotApplicable(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unknown(f"{command[0]} did not end within {timeout_s:g} s") from None
    except OSError as error:
        raise Unknown(f"{command[0]} cannot be run: {error.strerror}") from None
    if not done.stdout and done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unknown(
            f"{command[0]} failed: {lines[-1] if lines else f'exit code {done.returncode}'}"
        )
    return done.stdout.decode(errors="replace")
