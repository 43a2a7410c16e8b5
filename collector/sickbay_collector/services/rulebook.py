"""Loading rules: the default pack of this package, and what a site writes over it.

A directory's entry with the id of a rule that is there already replaces the keys that it names
and leaves the others; `enabled: false` switches a rule off.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

import yaml

from sickbay_collector.core.alerts.fields import wrong
from sickbay_collector.core.alerts.parse import is_enabled, parse_rule, rule_id
from sickbay_collector.core.alerts.rule import Rule, RuleSet
from sickbay_collector.core.alerts.source import Marked, Value, merged
from sickbay_collector.core.errors import InvalidError

MAX_RULES = 500
MAX_FILES = 100
MAX_FILE_BYTES = 64 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000

Entries = dict[str, Marked]


def load_rules(directories: Iterable[Path]) -> RuleSet:
    """Return the default pack with the rules of these directories over it, in this order.

    A directory that is not there counts as empty. Its files are those named `*.yaml`, in order of
    their names.

    Raises:
        InvalidError: A file or rule is wrong; the message names file, line and key.
    """
    entries = _layer(_pack_files())
    for directory in directories:
        for name, over in _layer(_files(directory)).items():
            entries[name] = merged(entries[name], over) if name in entries else over
    if len(entries) > MAX_RULES:
        raise InvalidError(f"there are {len(entries)} rules; at most {MAX_RULES} are allowed")
    enabled = [entry for entry in entries.values() if is_enabled(entry)]
    return RuleSet.of([parse_rule(entry) for entry in enabled], disabled=entries)


def check_file(path: Path) -> tuple[Rule, ...]:
    """Return the rules of one file, over the default pack, as `load_rules` would read them.

    Raises:
        InvalidError: The file or a rule is wrong; the message names file, line and key.
    """
    pack = _layer(_pack_files())
    own = _layer([path])
    entries = {
        name: merged(pack[name], over) if name in pack else over for name, over in own.items()
    }
    for entry in entries.values():
        is_enabled(entry)
    rules = tuple(parse_rule(entry) for entry in entries.values())
    others = [parse_rule(entry) for name, entry in pack.items() if name not in entries]
    RuleSet.of([*rules, *others])
    return rules


def load_runbooks() -> Mapping[str, str]:
    """Return the runbook articles of the package: id -> Markdown text."""
    folder = resources.files("sickbay_collector") / "rules" / "runbooks"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return MappingProxyType(
        {
            file.name.removesuffix(".md"): file.read_text(encoding="utf-8")
            for file in files
            if file.name.endswith(".md")
        }
    )


def _pack_files() -> list[Traversable]:
    folder = resources.files("sickbay_collector") / "rules"
    files = [file for file in folder.iterdir() if file.name.endswith(".yaml")]
    return sorted(files, key=lambda file: file.name)


def _files(directory: Path) -> Sequence[Path]:
    if not directory.is_dir():
        return ()
    files = sorted(directory.glob("*.yaml"))
    if len(files) > MAX_FILES:
        raise InvalidError(f"{directory}: {len(files)} rule files; at most {MAX_FILES} are allowed")
    return files


def _layer(files: Iterable[Traversable]) -> Entries:
    """Return the entries of files that may not name a rule twice."""
    found: Entries = {}
    for file in files:
        for entry in _read(file):
            name = rule_id(entry)
            if name in found:
                first = found[name].where
                raise wrong(entry.where, f"rule {name}", f"is there already, at {first}")
            found[name] = entry
        if len(found) > MAX_RULES:
            raise InvalidError(f"{file}: more than {MAX_RULES} rules")
    return found


def _read(file: Traversable) -> tuple[Marked, ...]:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise InvalidError(f"{file}: is larger than {MAX_FILE_BYTES // 1024} KiB; split it")
        text = data.decode("utf-8")
    except OSError as error:
        raise InvalidError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidError(f"{file}: is not UTF-8 text, at byte {error.start}") from None
    entries = _parse(text, str(file))
    if not isinstance(entries.value, tuple):
        raise wrong(entries.where, "rules", 'must be a list of entries that begin with "- id:"')
    return entries.value


def _parse(text: str, name: str) -> Marked:
    try:
        loader = _MarkingLoader(text, name)
        node = loader.get_single_node()
        return loader.marked(node, 1) if node else Marked(value=(), where=f"{name}:1")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidError(f"{name}:{line}: is not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        # A forbidden character, or a scalar like 2026-99-99 that its own type refuses.
        first = str(error).splitlines()[0]
        raise InvalidError(f"{name}: is not YAML: {first}") from None


class _MarkingLoader(yaml.SafeLoader):
    """Reads YAML's plain types only, and keeps the line of each value."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self.file = file
        self.nodes = 0

    def marked(self, node: yaml.Node, depth: int) -> Marked:
        where = f"{self.file}:{node.start_mark.line + 1}"
        # Aliases make small files large: what they repeat is counted each time.
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise wrong(where, "rules", "are nested too deep or repeat too much")
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
                    where, "rules", f"key {key!r} is there twice, first at {found[key].where}"
                )
            value = self.marked(value_node, depth + 1)
            found[key] = Marked(value=value.value, where=where)
        return MappingProxyType(found)

    def _scalar(self, node: yaml.Node) -> Value:
        value = self.construct_object(node)
        # Dates and the like are no part of a rule: their text says what is wrong with them.
        return value if isinstance(value, bool | int | float | str) else str(node.value)
