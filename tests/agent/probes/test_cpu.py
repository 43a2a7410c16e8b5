import json
import sys
from pathlib import Path

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.hardware import CpuSection
from sickbay_agent.probes import cpu
from sickbay_agent.probes.contract import Roots
from tests.agent.fakes import FixtureRunner, laptop_context, write_tree

LAPTOP_CPU = CpuSection(
    name="AMD Ryzen 5 PRO 5650U with Radeon Graphics",
    vendor="AuthenticAMD",
    architecture="x86_64",
    cores=6,
    threads=12,
    sockets=1,
    max_mhz=4287,
    family=25,
    model=80,
    stepping=0,
    l3_cache_bytes=16_777_216,
)


def thread(number: int, socket: int, core: int) -> str:
    """Return a thread's paragraph in /proc/cpuinfo."""
    return f"processor\t: {number}\nphysical id\t: {socket}\ncore id\t\t: {core}\n"


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        pytest.param(
            "\n".join([thread(0, 0, 0), thread(1, 0, 1), thread(2, 1, 0), thread(3, 1, 1)]),
            cpu.Topology(threads=4, cores=4, sockets=2),
            id="two sockets",
        ),
        pytest.param(
            "\n".join([thread(0, 0, 0), thread(1, 0, 0), thread(2, 0, 8)]),
            cpu.Topology(threads=3, cores=2, sockets=1),
            id="unequal cores",
        ),
        pytest.param(
            "processor\t: 0\nBogoMIPS\t: 108\n\nprocessor\t: 1\n\nHardware\t: BCM2835\n",
            cpu.Topology(threads=2),
            id="arm tells threads only",
        ),
        pytest.param("", cpu.Topology(), id="nothing"),
    ],
)
def test_topology(cpuinfo: str, expected: cpu.Topology) -> None:
    assert expected == cpu.parse_topology(cpuinfo)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param("32768K", 33_554_432, id="kilo"),
        pytest.param("96M", 100_663_296, id="mega"),
        pytest.param("512", 512, id="bytes"),
        pytest.param("big", None, id="word"),
        pytest.param("", None, id="empty"),
    ],
)
def test_size(text: str, size: int | None) -> None:
    assert size == cpu.parse_size(text)


def test_laptop(tmp_path: Path) -> None:
    """The third level cache is sysfs's, not py-cpuinfo's, which takes the second's for it."""
    assert cpu.PROBE.read(laptop_context(cache=tmp_path)).sections == (LAPTOP_CPU,)


def test_a_child_asks_the_processor_once_per_boot(tmp_path: Path) -> None:
    """It costs a second of processor time and the answer cannot change."""
    first, second = laptop_context(cache=tmp_path), laptop_context(cache=tmp_path)
    sections = [cpu.PROBE.read(context).sections for context in (first, second)]

    assert sections == [(LAPTOP_CPU,), (LAPTOP_CPU,)]
    assert isinstance(first.run, FixtureRunner)
    assert isinstance(second.run, FixtureRunner)
    assert first.run.commands == [(sys.executable, "-I", "-m", "cpuinfo", "--json")]
    assert second.run.commands == []


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param('{"boot_id":"another","cpuinfo":{"brand_raw":"Old"}}', id="another boot"),
        pytest.param('{"boot_id":"3c0b6f1e-52f9-4d5a-9a7c-0f6f6d1f9a10"}', id="no answer"),
        pytest.param('{"boot_id":', id="torn"),
        pytest.param("[]", id="a list"),
        pytest.param("", id="empty"),
    ],
)
def test_a_cache_that_does_not_fit_is_written_anew(tmp_path: Path, kept: str) -> None:
    """After a reboot the processor may be another one, as in a moved virtual machine."""
    write_tree(tmp_path, {cpu.CACHE_NAME: kept})
    observation = cpu.PROBE.read(laptop_context(cache=tmp_path))
    cached = json.loads((tmp_path / cpu.CACHE_NAME).read_text())

    assert observation.sections == (LAPTOP_CPU,)
    assert cached["boot_id"] == "3c0b6f1e-52f9-4d5a-9a7c-0f6f6d1f9a10"
    assert "flags" not in cached["cpuinfo"]


@pytest.mark.parametrize("cache", [None, Path("/nonexistent/cache")])
def test_works_without_a_cache(cache: Path | None) -> None:
    assert cpu.PROBE.read(laptop_context(cache=cache)).sections == (LAPTOP_CPU,)


@pytest.mark.parametrize("text", ["", "Traceback", "[1]"])
def test_another_answer(text: str) -> None:
    with pytest.raises(Unknown, match="py-cpuinfo printed no JSON object"):
        cpu.parse_cpuinfo_json(text)


def test_answer_without_values(tmp_path: Path) -> None:
    """Absent is None: py-cpuinfo leaves out what it cannot find."""
    answer: dict[str, object] = {"brand_raw": "  ", "family": "25"}

    assert CpuSection() == cpu.describe(answer, cpu.Topology(), Roots.under(tmp_path))


def test_py_cpuinfo_is_never_imported_here() -> None:
    """It would stay in the agent's memory, and forks at unexpected times."""
    assert "cpuinfo" not in sys.modules
