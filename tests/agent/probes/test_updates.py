import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.sample import UpdatesSample
from sickbay_agent.model.software import PendingUpdate, UpdatesSection
from sickbay_agent.probes.contract import Context
from sickbay_agent.probes.updates import PROBE, UPDATE_LIMIT, parse
from tests.agent.fakes import LAPTOP, NOW, FixtureRunner, laptop_context

CHECKED = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    """Return a copy of the laptop whose package lists were fetched at CHECKED."""
    folder = tmp_path / "laptop"
    shutil.copytree(LAPTOP, folder, symlinks=True)
    for name in ("lists", "periodic/update-success-stamp"):
        os.utime(folder / "var/lib/apt" / name, (CHECKED.timestamp(), CHECKED.timestamp()))
    return folder


def test_laptop(laptop: Path, tmp_path: Path) -> None:
    """Four upgrades, two of them from a security archive; the new kernel package is no upgrade."""
    found = PROBE.read(laptop_context(folder=laptop, cache=tmp_path))

    assert found.sample.updates == UpdatesSample(
        pending_count=4,
        pending_security_count=2,
        oldest_pending_at=NOW,
        oldest_security_at=NOW,
        last_check_at=CHECKED,
    )
    (section,) = found.sections
    assert isinstance(section, UpdatesSection)
    assert section.updates[0] == PendingUpdate(
        name="libssl3t64",
        installed_version="3.5.1-1",
        new_version="3.5.4-1~deb13u1",
        is_security=True,
        origin="Debian-Security:13/stable-security",
    )


def runs(context: Context) -> int:
    PROBE.read(context)
    assert isinstance(context.run, FixtureRunner)
    return len(context.run.commands)


def test_simulation_runs_only_when_something_changed(laptop: Path, tmp_path: Path) -> None:
    """The answer is remembered until packages, lists, settings or the day change."""
    later = NOW + timedelta(hours=1)

    def context(now: datetime) -> Context:
        return laptop_context(folder=laptop, cache=tmp_path, now=now)

    assert [runs(context(NOW)), runs(context(later))] == [1, 0]
    os.utime(laptop / "var/lib/dpkg/status", (later.timestamp(), later.timestamp()))
    assert [runs(context(later)), runs(context(later))] == [1, 0]
    assert runs(context(NOW + timedelta(days=1))) == 1


def test_first_seen_is_kept(laptop: Path, tmp_path: Path) -> None:
    """What waited yesterday waits since yesterday."""
    PROBE.read(laptop_context(folder=laptop, cache=tmp_path))
    context = laptop_context(folder=laptop, cache=tmp_path, now=NOW + timedelta(days=3))
    updates = PROBE.read(context).sample.updates

    assert updates is not None
    assert (updates.oldest_pending_at, updates.oldest_security_at) == (NOW, NOW)


def test_without_memory_there_is_no_since(laptop: Path) -> None:
    """Counts are known, ages are not."""
    updates = PROBE.read(laptop_context(folder=laptop)).sample.updates

    assert updates is not None
    assert (updates.pending_count, updates.oldest_pending_at) == (4, None)


def test_nothing_pending(laptop: Path, tmp_path: Path) -> None:
    """Zero is a value, and there is no oldest of none."""
    context = replace(laptop_context(folder=laptop, cache=tmp_path), run=lambda *_: "")

    assert PROBE.read(context).sample.updates == UpdatesSample(
        pending_count=0, pending_security_count=0, last_check_at=CHECKED
    )


def test_lists_never_fetched(laptop: Path) -> None:
    """Without lists apt would say that nothing is pending."""
    shutil.rmtree(laptop / "var/lib/apt/lists")

    with pytest.raises(Unknown, match="never fetched"):
        PROBE.read(laptop_context(folder=laptop))


def test_without_dpkg(tmp_path: Path) -> None:
    """Other package systems are later work."""
    with pytest.raises(NotApplicable, match="no dpkg here"):
        PROBE.read(laptop_context(folder=tmp_path))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "Inst a [1] (2 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])",
            (
                PendingUpdate(
                    name="a",
                    installed_version="1",
                    new_version="2",
                    is_security=True,
                    origin="Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security",
                ),
            ),
            id="two origins",
        ),
        pytest.param(
            "Inst a:i386 [1:1] (1:2 Vendor [i386]) [b:i386 ]",
            (
                PendingUpdate(
                    name="a:i386", installed_version="1:1", new_version="1:2", origin="Vendor"
                ),
            ),
            id="foreign architecture",
        ),
        pytest.param(
            "Inst a [1] (2 [all])",
            (PendingUpdate(name="a", installed_version="1", new_version="2"),),
            id="no origin",
        ),
        pytest.param("Inst a (2 Debian:13/stable [all])", (), id="newly installed"),
        pytest.param("Remv a [1]", (), id="removed"),
        pytest.param("Inst a [1] (2", (), id="cut"),
    ],
)
def test_parse(line: str, expected: tuple[PendingUpdate, ...]) -> None:
    """Apt's own format, as it prints it in the C locale."""
    assert expected == parse(f"Reading package lists...\n{line}\n")


@pytest.mark.parametrize(
    ("count", "is_cut"),
    [
        pytest.param(UPDATE_LIMIT, False, id="at the limit"),
        pytest.param(UPDATE_LIMIT + 1, True, id="past the limit"),
    ],
)
def test_limit(laptop: Path, count: int, is_cut: bool) -> None:  # noqa: FBT001
    """The list is cut and says so; the count is not."""
    lines = "".join(f"Inst p{n} [1] (2 D:13/s [all])\n" for n in range(count))
    context = replace(laptop_context(folder=laptop), run=lambda *_: lines)
    found = PROBE.read(context)
    (section,) = found.sections

    assert isinstance(section, UpdatesSection)
    assert (len(section.updates), section.truncated) == (UPDATE_LIMIT, is_cut)
    assert found.sample.updates is not None
    assert count == found.sample.updates.pending_count
