"""Parsing one rule: each wrong key is an error that names file, line, key and what is allowed."""

import hashlib
import json
from collections.abc import Collection, Mapping

from sickbay_collector.core.alerts.condition import Condition, leaves
from sickbay_collector.core.alerts.conditions import check_band, parse_condition
from sickbay_collector.core.alerts.fields import Fields, hint, shown, wrong
from sickbay_collector.core.alerts.rule import (
    PLATFORMS,
    ActiveDays,
    Effect,
    Kind,
    Minutes,
    Rule,
    Scope,
    VolumeScope,
)
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.alerts.state import DAYS
from sickbay_collector.core.alerts.words import PLACEHOLDER
from sickbay_collector.core.desk.category import DEFAULT_CATEGORIES, Category
from sickbay_collector.core.desk.ticket import Priority, Tier
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.sample import Medium

KEYS = (
    "id",
    "family",
    "enabled",
    "kind",
    "title",
    "says",
    "metric",
    "raise",
    "clear",
    "for",
    "clear_for",
    "clear_active_days",
    "active_days",
    "reads",
    "minutes",
    "grace",
    "scope",
    "urgency",
    "minimum_priority",
    "effect",
    "category",
    "subcategory",
    "tier",
    "queue",
    "runbook",
    "reopen",
    "muted_by",
)
SUPPORTED = (Kind.THRESHOLD, Kind.STATE)

DAY_S = 86400.0
MAX_FOR_S = 30 * DAY_S
MAX_GRACE_S = 7 * DAY_S
MAX_REOPEN_S = 90 * DAY_S
DEFAULT_REOPEN_S = 7 * DAY_S
MAX_READS = 100
MAX_MUTERS = 20
# These measure how busy a device is, and a boot is busy by itself.
BOOT_GRACE_S = 1800.0
_BUSY_AT_BOOT = ("cpu.", "mem.pressure", "disk.slow", "boot.slow", "net.quality")

ID = r"[a-z][a-z0-9_]{0,31}(\.[a-z0-9_]{1,32}){0,3}"
ID_MEANS = "lower-case words joined by dots, like disk.full.warn"
_WORD = r"[a-z][a-z0-9_-]{0,31}"
_WORD_MEANS = "one lower-case word"
_LINE = r"[^\x00-\x1f\x7f\ud800-\udfff]{1,160}"
_LINE_MEANS = "one line of at most 160 characters"
_STATE_UNITS = frozenset({"flag", "bits", "level"})


def rule_id(entry: Marked) -> str:
    """Return the id of an entry.

    Raises:
        InvalidError: There is none, or it is written wrong.
    """
    return Fields(entry, "rule", None).text("id", pattern=ID, means=ID_MEANS)


def is_enabled(entry: Marked) -> bool:
    """Return whether an entry is switched on.

    Raises:
        InvalidError: `enabled` is neither true nor false.
    """
    fields = Fields(entry, f"rule {rule_id(entry)}", KEYS)
    return fields.flag("enabled") if fields.has("enabled") else True


def rule_content(entry: Marked) -> str:
    """Return what an entry says of its rule as canonical JSON, whether it is switched on or off."""
    fields = Fields(entry, f"rule {rule_id(entry)}", None)
    return json.dumps(
        fields.plain(without="enabled"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def rule_version(content: str) -> str:
    """Return the version of a rule's content: the same content has the same version."""
    return hashlib.sha256(content.encode()).hexdigest()


def parse_rule(
    entry: Marked,
    categories: Mapping[str, Category] = DEFAULT_CATEGORIES,
    tiers: Collection[str] = tuple(Tier),
) -> Rule:
    """Return the rule that an entry describes.

    Args:
        entry: Its keys.
        categories: What a ticket may belong to.
        tiers: Where it may go.

    Raises:
        InvalidError: Something is written wrong or missing; the message names file, line and key.
    """
    name = rule_id(entry)
    fields = Fields(entry, f"rule {name}", KEYS)
    kind = _kind(fields)
    raises, clears = _conditions(fields, kind)
    category = fields.one_of("category", categories)
    content = rule_content(entry)
    return Rule(
        id=name,
        family=fields.text("family", pattern=ID, means=ID_MEANS),
        kind=kind,
        title=_title(fields, raises),
        says=_says(fields, raises),
        raise_when=raises,
        clear_when=clears,
        for_s=_duration(fields, "for", MAX_FOR_S),
        clear_for_s=_duration(fields, "clear_for", MAX_FOR_S),
        clear_active_days=_integer(fields, "clear_active_days", 0, DAYS),
        active_days=_active_days(fields),
        reads=_integer(fields, "reads", 1, MAX_READS),
        minutes=fields.choice("minutes", Minutes) if fields.has("minutes") else Minutes.OBSERVED,
        grace_s=_duration(fields, "grace", MAX_GRACE_S, _default_grace(name)),
        scope=_scope(fields, raises),
        urgency=fields.integer("urgency", 1, 3),
        minimum_priority=_minimum(fields),
        effect=fields.choice("effect", Effect) if fields.has("effect") else None,
        category=category,
        subcategory=_subcategory(fields, categories[category]),
        tier=fields.one_of("tier", tiers),
        queue=fields.text("queue", pattern=_WORD, means=_WORD_MEANS),
        runbook=fields.text("runbook", pattern=r"[A-Z]{2,8}-[0-9]{1,3}", means="like DISK-1"),
        reopen_s=_duration(
            fields, "reopen", MAX_REOPEN_S, 0.0 if category == "hardware" else DEFAULT_REOPEN_S
        ),
        muted_by=_muted_by(fields),
        content=content,
        version=rule_version(content),
    )


def _kind(fields: Fields) -> Kind:
    kind = fields.choice("kind", Kind)
    if kind not in SUPPORTED:
        names = ", ".join(item.value for item in SUPPORTED)
        raise fields.error(
            "kind", f"{kind.value!r} is not supported by this version; supported: {names}"
        )
    return kind


def _conditions(fields: Fields, kind: Kind) -> tuple[Condition, Condition]:
    metric = fields.one_of("metric", METRICS) if fields.has("metric") else None
    where = fields.subject
    raises = parse_condition(fields.take("raise"), f"{where}: raise", metric, gone=False)
    topic = next(leaves(raises)).metric.partition(".")[0]
    clear = fields.take("clear")
    clears = parse_condition(clear, f"{where}: clear", metric, gone=topic in {"volume", "drive"})
    if sum(1 for leaf in leaves(raises) if leaf.within_s) > 1:
        raise fields.error("raise", "has more than one window (within)")
    if any(leaf.within_s for leaf in leaves(clears)):
        raise fields.error("clear", "must compare readings, not windows; use clear_active_days")
    if kind is Kind.STATE:
        _need_states(fields, raises)
    check_band(raises, clears, clear.where, where)
    return raises, clears


def _need_states(fields: Fields, raises: Condition) -> None:
    for leaf in leaves(raises):
        if METRICS[leaf.metric].unit not in _STATE_UNITS:
            raise fields.error("kind", f"state is for flags; {leaf.metric} needs kind: threshold")


def _title(fields: Fields, raises: Condition) -> str:
    if fields.has("title"):
        return fields.text("title", pattern=_LINE, means=_LINE_MEANS)
    return METRICS[next(leaves(raises)).metric].label


def _says(fields: Fields, raises: Condition) -> str:
    if not fields.has("says"):
        return ""
    text = fields.text("says", pattern=_LINE, means=_LINE_MEANS)
    allowed = {"instance", *(leaf.metric for leaf in leaves(raises))}
    for name in PLACEHOLDER.findall(text):
        if name not in allowed:
            raise fields.error(
                "says", f"{{{name}}} is not in raise; allowed: {', '.join(sorted(allowed))}"
            )
    return text


def _duration(fields: Fields, key: str, high_s: float, default_s: float = 0.0) -> float:
    return fields.duration_s(key, high_s) if fields.has(key) else default_s


def _integer(fields: Fields, key: str, low: int, high: int) -> int:
    return fields.integer(key, low, high) if fields.has(key) else low


def _default_grace(name: str) -> float:
    return BOOT_GRACE_S if name.startswith(_BUSY_AT_BOOT) else 0.0


def _active_days(fields: Fields) -> ActiveDays | None:
    if not fields.has("active_days"):
        return None
    inner = Fields(fields.take("active_days"), f"{fields.subject}: active_days", ("at_least", "of"))
    of = inner.integer("of", 1, DAYS)
    return ActiveDays(at_least=inner.integer("at_least", 1, of), of=of)


def _scope(fields: Fields, raises: Condition) -> Scope:
    if not fields.has("scope"):
        return Scope()
    inner = Fields(fields.take("scope"), f"{fields.subject}: scope", ("os", "volume", "drive"))
    topic = next(leaves(raises)).metric.partition(".")[0]
    for key in ("volume", "drive"):
        if inner.has(key) and topic != key:
            raise inner.error(key, f"is for rules on {key} metrics; this one is on {topic}")
    media = [medium.value for medium in Medium]
    return Scope(
        os=inner.some_of("os", PLATFORMS) if inner.has("os") else (),
        volume=inner.choice("volume", VolumeScope) if inner.has("volume") else VolumeScope.ANY,
        drive=inner.some_of("drive", media) if inner.has("drive") else (),
    )


def _minimum(fields: Fields) -> Priority | None:
    key = "minimum_priority"
    return fields.choice(key, Priority) if fields.has(key) else None


def _subcategory(fields: Fields, category: Category) -> str | None:
    if not fields.has("subcategory"):
        return None
    word = fields.text("subcategory", pattern=_WORD, means=_WORD_MEANS)
    if category.subcategories and word not in category.subcategories:
        raise fields.error(
            "subcategory",
            f"category {category.id} has no {word!r}{hint(word, category.subcategories)}"
            f"; it has: {', '.join(category.subcategories)}",
        )
    return word


def _muted_by(fields: Fields) -> tuple[str, ...]:
    if not fields.has("muted_by"):
        return ()
    items = fields.take("muted_by").value
    if not isinstance(items, tuple) or len(items) > MAX_MUTERS:
        raise fields.error("muted_by", f"must be a list of at most {MAX_MUTERS} rule ids")
    names: list[str] = []
    for item in items:
        if not isinstance(item.value, str):
            raise wrong(item.where, fields.subject, f"muted_by: {shown(item.value)} is no rule id")
        names.append(item.value)
    return tuple(names)
