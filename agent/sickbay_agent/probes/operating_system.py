"""The operating system, from os-release, <proc>/sys/kernel and the settings in <etc>."""

import os
import shlex
from datetime import datetime
from pathlib import Path

from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.software import OsSection
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import read_text, read_value
from sickbay_agent.probes.times import modified_at


def parse_assignments(text: str) -> dict[str, str]:
    """Return the NAME=value lines of a shell-like file, quotes taken off.

    Source: os-release(5), locale.conf(5).
    """
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[name] = _unquoted(value)
    return values


def read_time_zone(roots: Roots) -> str | None:
    """Return the IANA name of the time zone: where <etc>/localtime points, else <etc>/timezone."""
    try:
        target = str((roots.etc / "localtime").readlink())
    except OSError:
        target = ""
    _, found, zone = target.partition("zoneinfo/")
    return zone if found else read_value(roots.etc / "timezone")


def read_install_time(roots: Roots) -> datetime | None:
    """Return the oldest change of files that the installer leaves and nothing touches later.

    This is a guess. A cloned image carries the dates of its original, and systemd writes
    machine-id at a clone's first boot; on a system upgraded in place it is the first install.
    """
    paths = (
        roots.var / "log/installer",  # Debian and Ubuntu
        roots.var / "log/anaconda",  # Fedora and Red Hat
        roots.etc / "machine-id",
    )
    return min(filter(None, map(modified_at, paths)), default=None)


def read_domain(roots: Roots) -> str | None:
    """Return the Kerberos realm that the device joined: it has a keytab and a default realm.

    Source: krb5.conf(5).
    """
    if not (roots.etc / "krb5.keytab").exists():
        return None
    for line in (read_text(roots.etc / "krb5.conf") or "").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "default_realm":
            return value.strip() or None
    return None


def read(context: Context) -> Observation:
    """Return the section of the operating system."""
    roots = context.roots
    release = _release(roots)
    kernel = roots.proc / "sys/kernel"
    section = OsSection(
        name=release.get("NAME"),
        id=release.get("ID"),
        version=release.get("VERSION"),
        version_id=release.get("VERSION_ID"),
        build=_build(release, roots.etc),
        pretty_name=release.get("PRETTY_NAME"),
        kernel=read_value(kernel / "ostype"),
        kernel_release=read_value(kernel / "osrelease"),
        architecture=read_value(kernel / "arch") or os.uname().machine,  # a file since Linux 6.1
        time_zone=read_time_zone(roots),
        install_at=read_install_time(roots),
        platform="linux",
        domain=read_domain(roots),
        locale=_locale(roots.etc),
    )
    return Observation(sections=(section,))


def _release(roots: Roots) -> dict[str, str]:
    text = read_text(roots.etc / "os-release") or read_text(roots.usr / "lib/os-release")
    return parse_assignments(text or "")


def _build(release: dict[str, str], etc: Path) -> str | None:
    """Return Debian's point release, which os-release lacks, else what os-release calls build."""
    if release.get("ID") != "debian":
        return release.get("BUILD_ID")
    version = read_value(etc / "debian_version")
    return version if version and version[0].isdigit() else None  # "trixie/sid" before a release


def _locale(etc: Path) -> str | None:
    text = read_text(etc / "locale.conf") or read_text(etc / "default/locale")
    return parse_assignments(text or "").get("LANG")


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:  # a quote that nobody closed
        return value


PROBE = Probe(name="os", cadence=Cadence.SLOW, read=read, section_topics=(SectionKind.OS,))
