"""Files of a site, read as YAML's plain types, each value with the file and line of its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

import yaml

from sickbay_collector.core.alerts.fields import wrong
from sickbay_collector.core.alerts.source import Marked, Value
from sickbay_collector.core.errors import InvalidError

MAX_FILES = 100
MAX_FILE_BYTES = 64 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000
# What configuration is applied from: ten thousand entries of ten keys.
MAX_DOCUMENT_BYTES = 1024 * 1024
MAX_DOCUMENT_NODES = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a text may hold."""

    most_bytes: int = MAX_FILE_BYTES
    most_nodes: int = MAX_NODES

    def check(self, name: str, size_bytes: int) -> None:
        """Refuse what is larger.

        Raises:
            InvalidError: It is.
        """
        if size_bytes > self.most_bytes:
            raise InvalidError(f"{name}: is larger than {self.most_bytes // 1024} KiB; split it")


FILE = Bounds()
DOCUMENT = Bounds(most_bytes=MAX_DOCUMENT_BYTES, most_nodes=MAX_DOCUMENT_NODES)


def pack_files(folder: str) -> list[Traversable]:
    """Return the YAML files of a folder of this package, in order of their names."""
    found = [
        file
        for file in (resources.files("sickbay_collector") / folder).iterdir()
        if file.name.endswith(".yaml")
    ]
    return sorted(found, key=lambda file: file.name)


def site_files(directory: Path, what: str) -> Sequence[Path]:
    """Return the YAML files of a site's folder, in order of their names; none where it is absent.

    Args:
        directory: Where to look.
        what: What they hold, for the message: "rule".

    Raises:
        InvalidError: There are more than 100.
    """
    if not directory.is_dir():
        return ()
    files = sorted(directory.glob("*.yaml"))
    if len(files) > MAX_FILES:
        raise InvalidError(
            f"{directory}: {len(files)} {what} files; at most {MAX_FILES} are allowed"
        )
    return files


def read_marked(file: Traversable, what: str, bounds: Bounds = FILE) -> Marked | None:
    """Return what a file holds; None for an empty one.

    Args:
        file: Which.
        what: What it holds, for messages: "rules".
        bounds: How much it may hold.

    Raises:
        InvalidError: It cannot be read, is too large, no YAML, or nested too deep.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(bounds.most_bytes + 1)
        bounds.check(str(file), len(data))
        text = data.decode("utf-8")
    except OSError as error:
        raise InvalidError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidError(f"{file}: is not UTF-8 text, at byte {error.start}") from None
    return _parse(text, str(file), what, bounds)


def parse_marked(text: str, name: str, what: str, bounds: Bounds) -> Marked | None:
    """Return what a text holds; None for an empty one.

    Args:
        text: YAML.
        name: Of the document, for messages.
        what: What it holds, for messages.
        bounds: How much it may hold.

    Raises:
        InvalidError: It is too large, no YAML, or nested too deep.
    """
    bounds.check(name, len(text.encode(errors="replace")))
    return _parse(text, name, what, bounds)


def _parse(text: str, name: str, what: str, bounds: Bounds) -> Marked | None:
    try:
        loader = _MarkingLoader(text, name, what, bounds)
        node = loader.get_single_node()
        return loader.marked(node, 1) if node else None
    except RecursionError:  # PyYAML itself calls itself for each level
        raise wrong(f"{name}:1", what, "are nested too deep or repeat too much") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidError(f"{name}:{line}: is not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        # A forbidden character, or a scalar like 2026-99-99 that its own type refuses.
        first = str(error).splitlines()[0]
        raise InvalidError(f"{name}: is not YAML: {first}") from None


class _MarkingLoader(yaml.SafeLoader):
    """Reads YAML's plain types only, and keeps the line of each value."""

    def __init__(self, text: str, file: str, what: str, bounds: Bounds) -> None:
        super().__init__(text)
        self.file = file
        self.what = what
        self.most_nodes = bounds.most_nodes
        self.nodes = 0

    def marked(self, node: yaml.Node, depth: int) -> Marked:
        where = f"{self.file}:{node.start_mark.line + 1}"
        # Aliases make small files large: what they repeat is counted each time.
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > self.most_nodes:
            raise wrong(where, self.what, "are nested too deep or repeat too much")
        if isinstance(node, yaml.MappingNode):
            return Marked(value=self._mapping(node, depth), where=where)
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.marked(item, depth + 1) for item in node.value)
            return Marked(value=items, where=where)
        return Marked(value=self._scalar(node), where=where)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Mapping[str, Marked]:
        found: dict[str, Marked] = {}
        for key_node, value_node in node.value:
            where = f"{self.file}:{key_node.start_mark.line + 1}"
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in found:
                raise wrong(
                    where, self.what, f"key {key!r} is there twice, first at {found[key].where}"
                )
            value = self.marked(value_node, depth + 1)
            found[key] = Marked(value=value.value, where=where)
        return MappingProxyType(found)

    def _scalar(self, node: yaml.Node) -> Value:
        value = self.construct_object(node)
        # Dates and the like stay text, which whoever reads the key takes or refuses.
        return value if isinstance(value, bool | int | float | str) else str(node.value)
