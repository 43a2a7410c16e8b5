"""Where a ticket goes: the first routing rule that fits decides, and its name is the reason."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sickbay_collector.core.desk.category import CATEGORIES
from sickbay_collector.core.desk.ticket import Priority, TicketSource, Tier
from sickbay_collector.core.desk.word_search import WordSearch
from sickbay_collector.core.errors import InvalidError

# Queue names stand in addresses, metrics labels and file names.
_QUEUE = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """What is known of a ticket before it has a place. What is "" is not known, or not there."""

    source: TicketSource
    category: str
    kind: str = ""
    """"incident" or "request"."""
    subcategory: str = ""
    service: str = ""
    family: str = ""
    """Of the alert's rule."""
    rule_id: str = ""
    text: str = ""
    """Title and description."""
    product: str = ""
    site: str = ""
    device_class: str = ""
    priority: Priority | None = None
    vip: bool = False
    """Whether the requester is one."""
    tier: str | None = None
    """What the alert rule asks for; None where there is no rule."""
    queue: str = ""
    """What the alert rule asks for; "" where there is no rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMatch:
    """What a rule asks of a ticket: everything that it names. What is empty fits everything.

    Case does not count in patterns and words.
    """

    sources: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    subcategories: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    device_classes: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    families: tuple[str, ...] = ()
    """Glob patterns; the alert rule's family or its id has to match one."""
    services: tuple[str, ...] = ()
    """Glob patterns; "*" for every ticket that has a service."""
    products: tuple[str, ...] = ()
    """Glob patterns."""
    words: tuple[str, ...] = ()
    """Whole words or phrases; one of them has to stand in the text, in any case."""
    vip: bool | None = None
    """None for every requester."""

    def fits(self, request: RouteRequest, text: WordSearch) -> bool:
        """Return whether a ticket is what the rule asks for.

        Args:
            request: The ticket.
            text: Its words.
        """
        # Of hundreds of rules nearly all ask for one thing or two: nothing is made for the others.
        return (
            (not self.sources or request.source in self.sources)
            and (not self.kinds or request.kind in self.kinds)
            and (not self.categories or request.category in self.categories)
            and (not self.subcategories or request.subcategory in self.subcategories)
            and (not self.sites or request.site in self.sites)
            and (not self.device_classes or request.device_class in self.device_classes)
            and (not self.priorities or (request.priority or "") in self.priorities)
            and (self.vip is None or self.vip is request.vip)
            and (not self.families or _named(self.families, request.family, request.rule_id))
            and (not self.services or _named(self.services, request.service))
            and (not self.products or _named(self.products, request.product))
            and (not self.words or text.has_any(self.words))
        )


def _named(globs: Sequence[str], *names: str) -> bool:
    """Return whether a pattern fits a name that is there."""
    known = [name.casefold() for name in names if name]
    return bool(known) and any(
        fnmatchcase(name, glob.casefold()) for glob in globs for name in known
    )


EVERYTHING = RouteMatch()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """One line of the routing table."""

    name: str
    """The reason that stands on the ticket."""
    match: RouteMatch = EVERYTHING
    tier: str | None = None
    """Where to; None for the tier and queue that the request asks for, of those that ask."""
    queue: str = ""
    skills: Mapping[str, int] = field(default_factory=dict)
    """What whoever gets the ticket must have: the least level, 1 to 5, by skill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecision:
    """Where a ticket goes and why."""

    tier: str
    queue: str
    skills: Mapping[str, int]
    rule: str
    """The rule's name."""

    @property
    def reason(self) -> str:
        """Why, as the ticket says it."""
        return f"routing rule: {self.rule}"


ROUTING_RULES: tuple[RoutingRule, ...] = (
    RoutingRule(
        name="security first",
        match=RouteMatch(categories=frozenset({"security"})),
        tier=Tier.SEC,
        queue="security",
    ),
    RoutingRule(
        name="as the alert rule says",
        match=RouteMatch(sources=frozenset({TicketSource.ALERT})),
    ),
    RoutingRule(name="first contact", tier=Tier.L1, queue="service-desk"),
)
"""In order: the first that fits decides. The last one fits everything."""


def route(
    request: RouteRequest,
    *,
    rules: Sequence[RoutingRule] = ROUTING_RULES,
    categories: Collection[str] = CATEGORIES,
) -> RouteDecision:
    """Return where a ticket goes.

    Raises:
        InvalidError: The category is unknown, no rule fits, or the queue is malformed.
    """
    if request.category not in categories:
        raise InvalidError(
            "category %(category)r is unknown; use one of %(categories)s",
            category=request.category,
            categories=", ".join(categories),
        )
    text = WordSearch(request.text)
    for rule in rules:
        asks = rule.tier is None
        tier, queue = (request.tier, request.queue) if asks else (rule.tier, rule.queue)
        if tier is not None and rule.match.fits(request, text):
            return RouteDecision(
                tier=tier, queue=check_queue(queue), skills=rule.skills, rule=rule.name
            )
    raise InvalidError(
        "no routing rule fits a ticket of category %(category)r", category=request.category
    )


def check_queue(queue: str) -> str:
    """Return the queue's name as it is.

    Raises:
        InvalidError: It is not 1 to 32 of a-z, 0-9, "_" and "-" beginning with a letter.
    """
    if _QUEUE.match(queue) is None:
        raise InvalidError(
            "queue %(queue)r is malformed; use 1 to 32 of a-z, 0-9, _ and -, "
            "beginning with a letter",
            queue=queue[:64],
        )
    return queue
