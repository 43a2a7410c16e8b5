"""Installed Debian packages, from dpkg's status file; no program is run.

Source: deb-control(5), dpkg-query(1) for the states, dpkg's info/*.list for the times.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from heapq import nsmallest
from pathlib import Path
from typing import TextIO

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.software import Software, SoftwareSection
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.files import parse_int
from sickbay_agent.probes.times import modified_at

# Source: proto/sickbay/v1/inventory.proto.
PACKAGE_LIMIT = 5000
# Far above any line of a status file: dependencies of a large package take 2 KiB.
LINE_LIMIT = 1 << 16

_WANTED = frozenset(
    {"Package", "Status", "Version", "Architecture", "Maintainer", "Installed-Size", "Multi-Arch"}
)


def parse(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the wanted fields of each package that is installed and to stay so."""
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if name in _WANTED and colon:
            fields[name] = value.strip()
        elif not line.strip():
            if _is_installed(fields):
                yield fields
            fields = {}
    if _is_installed(fields):
        yield fields


def first_packages(packages: Iterable[dict[str, str]]) -> tuple[list[dict[str, str]], int]:
    """Return the first packages by name, at most `PACKAGE_LIMIT`, and how many there are.

    No more than these are held in memory at a time.
    """
    count = 0

    def counted() -> Iterator[dict[str, str]]:
        nonlocal count
        for fields in packages:
            count += 1
            yield fields

    first = nsmallest(
        PACKAGE_LIMIT,
        counted(),
        key=lambda fields: (fields["Package"], fields.get("Architecture", "")),
    )
    return first, count


def to_software(fields: dict[str, str], install_at: datetime | None) -> Software:
    """Return a package; its maintainer without the address."""
    size_kib = parse_int(fields.get("Installed-Size"))
    maintainer = fields.get("Maintainer", "").partition("<")[0].strip()
    return Software(
        name=fields["Package"],
        version=fields["Version"],
        publisher=maintainer or None,
        source="dpkg",
        architecture=fields.get("Architecture"),
        install_at=install_at,
        scope="system",
        size_bytes=None if size_kib is None else size_kib * 1024,
    )


def read(context: Context) -> Observation:
    """Return the software section."""
    folder = context.roots.var / "lib/dpkg"
    try:
        with (folder / "status").open(encoding="utf-8", errors="replace") as file:
            found, count = first_packages(parse(_lines(file)))
    except FileNotFoundError:
        raise NotApplicable("no dpkg here; other package systems are not read yet") from None
    except OSError as error:
        raise Unknown(f"dpkg's status file cannot be read: {error.strerror}") from None
    packages = tuple(
        to_software(fields, _installed_at(folder / "info", fields)) for fields in found
    )
    section = SoftwareSection(packages=packages, truncated=count > PACKAGE_LIMIT)
    return Observation(sections=(section,))


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file; one that is too long for memory comes in parts."""
    return iter(partial(file.readline, LINE_LIMIT), "")


def _is_installed(fields: dict[str, str]) -> bool:
    state = fields.get("Status", "").split()
    is_there = state[-2:] == ["ok", "installed"] and state[0] in {"install", "hold"}
    return is_there and "Package" in fields and "Version" in fields


def _installed_at(info: Path, fields: dict[str, str]) -> datetime | None:
    """Return when dpkg wrote the package's file list: its last installation or upgrade."""
    name = fields["Package"]
    if fields.get("Multi-Arch") == "same":
        name = f"{name}:{fields.get('Architecture')}"
    return modified_at(info / f"{name}.list")


PROBE = Probe(
    name="software",
    cadence=Cadence.SLOW,
    read=read,
    section_topics=(SectionKind.SOFTWARE,),
)
