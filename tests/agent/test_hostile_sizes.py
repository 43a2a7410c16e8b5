"""A device with absurdly much of everything: lists end at their limits and say so."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.encode import SECTION_MAX_BYTES, encode_section
from sickbay_agent.exchange import MAX_UPLOAD_BYTES
from sickbay_agent.merge import LIST_LIMIT, merge_samples
from sickbay_agent.model.common import Absence, AbsenceKind, Medium
from sickbay_agent.model.hardware import NetworkSection, VolumesSection
from sickbay_agent.model.sample import (
    CrashSample,
    DriveSample,
    NetworkSample,
    ProbeOutcome,
    ProbeRun,
    ProgramCount,
    Sample,
    ThermalSample,
    VolumeSample,
)
from sickbay_agent.model.software import Software, SoftwareSection
from sickbay_agent.observe import Moment, record_body
from sickbay_agent.probes import (
    PROBES,
    crashes,
    network,
    network_load,
    software,
    thermal,
    volume_list,
    volumes,
)
from sickbay_agent.sampler import SENTENCE_LIMIT
from sickbay_agent.spool.frame import MAX_BODY_BYTES
from tests.agent.fakes import FakeStatVfs, laptop_context, write_tree

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MIB = 1 << 20
# Four bytes in UTF-8, the most that a character takes.
WIDE = "\U0001f4be"


def stanza(number: int) -> dict[str, str]:
    return {"Package": f"p{number:06}", "Status": "install ok installed", "Version": "1.2.3-4"}


def test_100_000_packages_are_not_all_held() -> None:
    """The first 5,000 by name are kept, in whatever order they come; the count tells of more."""

    def packages() -> Iterator[dict[str, str]]:
        for number in reversed(range(100_000)):
            yield stanza(number)

    tracemalloc.start()
    first, count = software.first_packages(packages())
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [stanza(number) for number in range(software.PACKAGE_LIMIT)] == first
    assert count == 100_000
    assert peak_bytes < 10 * MIB


def test_100_000_packages_are_a_section(tmp_path: Path) -> None:
    """It is cut, says so, and goes in one upload; a line without an end does no harm."""
    with (tmp_path / "status").open("w") as file:
        file.write("Description: " + "x" * (4 * MIB) + "\n\n")
        for number in range(100_000):
            lines = (f"{name}: {value}" for name, value in stanza(number).items())
            file.write("\n".join(lines) + "\n\n")
    folder = tmp_path / "var/lib/dpkg"
    folder.mkdir(parents=True)
    (tmp_path / "status").rename(folder / "status")
    (section,) = software.PROBE.read(laptop_context(folder=tmp_path)).sections
    assert isinstance(section, SoftwareSection)

    assert (len(section.packages), section.truncated) == (5000, True)
    assert encode_section(section).ByteSize() < MIB


def test_70_volumes(tmp_path: Path) -> None:
    """In samples and in the inventory."""
    lines = (f"{n} 1 8:{n} / /mnt/{n:02} rw - ext4 /dev/sd{n} rw\n" for n in range(70))
    write_tree(tmp_path, {"proc/self/mountinfo": "".join(lines)})
    sizes = {f"/mnt/{n:02}": FakeStatVfs(f_blocks=1000, f_bavail=500) for n in range(70)}
    context = laptop_context(folder=tmp_path, volumes=sizes)
    sample = volumes.PROBE.read(context).sample
    (section,) = volume_list.PROBE.read(context).sections
    assert isinstance(section, VolumesSection)

    assert (len(sample.volumes), sample.truncated) == (64, True)
    assert (len(section.volumes), section.truncated) == (64, True)


@pytest.mark.parametrize("count", [64, 65, 2000])
def test_interfaces(tmp_path: Path, count: int) -> None:
    """No more are read than are reported."""
    rows = [f"veth{n:04}: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0" for n in range(count)]
    files = {f"sys/class/net/veth{n:04}/operstate": "up\n" for n in range(count)}
    files["proc/net/dev"] = "\n".join(["Inter-|", " face |", *rows])
    context = laptop_context(folder=write_tree(tmp_path, files))
    found = network_load.PROBE.read(context)
    (section,) = network.PROBE.read(context).sections
    assert isinstance(section, NetworkSection)

    assert (len(found.sample.networks), found.sample.truncated) == (64, count > 64)
    assert len(found.counters) == 64 * 4
    assert (len(section.interfaces), section.truncated) == (64, count > 64)


@pytest.mark.parametrize("count", [64, 65, 10_000])
def test_addresses_of_an_interface(tmp_path: Path, count: int) -> None:
    files = {"sys/class/net/eth0/ifindex": "2\n"}
    context = replace(
        laptop_context(folder=write_tree(tmp_path, files)),
        addresses=lambda: {2: tuple(f"2001:db8::{n:x}/128" for n in range(count))},
    )
    (section,) = network.PROBE.read(context).sections
    assert isinstance(section, NetworkSection)

    assert (len(section.interfaces[0].addresses), section.truncated) == (64, count > 64)


@pytest.mark.parametrize("count", [64, 65, 500])
@pytest.mark.parametrize("place", ["hwmon/hwmon0/temp{}_input", "thermal/thermal_zone{}/temp"])
def test_temperature_sensors(tmp_path: Path, count: int, place: str) -> None:
    files = {f"sys/class/{place.format(n)}": "45000\n" for n in range(count)}
    sample = thermal.PROBE.read(laptop_context(folder=write_tree(tmp_path, files))).sample

    assert (len(sample.thermals), sample.truncated) == (64, count > 64)


@pytest.mark.parametrize("count", [64, 65, 5000])
def test_failed_units(tmp_path: Path, count: int) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    listing = "".join(f"u{n}.service loaded failed failed x\n" for n in range(count))
    context = replace(laptop_context(folder=tmp_path), run=lambda _command, _timeout_s: listing)
    sample = crashes.PROBE.read(context).sample
    assert sample.crashes is not None

    assert (len(sample.crashes.failed_units), sample.truncated) == (64, count > 64)


@pytest.mark.parametrize("count", [64, 65, 5000])
def test_absences(count: int) -> None:
    absences = tuple(
        Absence(topic=f"volumes/{n}", kind=AbsenceKind.UNKNOWN, reason="I/O error")
        for n in range(count)
    )
    sample = merge_samples([Sample(absences=absences)])

    assert (len(sample.absences), sample.truncated) == (64, count > 64)


def test_the_largest_sample_is_a_record() -> None:
    """Every list full, every text longer than it may be, of the widest characters: under 1 MiB."""

    def name(number: int) -> str:
        return f"{number:04}{WIDE * 1000}"

    some = range(LIST_LIMIT)
    numbers = {item.name: 2**31 for item in fields(DriveSample) if str(item.type).startswith("int")}
    programs = tuple(ProgramCount(program=name(n), count=9) for n in range(16))
    sample = Sample(
        volumes=tuple(
            VolumeSample(volume_id=name(n), mount_point=name(n), total_bytes=2**60) for n in some
        ),
        drives=tuple(
            DriveSample(
                drive_id=name(n),
                medium=Medium.SSD,
                **numbers,  # type: ignore[arg-type]  # whole numbers fit any field
            )
            for n in some
        ),
        thermals=tuple(ThermalSample(sensor_id=name(n), temperature_celsius=1.5) for n in some),
        networks=tuple(NetworkSample(interface=name(n), received_bytes=2**60) for n in some),
        crashes=CrashSample(
            oom_kills=programs, failed_units=tuple(map(name, some)), app_crashes=programs
        ),
        absences=tuple(
            Absence(topic=name(n), kind=AbsenceKind.UNKNOWN, reason=WIDE * 1000) for n in some
        ),
        probe_runs=tuple(
            ProbeRun(
                probe=probe.name,
                outcome=ProbeOutcome.FAILED,
                duration_s=1.0,
                error=WIDE * SENTENCE_LIMIT,
            )
            for probe in PROBES
        ),
    )
    body = record_body(sample, Moment(at=NOW, boot_id=WIDE * 1000, since_boot_s=1.0))

    assert MAX_BODY_BYTES // 5 < len(body) <= MAX_BODY_BYTES


def test_a_section_that_no_upload_takes_is_cut() -> None:
    """5,000 packages with texts as long as they may be are 10 MB."""
    packages = tuple(
        Software(
            name=f"{n:04}{'x' * 512}",
            version="1" * 512,
            publisher="p" * 512,
            source="s" * 512,
            architecture="a" * 512,
        )
        for n in range(5000)
    )
    message = encode_section(SoftwareSection(packages=packages))
    whole = encode_section(SoftwareSection(packages=packages[: len(message.software.packages)]))

    assert SECTION_MAX_BYTES * 0.9 < message.ByteSize() <= SECTION_MAX_BYTES < MAX_UPLOAD_BYTES
    assert message.software.truncated
    assert not whole.software.truncated
    assert message.hash != whole.hash
