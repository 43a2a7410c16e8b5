"""Updates that wait, as apt would install them now; nothing is changed and nothing fetched.

The simulation costs seconds of processor time, so it runs only when the installed packages, the
package lists or apt's settings have changed since it last did. What it found, and since when each
update waits, is remembered in a file of the agent.
"""

import re
from datetime import datetime

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import Sample, UpdatesSample
from sickbay_agent.model.software import PendingUpdate, UpdatesSection
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import children
from sickbay_agent.probes.times import modified_at
from sickbay_agent.probes.update_memory import KnownUpdate, load, remember, save

COMMAND = ("apt-get", "--simulate", "--option", "Debug::NoLocking=1", "dist-upgrade")
# It took 2.3 s on a slow virtual machine whose apt had no cache.
TIMEOUT_S = 30.0
# Source: proto/sickbay/v1/inventory.proto.
UPDATE_LIMIT = 1000
CACHE_NAME = "updates.json"

# Inst libssl3 [3.0.9-1] (3.0.11-1 Debian:12.5/stable, Debian-Security:12/x [amd64]) []
_INST = re.compile(r"Inst (\S+) \[([^\]]+)\] \((\S+) ([^\[)]*)")


def parse(simulation: str) -> tuple[PendingUpdate, ...]:
    """Return the upgrades that apt would do; packages that it would newly install are left out."""
    return tuple(
        PendingUpdate(
            name=name,
            installed_version=installed,
            new_version=new,
            is_security=_is_security(origins),
            origin=origins.strip() or None,
        )
        for line in simulation.splitlines()
        if (match := _INST.match(line))
        for name, installed, new, origins in [match.groups()]
    )


def read_last_check(roots: Roots) -> datetime | None:
    """Return when the package lists were last fetched.

    apt's periodic job touches a stamp each time; by hand only a change of the lists shows.
    """
    paths = (roots.var / "lib/apt/periodic/update-success-stamp", roots.var / "lib/apt/lists")
    return max(filter(None, map(modified_at, paths)), default=None)


def fingerprint(roots: Roots, now: datetime) -> str:
    """Return a text that changes whenever apt's answer may: its inputs, and the day.

    The day is in it because Ubuntu releases updates in phases, by date.
    """
    paths = (
        roots.var / "lib/dpkg/status",
        roots.var / "lib/apt/lists",
        roots.etc / "apt",
        roots.etc / "apt/preferences.d",
        roots.etc / "apt/sources.list.d",
    )
    times = [modified_at(path) for path in paths]
    return " ".join(
        [f"{now:%Y-%m-%d}", *(f"{time.timestamp():.0f}" if time else "-" for time in times)]
    )


def read(context: Context) -> Observation:
    """Return what is pending, in number and by name."""
    roots = context.roots
    if not (roots.var / "lib/dpkg/status").exists():
        raise NotApplicable("no dpkg here; other package systems are not read yet")
    lists = children(roots.var / "lib/apt/lists")
    if not any(path.name.endswith("Release") for path in lists):
        raise Unknown("apt has never fetched package lists")
    known = _known(context)
    security = [item.security_seen_at for item in known if item.security_seen_at is not None]
    # Without memory each run would see every update for the first time.
    has_times = context.cache is not None
    sample = UpdatesSample(
        pending_count=len(known),
        pending_security_count=len(security),
        oldest_pending_at=min((k.seen_at for k in known), default=None) if has_times else None,
        oldest_security_at=min(security, default=None) if has_times else None,
        last_check_at=read_last_check(roots),
    )
    section = UpdatesSection(
        updates=tuple(item.update for item in known[:UPDATE_LIMIT]),
        truncated=len(known) > UPDATE_LIMIT,
    )
    return Observation(sample=Sample(updates=sample), sections=(section,))


def _known(context: Context) -> tuple[KnownUpdate, ...]:
    """Return the pending updates, from memory where nothing has changed since."""
    inputs = fingerprint(context.roots, context.now)
    before = None if context.cache is None else load(context.cache / CACHE_NAME)
    if before is not None and before.inputs == inputs:
        return before.known
    updates = parse(context.run(COMMAND, TIMEOUT_S))
    memory = remember(updates, before, inputs=inputs, now=context.now)
    if context.cache is not None:
        save(context.cache / CACHE_NAME, memory)
    return memory.known


def _is_security(origins: str) -> bool:
    """Return whether any origin is a security archive: Debian-Security:12/stable-security."""
    return "security" in origins.lower()


PROBE = Probe(
    name="updates",
    cadence=Cadence.SLOW,
    read=read,
    deadline_s=TIMEOUT_S + 5,
    topics=("updates",),
    section_topics=(SectionKind.UPDATES,),
)
