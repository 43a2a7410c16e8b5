import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.software import Software, SoftwareSection
from sickbay_agent.probes.contract import Context
from sickbay_agent.probes.software import PACKAGE_LIMIT, PROBE
from tests.agent.fakes import laptop_context

BASH = "Package: bash\nStatus: install ok installed\nVersion: 5.2\n"


def section_of(context: Context) -> SoftwareSection:
    (section,) = PROBE.read(context).sections
    assert isinstance(section, SoftwareSection)
    return section


def tree(folder: Path, status: str) -> Path:
    (folder / "var/lib/dpkg/info").mkdir(parents=True)
    (folder / "var/lib/dpkg/status").write_text(status)
    return folder


def test_laptop() -> None:
    """Removed and half configured packages are left out, held ones are there."""
    section = section_of(laptop_context())

    names = [(package.name, package.architecture) for package in section.packages]
    assert names == [
        ("bash", "amd64"),
        ("cups", "amd64"),
        ("example-vpn", "amd64"),
        ("firefox-esr", "amd64"),
        ("gnome-shell", "amd64"),
        ("libc6", "amd64"),
        ("libc6", "i386"),
        ("libreoffice-core", "amd64"),
        ("libssl3t64", "amd64"),
        ("linux-image-6.12.48-amd64", "amd64"),
        ("tzdata", "all"),
    ]
    assert not section.truncated
    assert all(package.install_at is not None for package in section.packages)


def test_package(tmp_path: Path) -> None:
    """Size in bytes, maintainer without address, time of the file list."""
    status = (
        "Package: libc6\nStatus: install ok installed\nInstalled-Size: 100\n"
        "Maintainer: C Team <c@example.org>\nArchitecture: i386\nMulti-Arch: same\n"
        "Version: 2.41-12\nDescription: text\n Version: not this\n"
    )
    info = tree(tmp_path, status) / "var/lib/dpkg/info/libc6:i386.list"
    info.touch()
    os.utime(info, (1_760_000_000.5, 1_760_000_000.5))

    expected = Software(
        name="libc6",
        version="2.41-12",
        publisher="C Team",
        source="dpkg",
        architecture="i386",
        install_at=datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC),
        scope="system",
        size_bytes=102_400,
    )
    assert section_of(laptop_context(folder=tmp_path)).packages == (expected,)


@pytest.mark.parametrize(
    ("status", "count"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param(BASH, 1, id="no line at the end"),
        pytest.param(f"{BASH}\n\n{BASH}\n", 2, id="two blank lines"),
        pytest.param("Package: bash\nVersion: 5.2\n", 0, id="no status"),
        pytest.param("Status: install ok installed\nVersion: 1\n", 0, id="no name"),
        pytest.param("Package: b\nStatus: install ok installed\n", 0, id="no version"),
        pytest.param("Package: b\nStatus: installed\nVersion: 1\n", 0, id="half a status"),
        pytest.param("\0\xff:::\n", 0, id="noise"),
    ],
)
def test_damaged_file(tmp_path: Path, status: str, count: int) -> None:
    """What is no installed package is left out."""
    context = laptop_context(folder=tree(tmp_path, status))

    assert count == len(section_of(context).packages)


@pytest.mark.parametrize(
    ("count", "is_cut"),
    [
        pytest.param(PACKAGE_LIMIT, False, id="at the limit"),
        pytest.param(PACKAGE_LIMIT + 1, True, id="past the limit"),
    ],
)
def test_limit(tmp_path: Path, count: int, is_cut: bool) -> None:  # noqa: FBT001
    """The list is cut and says so."""
    section = section_of(laptop_context(folder=tree(tmp_path, f"{BASH}\n" * count)))

    assert (len(section.packages), section.truncated) == (PACKAGE_LIMIT, is_cut)


def test_without_dpkg(tmp_path: Path) -> None:
    """Other package systems are later work, and the reason says so."""
    with pytest.raises(NotApplicable, match="no dpkg here"):
        PROBE.read(laptop_context(folder=tmp_path))


def test_unreadable_status(tmp_path: Path) -> None:
    """The reason is the system's own."""
    (tmp_path / "var/lib/dpkg/status").mkdir(parents=True)

    with pytest.raises(Unknown, match="Is a directory"):
        PROBE.read(laptop_context(folder=tmp_path))
