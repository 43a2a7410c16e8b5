"""Reads small system files; None is what cannot be read, for any file may be missing there."""

from collections.abc import Iterator
from pathlib import Path

# Far above any file read here: /proc/cpuinfo of 512 threads is 0.8 MiB, of a laptop 20 KiB.
SIZE_LIMIT_BYTES = 1 << 20

# The kernel counts in 64 bits; more is damage, and too much for a float.
_LARGEST = (1 << 64) - 1


def read_bytes(path: Path) -> bytes | None:
    """Return at most the first MiB of a file; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT_BYTES)
    except (OSError, ValueError):  # the latter for a path made of another file's odd text: a NUL
        return None


def read_text(path: Path) -> str | None:
    """Return at most the first MiB of a file, stripped; None where it cannot be read."""
    content = read_bytes(path)
    return None if content is None else content.decode(errors="replace").strip("\0 \t\r\n")


def read_value(path: Path) -> str | None:
    """Return a file's stripped text; None where it is empty or cannot be read."""
    return read_text(path) or None


def read_int(path: Path) -> int | None:
    """Return a file's decimal number; None where it holds none or cannot be read."""
    return parse_int(read_text(path))


def parse_int(text: str | None) -> int | None:
    """Return a decimal number; None for any other text, and for what exceeds 64 bits."""
    try:
        number = int(text or "")
    except ValueError:
        return None
    return number if abs(number) <= _LARGEST else None


def children(folder: Path) -> Iterator[Path]:
    """Yield what a folder holds, by name; nothing where it cannot be listed."""
    try:
        yield from sorted(folder.iterdir())
    except OSError:
        return
