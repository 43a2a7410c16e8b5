"""Reading routing rules: what each asks of a ticket, where it goes then, and who may have it."""

from collections.abc import Iterable
from types import MappingProxyType

from sickbay_collector.core.alerts.fields import Fields, wrong
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.routing import EVERYTHING, RouteMatch, RoutingRule
from sickbay_collector.core.desk.ticket import Priority, TicketKind, TicketSource
from sickbay_collector.core.desk.word_search import words_of
from sickbay_collector.core.device import DeviceClass
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.kind import (
    ID,
    ID_MEANS,
    BookKind,
    Entries,
    Known,
    items,
    line,
)
from sickbay_collector.services.book.technicians import skill_levels

MAX_RULES = 500
# Longer ones name nothing that is there.
_GLOB = r"[^\x00-\x1f\x7f\ud800-\udfff]{1,64}"
_GLOB_MEANS = "a list of patterns of 1 to 64 characters, in which * stands for any and ? for one"
_WORD_MEANS = "a list of words or phrases of 1 to 64 characters"
_MATCH = (
    "source",
    "kind",
    "category",
    "subcategory",
    "service",
    "family",
    "words",
    "product",
    "site",
    "device_class",
    "priority",
    "vip",
)


def _rule(fields: Fields, known: Known) -> RoutingRule:
    tier = known.one(fields, "tier", "tiers") or None
    if tier is None and fields.has("queue"):
        raise fields.error("queue", "needs a tier; without both the ticket goes where it asks to")
    return RoutingRule(
        name=line(fields, "name", str(fields.take("id").value)),
        match=_match(fields, known),
        tier=tier,
        queue="" if tier is None else _queue(fields, known, tier),
        skills=MappingProxyType(skill_levels(fields, known)),
    )


def _match(fields: Fields, known: Known) -> RouteMatch:
    return RouteMatch(
        sources=_some(fields, "source", TicketSource),
        kinds=_some(fields, "kind", TicketKind),
        categories=_categories(fields, known),
        subcategories=frozenset(_texts(fields, "subcategory", ID, f"a list of ids, {ID_MEANS}")),
        services=_texts(fields, "service", _GLOB, _GLOB_MEANS),
        families=_texts(fields, "family", _GLOB, _GLOB_MEANS),
        words=_words(fields),
        products=_texts(fields, "product", _GLOB, _GLOB_MEANS),
        sites=frozenset(known.some(fields, "site", "sites")),
        device_classes=_some(fields, "device_class", DeviceClass),
        priorities=_some(fields, "priority", Priority),
        vip=fields.flag("vip") if fields.has("vip") else None,
    )


def _categories(fields: Fields, known: Known) -> frozenset[str]:
    found = frozenset(known.some(fields, "category", "categories"))
    if fields.has("category") and not found:
        raise fields.error("category", "is empty and would fit nothing; leave it out")
    return found


def _some(fields: Fields, key: str, allowed: Iterable[str]) -> frozenset[str]:
    words = [str(word) for word in allowed]
    return frozenset(fields.some_of(key, words)) if fields.has(key) else frozenset()


def _texts(fields: Fields, key: str, pattern: str, means: str) -> tuple[str, ...]:
    """Return the texts of a list; none where the key is absent, never an empty list."""
    if fields.has(key) and not items(fields, key):
        raise fields.error(key, "is empty and would fit nothing; leave it out to fit everything")
    return tuple(
        Fields(Marked(value={key: item}, where=item.where), fields.subject, None).text(
            key, pattern=pattern, means=means
        )
        for item in items(fields, key)
    )


def _words(fields: Fields) -> tuple[str, ...]:
    found = _texts(fields, "words", _GLOB, _WORD_MEANS)
    for phrase in found:
        if not words_of(phrase):
            raise fields.error("words", f"{phrase!r} has no letter or digit and is never found")
    return found


def _queue(fields: Fields, known: Known, tier: str) -> str:
    """Return the queue that is said, else that of the tier."""
    if fields.has("queue"):
        return fields.text("queue", pattern=ID, means=ID_MEANS)
    return str(known.entry("tiers", tier)["queue"].value)


def _ends(book: DeskBook, entries: Entries) -> None:
    """Refuse a list that leaves a ticket without a place."""
    if not book.routing:
        raise InvalidError(
            "routing: there are no rules; at least one that fits everything is needed,"
            " for example {id: first-contact, tier: L1}"
        )
    if not any(rule.match == EVERYTHING and rule.tier is not None for rule in book.routing):
        last = list(entries)[-1]
        raise wrong(
            entries[last].where,
            "routing",
            "no rule fits everything; end with one that asks nothing and names a tier,"
            " for example {id: first-contact, tier: L1}",
        )


ROUTING = BookKind(
    name="routing",
    one="routing rule",
    keys=("name", *_MATCH, "tier", "queue", "skills"),
    parse=_rule,
    ordered=True,
    most=MAX_RULES,
    check=_ends,
)
