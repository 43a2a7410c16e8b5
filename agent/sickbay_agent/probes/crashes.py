"""What crashed or was killed since the sample before.

- Kills for lack of memory: counted by <proc>/vmstat, named by the kernel log where readable.
- Crashed programs: the core dumps that systemd-coredump keeps.
- Failed services: asked of systemd.
- Kernel panics: what the panicking kernel left in persistent storage, and what systemd-pstore
  moved from there since the boot.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from sickbay_agent.errors import AgentError
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import CrashSample, ProgramCount, Sample
from sickbay_agent.probes import kernel_log, systemd
from sickbay_agent.probes.boot import parse_boot_epoch_s
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import children, read_text
from sickbay_agent.probes.times import from_epoch, modified_at

# Source: proto/sickbay/v1/sample.proto.
PROGRAM_LIMIT = 16
UNIT_LIMIT = 64

LIST_FAILED = (
    "systemctl",
    "list-units",
    "--state=failed",
    "--plain",
    "--no-legend",
    "--no-pager",
)
_SYSTEMCTL_TIMEOUT_S = 3.0

# core.NAME.UID.BOOT_ID.PID.MICROSECONDS[.zst]. Source: systemd-coredump's save_external_coredump.
_CORE = re.compile(r"core\.(.+)\.\d+\.[0-9a-f]{32}\.\d+\.(\d+)(?:\.\w+)?")


def parse_oom_kills(vmstat: str) -> int | None:
    """Return how many tasks were killed for lack of memory since the boot. Source: Linux 4.13."""
    match = re.search(r"^oom_kill (\d{1,20})$", vmstat, re.MULTILINE)
    return int(match[1]) if match else None


def parse_core(name: str) -> tuple[str, int] | None:
    """Return program and time in microseconds since 1970 of a core dump's file name."""
    match = _CORE.fullmatch(name)
    if match is None:
        return None
    program = re.sub(r"\\x([0-9a-f]{2})", lambda hexa: chr(int(hexa[1], 16)), match[1])
    return program, int(match[2])


def parse_failed_units(listing: str) -> tuple[str, ...]:
    """Return the names of failed units: the first column."""
    return tuple(line.split()[0] for line in listing.splitlines() if line.strip())


def read(context: Context) -> Observation:
    """Return what happened since the run before; the first run only counts."""
    roots = context.roots
    kills = parse_oom_kills(read_text(roots.proc / "vmstat") or "")
    cores = [core for path in children(_core_folder(roots)) if (core := parse_core(path.name))]
    units, absences = _failed_units(context)
    now_us = context.now.timestamp() * 1e6
    since_us = context.previous.get("cores_until_us", now_us)
    killed = _oom_kills(context, kills)
    crashed = _counted((name for name, at in cores if at > since_us), context=context)
    crashes = CrashSample(
        oom_kills=killed[:PROGRAM_LIMIT],
        failed_units=units[:UNIT_LIMIT],
        app_crashes=crashed[:PROGRAM_LIMIT],
        kernel_panics=_panics(roots),
    )
    truncated = len(units) > UNIT_LIMIT or max(len(killed), len(crashed)) > PROGRAM_LIMIT
    counters = {"cores_until_us": max([since_us, *(float(at) for _, at in cores)])}
    if kills is not None:
        counters["oom_kills"] = kills
    sample = Sample(crashes=crashes, absences=absences, truncated=truncated)
    return Observation(sample=sample, counters=counters)


def _oom_kills(context: Context, kills: int | None) -> tuple[ProgramCount, ...]:
    new = 0 if kills is None else kills - int(context.previous.get("oom_kills", kills))
    if new <= 0:
        return ()
    # The log is long, so it is read only when the counter says that there is something new.
    names = _killed_names(context)[-new:] if context.process_names else []
    unnamed = [""] * (new - len(names))
    return _counted([*names, *unnamed], context=context)


def _killed_names(context: Context) -> list[str]:
    try:
        records = kernel_log.read_records(context.roots.dev / "kmsg")
        return [name for record in records for name in kernel_log.parse_killed(record)]
    except OSError:  # only root may read it where kernel.dmesg_restrict is set
        return []


def _counted(names: Iterable[str], *, context: Context) -> tuple[ProgramCount, ...]:
    """Return how often each name occurs, the most frequent first; no names where not allowed."""
    counts = Counter(name if context.process_names else "" for name in names)
    return tuple(ProgramCount(program=name, count=count) for name, count in counts.most_common())


def _failed_units(context: Context) -> tuple[tuple[str, ...], tuple[Absence, ...]]:
    topic = "crashes/failed_units"
    if not systemd.is_running(context.roots):
        return (), (_absence(topic, AbsenceKind.NOT_APPLICABLE, "systemd is not running here"),)
    try:
        listing = context.run(LIST_FAILED, _SYSTEMCTL_TIMEOUT_S)
    except AgentError as error:
        return (), (_absence(topic, AbsenceKind.UNKNOWN, str(error)),)
    return parse_failed_units(listing), ()


def _absence(topic: str, kind: AbsenceKind, reason: str) -> Absence:
    return Absence(topic=topic, kind=kind, reason=reason)


def _panics(roots: Roots) -> int | None:
    """Return how many panics left a trace found at this boot; None where nothing keeps any."""
    store = roots.sys / "fs/pstore"
    archive = roots.var / "lib/systemd/pstore"
    if not os.access(store, os.R_OK | os.X_OK) and not archive.is_dir():
        return None
    # A panic is stored in parts; each begins with a line "Panic#COUNT PartNUMBER".
    heads = {(read_text(path) or "").partition(" Part")[0] for path in children(store)}
    booted = from_epoch(parse_boot_epoch_s(read_text(roots.proc / "stat") or "") or 0)
    moved = [at for path in children(archive) if (at := modified_at(path)) and at >= booted]
    return len([head for head in heads if head.startswith("Panic#")]) + len(moved)


def _core_folder(roots: Roots) -> Path:
    return roots.var / "lib/systemd/coredump"


PROBE = Probe(name="crashes", cadence=Cadence.SAMPLE, read=read)
