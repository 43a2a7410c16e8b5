"""Who gets a ticket: the first routing rule that fits decides, and its name is the reason."""

import re
from dataclasses import dataclass

from sickbay_collector.core.desk.ticket import TicketSource, Tier
from sickbay_collector.core.errors import InvalidError

CATEGORIES = (
    "hardware",
    "software",
    "network",
    "security",
    "access",
    "performance",
    "storage",
    "power",
    "updates",
    "other",
)
"""All there are: with more, trends become unreadable."""

# Queue names stand in addresses, metrics labels and file names.
_QUEUE = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """What is known of a ticket before it has a place."""

    source: TicketSource
    category: str
    tier: Tier | None = None
    """What the alert rule asks for; None where there is no rule."""
    queue: str = ""
    """What the alert rule asks for; "" where there is no rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """One line of the routing table. What is None fits everything."""

    name: str
    source: TicketSource | None = None
    category: str | None = None
    tier: Tier | None = None
    """Where to; None for the tier and queue that the request asks for."""
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecision:
    """Where a ticket goes and why."""

    tier: Tier
    queue: str
    reason: str


ROUTING_RULES: tuple[RoutingRule, ...] = (
    RoutingRule(name="security first", category="security", tier=Tier.SEC, queue="security"),
    RoutingRule(name="as the alert rule says", source=TicketSource.ALERT),
    RoutingRule(name="first contact", tier=Tier.L1, queue="service-desk"),
)
"""In order: the first that fits decides. The last one fits everything."""


def route(
    request: RouteRequest, *, rules: tuple[RoutingRule, ...] = ROUTING_RULES
) -> RouteDecision:
    """Return where a ticket goes.

    Raises:
        InvalidError: The category is unknown, no rule fits, or the tier or queue is missing or
            malformed.
    """
    if request.category not in CATEGORIES:
        raise InvalidError(
            f"category {request.category!r} is unknown; use one of {', '.join(CATEGORIES)}"
        )
    rule = next((rule for rule in rules if _fits(rule, request)), None)
    if rule is None:
        raise InvalidError(f"no routing rule fits a ticket of category {request.category!r}")
    tier, queue = (request.tier, request.queue) if rule.tier is None else (rule.tier, rule.queue)
    if tier is None:
        raise InvalidError(f"routing rule {rule.name!r} needs a tier, the request has none")
    return RouteDecision(tier=tier, queue=check_queue(queue), reason=f"routing rule: {rule.name}")


def check_queue(queue: str) -> str:
    """Return the queue's name as it is.

    Raises:
        InvalidError: It is not 1 to 32 of a-z, 0-9, "_" and "-" beginning with a letter.
    """
    if _QUEUE.match(queue) is None:
        raise InvalidError(
            f"queue {queue[:64]!r} is malformed; use 1 to 32 of a-z, 0-9, _ and -,"
            " beginning with a letter"
        )
    return queue


def _fits(rule: RoutingRule, request: RouteRequest) -> bool:
    return rule.source in {None, request.source} and rule.category in {None, request.category}
