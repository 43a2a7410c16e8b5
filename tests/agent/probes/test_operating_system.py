import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.model.software import OsSection
from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.operating_system import (
    PROBE,
    parse_assignments,
    read_domain,
    read_install_time,
    read_time_zone,
)
from tests.agent.fakes import LAPTOP, laptop_context


def test_laptop(tmp_path: Path) -> None:
    """Debian's point release is the build."""
    shutil.copytree(LAPTOP, tmp_path / "laptop", symlinks=True)
    for name in ("var/log/installer", "etc/machine-id"):
        os.utime(tmp_path / "laptop" / name, (1_760_000_000, 1_760_000_000))

    expected = OsSection(
        name="Debian GNU/Linux",
        id="debian",
        version="13 (trixie)",
        version_id="13",
        build="13.2",
        pretty_name="Debian GNU/Linux 13 (trixie)",
        kernel="Linux",
        kernel_release="6.12.48-amd64",
        architecture="x86_64",
        time_zone="Europe/Berlin",
        install_at=datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC),
        platform="linux",
        locale="de_DE.UTF-8",
    )
    assert PROBE.read(laptop_context(folder=tmp_path / "laptop")).sections == (expected,)


def test_bare_system(tmp_path: Path) -> None:
    """What cannot be told is None; the machine itself tells its architecture."""
    (section,) = PROBE.read(laptop_context(folder=tmp_path)).sections

    assert section == OsSection(platform="linux", architecture=os.uname().machine)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param('A="b c"\n', {"A": "b c"}, id="quotes"),
        pytest.param("A='b'\nC=d", {"A": "b", "C": "d"}, id="two"),
        pytest.param("# A=b\n\nnonsense\n", {}, id="comment"),
        pytest.param('A="b', {"A": '"b'}, id="open quote"),
        pytest.param("A=", {"A": ""}, id="nothing"),
    ],
)
def test_assignments(text: str, expected: dict[str, str]) -> None:
    """Shell-like, but nothing is expanded."""
    assert expected == parse_assignments(text)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"os-release": "ID=debian", "debian_version": "trixie/sid"}, None, id="sid"),
        pytest.param({"os-release": "ID=arch\nBUILD_ID=rolling"}, "rolling", id="build id"),
        pytest.param({"os-release": "ID=ubuntu", "debian_version": "13.0"}, None, id="derived"),
    ],
)
def test_build(tmp_path: Path, files: dict[str, str], expected: str | None) -> None:
    """Distributions made from Debian carry its version file, but it is not their build."""
    (tmp_path / "etc").mkdir()
    for name, text in files.items():
        (tmp_path / "etc" / name).write_text(text)
    (section,) = PROBE.read(laptop_context(folder=tmp_path)).sections

    assert isinstance(section, OsSection)
    assert expected == section.build


@pytest.mark.parametrize(
    ("link", "text", "expected"),
    [
        pytest.param("/usr/share/zoneinfo/Asia/Kolkata", None, "Asia/Kolkata", id="link"),
        pytest.param(None, "Etc/UTC\n", "Etc/UTC", id="file"),
        pytest.param("/somewhere/else", "Etc/UTC", "Etc/UTC", id="link elsewhere"),
        pytest.param(None, None, None, id="neither"),
    ],
)
def test_time_zone(
    tmp_path: Path, link: str | None, text: str | None, expected: str | None
) -> None:
    """The link is what the C library uses."""
    (tmp_path / "etc").mkdir()
    if link is not None:
        (tmp_path / "etc/localtime").symlink_to(link)
    if text is not None:
        (tmp_path / "etc/timezone").write_text(text)

    assert expected == read_time_zone(Roots.under(tmp_path))


@pytest.mark.parametrize(
    ("keytab", "text", "expected"),
    [
        pytest.param(True, "[libdefaults]\n default_realm = EXAMPLE.NET\n", "EXAMPLE.NET", id="in"),
        pytest.param(False, "default_realm = EXAMPLE.NET", None, id="not joined"),
        pytest.param(True, "[libdefaults]", None, id="no realm"),
    ],
)
def test_domain(tmp_path: Path, keytab: bool, text: str, expected: str | None) -> None:  # noqa: FBT001
    """A Kerberos client package alone is no membership."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/krb5.conf").write_text(text)
    if keytab:
        (tmp_path / "etc/krb5.keytab").touch()

    assert expected == read_domain(Roots.under(tmp_path))


def test_install_time_is_the_oldest(tmp_path: Path) -> None:
    """machine-id may have been written anew since."""
    for name, epoch_s in (("var/log/installer", 1_000_000_000), ("etc/machine-id", 1_100_000_000)):
        (tmp_path / name).mkdir(parents=True)
        os.utime(tmp_path / name, (epoch_s, epoch_s))

    assert read_install_time(Roots.under(tmp_path)) == datetime.fromtimestamp(1e9, UTC)


@pytest.mark.skipif("SICKBAY_DATA" not in os.environ, reason="SICKBAY_DATA is not set")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("debian-11.2", ("debian", "11", "11 (bullseye)"), id="Debian"),
        pytest.param("centos-7.9", ("centos", "7", "7 (Core)"), id="CentOS"),
        pytest.param("fedora-35", ("fedora", "35", "35 (Thirty Five)"), id="Fedora"),
    ],
)
def test_real_releases(name: str, expected: tuple[str, str, str]) -> None:
    """Files of real systems, quoted and not."""
    folder = Path(os.environ["SICKBAY_DATA"]) / "parser_fixtures/linux/distro"
    values = parse_assignments((folder / f"os-release-{name}").read_text(encoding="utf-8"))

    assert expected == (values["ID"], values["VERSION_ID"], values["VERSION"])
