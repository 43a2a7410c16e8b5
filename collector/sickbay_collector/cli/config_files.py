"""Documents of configuration as files: read for `sickbay apply`, written by `sickbay export`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import yaml

from sickbay_collector.cli.client import Json, Record
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.apply import MAX_DOCUMENTS
from sickbay_collector.services.marked_yaml import DOCUMENT

STDIN = "-"
_SUFFIXES = (".yaml", ".yml")
_WIDTH = 100


def read_files(named: Sequence[str]) -> list[Json]:
    """Return the documents of files and folders, "-" being standard input.

    Raises:
        InvalidError: One cannot be read or is too large, a folder has none, or there are too many.
    """
    paths = [path for name in named for path in _paths(name)]
    if len(paths) > MAX_DOCUMENTS:
        raise InvalidError(f"{len(paths)} documents; at most {MAX_DOCUMENTS} are allowed")
    return [{"name": name, "text": _text(name)} for name in paths]


def _paths(name: str) -> Iterator[str]:
    folder = Path(name)
    if name == STDIN or not folder.is_dir():
        yield name
        return
    found = sorted(str(path) for path in folder.iterdir() if path.suffix in _SUFFIXES)
    if not found:
        raise InvalidError(f"{name}: has no *.yaml in it")
    yield from found


def _text(name: str) -> str:
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(DOCUMENT.most_bytes + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(DOCUMENT.most_bytes + 1)
        DOCUMENT.check(name, len(data))
        return data.decode()
    except OSError as error:
        raise InvalidError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidError(f"{name}: is not UTF-8 text, at byte {error.start}") from None


def as_documents(items: Iterable[Record]) -> dict[str, str]:
    """Return entries as YAML documents by kind, which `sickbay apply` reads."""
    kinds: dict[str, list[Json]] = {}
    for item in items:
        kinds.setdefault(str(item["kind"]), []).append(item["content"])
    return {kind: _document(kind, entries) for kind, entries in kinds.items()}


def _document(kind: str, entries: list[Json]) -> str:
    return yaml.safe_dump(
        {kind: entries}, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None
    )


def write_files(folder: Path, documents: dict[str, str], *, overwrite: bool) -> None:
    """Write a file a kind.

    Raises:
        InvalidError: A file is there and may not be replaced, or cannot be written.
    """
    files = {folder / f"{kind}.yaml": text for kind, text in documents.items()}
    there = [str(path) for path in files if path.exists()]
    if there and not overwrite:
        raise InvalidError(f"{', '.join(there)}: is there already; --force replaces it")
    try:
        # Channels may hold secrets.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidError(f"{folder}: cannot be written: {error.strerror}") from None
