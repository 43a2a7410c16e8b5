"""Loading rules: the default pack of this package, and what a site writes over it.

A directory's entry with the id of a rule that is there already replaces the keys that it names
and leaves the others; `enabled: false` switches a rule off.
"""

from collections.abc import Collection, Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from sickbay_collector.core.alerts.fields import wrong
from sickbay_collector.core.alerts.parse import is_enabled, parse_rule, rule_id
from sickbay_collector.core.alerts.rule import Rule, RuleSet
from sickbay_collector.core.alerts.source import Marked, merged
from sickbay_collector.core.desk.category import DEFAULT_CATEGORIES, Category
from sickbay_collector.core.desk.ticket import Tier
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.marked_yaml import pack_files, read_marked, site_files

MAX_RULES = 500

Entries = dict[str, Marked]


def load_rules(directories: Iterable[Path]) -> RuleSet:
    """Return the default pack with the rules of these directories over it, in this order.

    A directory that is not there counts as empty. Its files are those named `*.yaml`, in order of
    their names.

    Raises:
        InvalidError: A file or rule is wrong; the message names file, line and key.
    """
    entries = rule_entries(pack_files("rules"))
    for directory in directories:
        for name, over in rule_entries(site_files(directory, "rule")).items():
            entries[name] = merged(entries[name], over) if name in entries else over
    return parse_rules(entries)


def parse_rules(
    entries: Entries,
    categories: Mapping[str, Category] = DEFAULT_CATEGORIES,
    tiers: Collection[str] = tuple(Tier),
) -> RuleSet:
    """Return the rules of these entries, by their ids.

    Raises:
        InvalidError: One is wrong, or there are too many; the message names file, line and key.
    """
    if len(entries) > MAX_RULES:
        raise InvalidError(f"there are {len(entries)} rules; at most {MAX_RULES} are allowed")
    enabled = [entry for entry in entries.values() if is_enabled(entry)]
    return RuleSet.of([parse_rule(entry, categories, tiers) for entry in enabled], disabled=entries)


def check_file(path: Path) -> tuple[Rule, ...]:
    """Return the rules of one file, over the default pack, as `load_rules` would read them.

    Raises:
        InvalidError: The file or a rule is wrong; the message names file, line and key.
    """
    pack = rule_entries(pack_files("rules"))
    own = rule_entries([path])
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


def rule_entries(files: Iterable[Traversable]) -> Entries:
    """Return the entries of files that may not name a rule twice.

    Raises:
        InvalidError: They do, or a file holds no list of entries with ids.
    """
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
    entries = read_marked(file, "rules")
    if entries is None:
        return ()
    if not isinstance(entries.value, tuple):
        raise wrong(entries.where, "rules", 'must be a list of entries that begin with "- id:"')
    return entries.value
