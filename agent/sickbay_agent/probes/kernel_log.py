"""The kernel's log, as <dev>/kmsg gives it: one record a read, never waiting for the next."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

# The longest record the kernel gives. Source: CONSOLE_EXT_LOG_MAX, linux/printk.h.
_RECORD_BYTES = 8192
# Above the records that fit a log buffer of 16 MiB, and an end where the log grows as it is read.
_RECORD_LIMIT = 200_000

# "Out of memory: Killed process 412 (firefox-esr) total-vm:..." and "Memory cgroup out of ...".
_KILLED = re.compile(r"[Oo]ut of memory: Killed process \d+ \((.*?)\)(?: total-vm:|,|\s*$)")


def read_records(path: Path) -> Iterator[str]:
    """Yield the records, oldest first.

    Raises:
        OSError: The log cannot be opened: no right, no such file.
    """
    log = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        for _ in range(_RECORD_LIMIT):
            try:
                record = os.read(log, _RECORD_BYTES)
            except BrokenPipeError:  # this record was overwritten before it was read
                continue
            except BlockingIOError:  # the end: the next record is still to come
                return
            if not record:  # the end of a plain file
                return
            yield record.decode(errors="replace")
    finally:
        os.close(log)


def parse_killed(record: str) -> list[str]:
    """Return the names of programs that a record says were killed for lack of memory."""
    return _KILLED.findall(record)
