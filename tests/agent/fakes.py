"""Stand-ins for the machine: a folder of system files, of program outputs, and a set clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from sickbay_agent.errors import NotApplicable
from sickbay_agent.probes.contract import Context, Roots, StatVfs

LAPTOP = Path(__file__).parents[1] / "fixtures" / "laptop"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NO_COUNTERS: Mapping[str, float] = MappingProxyType({})


class FixtureRunner:
    """A CommandRunner that answers with files instead of running programs.

    The output of `smartctl --all /dev/sda` is the first that exists of `smartctl_--all_dev_sda`
    and `smartctl`, each with the suffix `.json` or `.txt`. Without one the program is "not
    installed". `python -m NAME` counts as program NAME.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, command: Sequence[str], timeout_s: float) -> str:
        self.commands.append(tuple(command))
        assert timeout_s > 0
        program = Path(command[0]).name
        if "-m" in command:
            program = command[list(command).index("-m") + 1]
        arguments = re.sub(r"[^\w.=-]+", "_", "_".join(command[1:]))
        for name in (f"{program}_{arguments}", program):
            for suffix in (".json", ".txt"):
                file = self._folder / f"{name}{suffix}"
                if file.is_file():
                    return file.read_text(encoding="utf-8")
        raise NotApplicable(f"{program} is not installed")


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeStatVfs:
    """Size of a filesystem in blocks of 4 KiB."""

    f_frsize: int = 4096
    f_blocks: int = 0
    f_bavail: int = 0
    f_files: int = 0
    f_favail: int = 0


# Half full system volume, small EFI system partition without inodes.
LAPTOP_VOLUMES: Mapping[str, StatVfs] = MappingProxyType(
    {
        "/": FakeStatVfs(
            f_blocks=120_000_000, f_bavail=54_000_000, f_files=30_531_584, f_favail=29_000_000
        ),
        "/boot/efi": FakeStatVfs(f_blocks=130_811, f_bavail=128_763),
    }
)

# By interface index, as the kernel tells them.
LAPTOP_ADDRESSES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: ("127.0.0.1/8", "::1/128"),
        3: ("192.168.50.23/24", "2001:db8:50::23/64"),
        4: ("172.17.0.1/16",),
        6: ("203.0.113.9/32",),
    }
)


def laptop_context(
    *,
    folder: Path = LAPTOP,
    previous: Mapping[str, float] = NO_COUNTERS,
    elapsed_s: float | None = None,
    now: datetime = NOW,
    cache: Path | None = None,
    volumes: Mapping[str, StatVfs] = LAPTOP_VOLUMES,
) -> Context:
    """Return the context of a probe that runs on the machine in `folder`.

    Args:
        folder: Holds proc, sys, etc, var, run, dev, usr and the program outputs in commands.
        previous: Counters of the probe's run before.
        elapsed_s: Time since that run.
        now: The wall clock.
        cache: Folder for what probes remember.
        volumes: Sizes by mount point; any other mount point is an I/O error.
    """

    def statvfs(mount_point: str) -> StatVfs:
        if mount_point not in volumes:
            raise OSError(5, "Input/output error")
        return volumes[mount_point]

    return Context(
        roots=Roots.under(folder),
        now=now,
        run=FixtureRunner(folder / "commands"),
        previous=previous,
        elapsed_s=elapsed_s,
        cache=cache,
        statvfs=statvfs,
        addresses=lambda: LAPTOP_ADDRESSES,
    )


def write_tree(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, with the folders they need; return the folder."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
