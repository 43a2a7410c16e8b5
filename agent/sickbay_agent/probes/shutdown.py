"""Whether the boot before ended without a shutdown: power loss, a hang, a held power button.

The login records in <var>/log/wtmp have a line for each boot and each shutdown. Two boots with no
shutdown between them are what `last -x` calls a crash. Source: utmp(5), struct utmp of glibc.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import BootSample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe

# Type, process, line, id and user come first; 384 bytes in all on every Linux architecture.
_RECORD = struct.Struct("=h2xi32s4s32s")
_RECORD_BYTES = 384
_RUN_LEVEL = 1
_BOOT = 2
# Some 10,000 logins; a boot further back than that has nothing to say.
_TAIL_BYTES = 10_000 * _RECORD_BYTES


def parse(records: bytes) -> bool | None:
    """Return whether the last boot followed another without a shutdown; None where unknown."""
    events = list(_events(records))
    while events and events[-1] == "shutdown":  # one that goes on right now
        events.pop()
    return events[-2] == "boot" if len(events) > 1 else None


def read(context: Context) -> Observation:
    """Return whether the boot before ended without a shutdown."""
    try:
        records = _tail(context.roots.var / "log/wtmp")
    except FileNotFoundError:
        raise NotApplicable("there are no login records (wtmp) here") from None
    except OSError as error:
        raise Unknown(f"the login records cannot be read: {error.strerror}") from None
    return Observation(sample=Sample(boot=BootSample(unclean_shutdown=parse(records))))


def _events(records: bytes) -> Iterator[str]:
    for start in range(0, len(records) - _RECORD_BYTES + 1, _RECORD_BYTES):
        kind, _, _, _, user = _RECORD.unpack_from(records, start)
        if kind == _BOOT:
            yield "boot"
        elif kind == _RUN_LEVEL and user.startswith(b"shutdown\0"):
            yield "shutdown"


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        whole = size - size % _RECORD_BYTES
        file.seek(max(0, whole - _TAIL_BYTES))
        return file.read(min(whole, _TAIL_BYTES))


PROBE = Probe(name="shutdown", cadence=Cadence.SLOW, read=read, topics=("boot/unclean_shutdown",))
