"""Freed memory goes back to the system."""

import platform
import subprocess
import sys

import pytest

_GROWTH = """
import psutil
from sickbay_collector.heap import bound_heap
assert bound_heap()
process = psutil.Process()
before = process.memory_info().rss
for _ in range(20):
    blocks = [bytes(b'x') * (4 << 20) for _ in range(8)]
    small = [bytes(700 << 10) for _ in range(8)]
    del blocks
print(process.memory_info().rss - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc lets itself be told")
def test_large_blocks_go_back() -> None:
    """In a process of its own, because the settings stay."""
    done = subprocess.run(
        [sys.executable, "-c", _GROWTH], check=True, capture_output=True, text=True
    )

    assert int(done.stdout) < 12 << 20
