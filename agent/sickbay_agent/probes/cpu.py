"""The processor: its name from py-cpuinfo, its cores and sockets from /proc/cpuinfo.

py-cpuinfo costs a second of processor time and forks to find out what never changes while the
system runs. So it runs as a child once per boot, and its answer is kept in the agent's cache.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.hardware import CpuSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import children, read_int, read_text, read_value

log = logging.getLogger(__name__)

# Measured 1.2 s on an idle machine; a busy one with cold caches is ten times slower.
CPUINFO_TIMEOUT_S = 20.0

CACHE_NAME = "cpuinfo.json"

# What is kept of py-cpuinfo's answer. Its cache sizes are not: on Linux it takes the second level's
# for the third's.
_KEPT = frozenset({"brand_raw", "vendor_id_raw", "arch_string_raw", "family", "model", "stepping"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """How many of each there are; None where the kernel does not tell."""

    threads: int | None = None
    cores: int | None = None
    sockets: int | None = None


def parse_topology(cpuinfo: str) -> Topology:
    """Return the counts in /proc/cpuinfo, which has a paragraph for each thread.

    Only x86 tells sockets and cores there.
    """
    threads = len(re.findall(r"^processor\s*:\s*\d+\s*$", cpuinfo, re.MULTILINE))
    cores: set[tuple[str, str]] = set()
    for paragraph in cpuinfo.split("\n\n"):
        fields = dict(re.findall(r"^(physical id|core id)\s*:\s*(\d+)", paragraph, re.MULTILINE))
        if len(fields) == len(("physical id", "core id")):
            cores.add((fields["physical id"], fields["core id"]))
    return Topology(
        threads=threads or None,
        cores=len(cores) or None,
        sockets=len({socket for socket, _ in cores}) or None,
    )


def parse_cpuinfo_json(text: str) -> dict[str, object]:
    """Return what is kept of py-cpuinfo's answer.

    Raises:
        Unknown: It is not py-cpuinfo's.
    """
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unknown("py-cpuinfo printed no JSON object")
    return {key: value for key, value in answer.items() if key in _KEPT}


def describe(answer: Mapping[str, object], topology: Topology, roots: Roots) -> CpuSection:
    """Return the section from py-cpuinfo's answer, the counts and sysfs."""
    cpu = roots.sys / "devices/system/cpu/cpu0"
    khz = read_int(cpu / "cpufreq/cpuinfo_max_freq")
    return CpuSection(
        name=_text(answer, "brand_raw"),
        vendor=_text(answer, "vendor_id_raw"),
        architecture=_text(answer, "arch_string_raw"),
        cores=topology.cores,
        threads=topology.threads,
        sockets=topology.sockets,
        max_mhz=khz // 1000 if khz else None,
        family=_number(answer, "family"),
        model=_number(answer, "model"),
        stepping=_number(answer, "stepping"),
        l3_cache_bytes=_l3_cache_bytes(cpu),
    )


def parse_size(text: str) -> int | None:
    """Return the bytes in a size as sysfs writes it: "32768K"."""
    match = re.fullmatch(r"(\d{1,12})([KMG]?)", text)
    if match is None:
        return None
    return int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]]


def read(context: Context) -> Observation:
    """Return the processor's description."""
    topology = parse_topology(read_text(context.roots.proc / "cpuinfo") or "")
    return Observation(sections=(describe(_answer(context), topology, context.roots),))


def _answer(context: Context) -> dict[str, object]:
    """Return py-cpuinfo's answer, from the cache where it is of this boot."""
    boot_id = read_value(context.roots.proc / "sys/kernel/random/boot_id")
    file = context.cache / CACHE_NAME if context.cache is not None and boot_id else None
    cached = _read_cache(file, boot_id) if file is not None else None
    if cached is not None:
        return cached
    try:
        # -I: neither the working directory nor the environment may put another module before it.
        text = context.run((sys.executable, "-I", "-m", "cpuinfo", "--json"), CPUINFO_TIMEOUT_S)
    except NotApplicable as error:
        raise Unknown(f"py-cpuinfo cannot be run: {error}") from None
    answer = parse_cpuinfo_json(text)
    if file is not None:
        _write_cache(file, {"boot_id": boot_id, "cpuinfo": answer})
    return answer


def _read_cache(file: Path, boot_id: str | None) -> dict[str, object] | None:
    try:
        cached = json.loads(read_text(file) or "null")
    except ValueError:
        return None
    if not isinstance(cached, dict) or cached.get("boot_id") != boot_id:
        return None
    answer = cached.get("cpuinfo")
    return answer if isinstance(answer, dict) else None


def _write_cache(file: Path, content: Mapping[str, object]) -> None:
    temporary = file.with_suffix(".new")
    try:
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        # Without a cache everything works, only dearer.
        log.warning("cpuinfo cache not written file=%s error=%s", file, error.strerror)


def _text(answer: Mapping[str, object], key: str) -> str | None:
    value = answer.get(key)
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _number(answer: Mapping[str, object], key: str) -> int | None:
    value = answer.get(key)
    return value if isinstance(value, int) else None


def _l3_cache_bytes(cpu: Path) -> int | None:
    for index in children(cpu / "cache"):
        if read_value(index / "level") == "3":
            return parse_size(read_value(index / "size") or "")
    return None


PROBE = Probe(
    name="cpu", cadence=Cadence.SLOW, read=read, deadline_s=25.0, section_topics=(SectionKind.CPU,)
)
