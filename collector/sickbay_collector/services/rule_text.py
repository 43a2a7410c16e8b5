"""One alert rule as people write it: YAML, the fields of a form, and which field is wrong."""

import json
import re
from collections.abc import Collection, Mapping

import yaml

from sickbay_collector.core.alerts.parse import KEYS, parse_rule
from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.desk.category import Category
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.kind import marked
from sickbay_collector.services.marked_yaml import FILE, parse_marked

TEXT_FIELDS = frozenset(
    {
        "id",
        "family",
        "kind",
        "title",
        "says",
        "metric",
        "for",
        "clear_for",
        "minutes",
        "grace",
        "minimum_priority",
        "effect",
        "category",
        "subcategory",
        "tier",
        "queue",
        "runbook",
        "reopen",
    }
)
"""Keys whose values are plain text; the others are YAML: numbers, lists and mappings."""
_MISSING = re.compile(r"key '([a-z_]+)' is missing")
_ERRORS = 10


def rule_yaml(content: Mapping[str, Plain]) -> str:
    """Return a rule as a file has it, its keys in their usual order."""
    ordered = {key: content[key] for key in KEYS if key in content}
    text: str = yaml.safe_dump(
        [ordered], sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return text


def rule_fields(content: Mapping[str, Plain]) -> dict[str, str]:
    """Return the values of a rule as the fields of a form hold them."""
    return {key: _field(key, value) for key, value in content.items()}


def read_rule(text: str, name: str = "rule") -> Marked:
    """Return the one rule of a text.

    Args:
        text: YAML: its keys, or a list of the one rule.
        name: Of the text, for messages.

    Raises:
        InvalidError: It is no YAML, or holds no rule or several.
    """
    found = parse_marked(text, name, "rule", FILE)
    if found is not None and isinstance(found.value, tuple):
        if len(found.value) != 1:
            raise InvalidError(f"{name}: holds {len(found.value)} rules; write one")
        found = found.value[0]
    if found is None or not isinstance(found.value, Mapping):
        raise InvalidError(f"{name}: must hold the keys of one rule, like id: disk.full.warn")
    return found


def rule_of_fields(fields: Mapping[str, str]) -> tuple[Marked, dict[str, str]]:
    """Return the rule of a form's fields, and what is wrong with those that are no YAML."""
    errors: dict[str, str] = {}
    keys: dict[str, Marked] = {}
    for key, value in fields.items():
        text = value.strip()
        if key not in KEYS or not text:
            continue
        if key in TEXT_FIELDS:
            keys[key] = Marked(value=text, where=key)
            continue
        try:
            found = parse_marked(text, key, key, FILE)
        except InvalidError as error:
            errors[key] = _said(error, key)
        else:
            keys[key] = marked_at(found, key) if found is not None else Marked(value="", where=key)
    return Marked(value=keys, where="rule"), errors


def field_errors(
    entry: Marked,
    known: Mapping[str, Marked],
    categories: Mapping[str, Category],
    tiers: Collection[str],
) -> dict[str, str]:
    """Return what is wrong with a rule by its keys; "" for what no single key is about.

    The parser stops at the first thing: what it named is taken as it was before, and the rest read
    again.

    Args:
        entry: The rule.
        known: The keys of the rule as it is in force; none for a new one.
        categories: What a ticket may belong to.
        tiers: Where it may go.
    """
    errors: dict[str, str] = {}
    value = entry.value
    keys = dict(value) if isinstance(value, Mapping) else {}
    for _ in range(_ERRORS):
        try:
            parse_rule(Marked(value=keys, where=entry.where), categories, tiers)
        except InvalidError as error:
            key = _key_of(error)
            if key in errors:
                break
            errors[key] = _said(error, key)
            if key in known:
                keys[key] = known[key]
            elif key in keys:
                del keys[key]
            else:
                break
        else:
            break
    return errors


def marked_at(found: Marked, where: str) -> Marked:
    """Return a value whose parts are all said to stand in one place."""
    value = found.value
    if isinstance(value, Mapping):
        return Marked(
            value={key: marked_at(item, where) for key, item in value.items()}, where=where
        )
    if isinstance(value, tuple):
        return Marked(value=tuple(marked_at(item, where) for item in value), where=where)
    return Marked(value=value, where=where)


def stored_rule(text: str) -> Marked:
    """Return the rule of a version's canonical JSON."""
    return marked(json.loads(text), "version")


def _field(key: str, value: Plain) -> str:
    if isinstance(value, str) and key in TEXT_FIELDS:
        return value
    if isinstance(value, dict | list):
        text: str = yaml.safe_dump(
            value, sort_keys=False, allow_unicode=True, width=80, default_flow_style=None
        )
        return text.rstrip("\n")
    return json.dumps(value)


def _key_of(error: InvalidError) -> str:
    text = str(error)
    missing = _MISSING.search(text)
    if missing:
        return missing[1]
    where = text.partition(":")[0]
    return where if where in KEYS else ""


def _said(error: InvalidError, key: str) -> str:
    """Return the message without its place, which stands beside the field."""
    text = str(error)
    text = re.sub(rf"^{re.escape(key)}(:\d+)?: ", "", text) if key else text
    text = re.sub(r"^rule(:\d+)?: ", "", text)
    text = re.sub(r"^rule [a-z0-9_.]+: ", "", text)
    return text.removeprefix(f"{key}: ")
