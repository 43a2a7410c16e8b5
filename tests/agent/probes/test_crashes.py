from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.sample import CrashSample, ProgramCount
from sickbay_agent.probes.contract import Context
from sickbay_agent.probes.crashes import PROBE, PROGRAM_LIMIT, parse_core, parse_failed_units
from tests.agent.fakes import NOW, laptop_context

FAILED = ("cups.service", "backup-home.timer")
# Midnight: one of the three core dumps is older.
SINCE_US = 1_795_100_000_000_000.0


def crashes(context: Context) -> CrashSample:
    found = PROBE.read(context).sample.crashes
    assert found is not None
    return found


def test_first_run_only_counts() -> None:
    """What happened before the agent started is not new; what is failed now is failed."""
    found = PROBE.read(laptop_context())

    assert found.sample.crashes == CrashSample(failed_units=FAILED, kernel_panics=0)
    assert found.counters == {"oom_kills": 3, "cores_until_us": NOW.timestamp() * 1e6}


@pytest.mark.parametrize(
    ("kills_before", "expected"),
    [
        pytest.param(3, (), id="none"),
        pytest.param(2, (ProgramCount(program="firefox-esr", count=1),), id="the last"),
        pytest.param(
            0,
            (
                ProgramCount(program="firefox-esr", count=2),
                ProgramCount(program="node (worker)", count=1),
            ),
            id="all",
        ),
        pytest.param(9, (), id="counter began anew"),
    ],
)
def test_kills_for_lack_of_memory(kills_before: int, expected: tuple[ProgramCount, ...]) -> None:
    """The counter tells how many, the end of the kernel's log tells which."""
    context = laptop_context(previous={"oom_kills": kills_before})

    assert expected == crashes(context).oom_kills


def test_kills_that_the_log_does_not_name(tmp_path: Path) -> None:
    """Without the right to read the log there is a number without names."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/vmstat").write_text("oom_kill 5\n")
    context = laptop_context(folder=tmp_path, previous={"oom_kills": 3})

    assert crashes(context).oom_kills == (ProgramCount(program="", count=2),)


def test_crashed_programs() -> None:
    """Core dumps since the run before, by the time in their names."""
    found = PROBE.read(laptop_context(previous={"cores_until_us": SINCE_US}))

    assert found.sample.crashes is not None
    assert found.sample.crashes.app_crashes == (
        ProgramCount(program="Web Content", count=1),
        ProgramCount(program="soffice.bin", count=1),
    )
    assert found.counters["cores_until_us"] == 1_795_166_220_000_000.0


def test_names_are_private_where_asked() -> None:
    """Then only numbers are told."""
    previous = {"cores_until_us": SINCE_US, "oom_kills": 1.0}
    context = replace(laptop_context(previous=previous), process_names=False)
    found = crashes(context)

    assert found.app_crashes == (ProgramCount(program="", count=2),)
    assert found.oom_kills == (ProgramCount(program="", count=2),)


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(PROGRAM_LIMIT, id="at the limit"),
        pytest.param(PROGRAM_LIMIT + 1, id="past the limit"),
    ],
)
def test_programs_are_limited(tmp_path: Path, count: int) -> None:
    """Sixteen programs say enough."""
    folder = tmp_path / "var/lib/systemd/coredump"
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"core.p{number}.0.{'0' * 32}.1.{2 + number}").touch()
    context = laptop_context(folder=tmp_path, previous={"cores_until_us": 1.0})

    assert len(crashes(context).app_crashes) == PROGRAM_LIMIT


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(f"core.vi.0.{'a' * 32}.7.99.zst", ("vi", 99), id="compressed"),
        pytest.param(f"core.vi.0.{'a' * 32}.7.99", ("vi", 99), id="plain"),
        pytest.param(f"core.a.b.0.{'a' * 32}.7.99.lz4", ("a.b", 99), id="dot in the name"),
        pytest.param(rf"core.a\x2fb.0.{'a' * 32}.7.99", ("a/b", 99), id="escaped"),
        pytest.param("core.1234", None, id="not of systemd"),
        pytest.param(".#core.vi.0", None, id="unfinished"),
    ],
)
def test_parse_core(name: str, expected: tuple[str, int] | None) -> None:
    """The names that systemd-coredump gives."""
    assert expected == parse_core(name)


def test_parse_failed_units() -> None:
    """The first column, whatever stands in the others."""
    assert parse_failed_units("a.service loaded failed failed A\n\nb.timer x\n") == (
        "a.service",
        "b.timer",
    )


def test_no_systemd(tmp_path: Path) -> None:
    """No failed unit and no systemd are two things."""
    sample = PROBE.read(laptop_context(folder=tmp_path)).sample

    assert sample.absences == (
        Absence(
            topic="crashes/failed_units",
            kind=AbsenceKind.NOT_APPLICABLE,
            reason="systemd is not running here",
        ),
    )
    assert sample.crashes == CrashSample(kernel_panics=None)


def test_systemd_does_not_answer() -> None:
    """The rest is reported all the same."""

    def hang(command: Sequence[str], timeout_s: float) -> str:
        raise Unknown(f"{command[0]} did not end within {timeout_s:g} s")

    sample = PROBE.read(replace(laptop_context(), run=hang)).sample

    assert [(absence.topic, absence.kind) for absence in sample.absences] == [
        ("crashes/failed_units", AbsenceKind.UNKNOWN)
    ]
    assert sample.crashes == CrashSample(kernel_panics=0)


def test_kernel_panics(tmp_path: Path) -> None:
    """A panic in several parts is one; what systemd moved away at this boot counts too."""
    store = tmp_path / "sys/fs/pstore"
    store.mkdir(parents=True)
    for name, head in (("1", "Panic#1 Part1"), ("2", "Panic#1 Part2"), ("3", "Oops#2 Part1")):
        (store / f"dmesg-efi-{name}").write_text(f"{head}\n<4>[1.0] text\n")
    (tmp_path / "var/lib/systemd/pstore/1795146899").mkdir(parents=True)
    (tmp_path / "proc").mkdir()
    boot = NOW - timedelta(hours=1)
    (tmp_path / "proc/stat").write_text("btime 0\n")

    assert crashes(laptop_context(folder=tmp_path)).kernel_panics == 2
    (tmp_path / "proc/stat").write_text(f"btime {int(boot.timestamp()) + 10**9}\n")
    assert crashes(laptop_context(folder=tmp_path)).kernel_panics == 1
