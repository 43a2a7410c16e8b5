import pytest

from sickbay_collector.core.desk.routing import (
    CATEGORIES,
    ROUTING_RULES,
    RouteRequest,
    RoutingRule,
    check_queue,
    route,
)
from sickbay_collector.core.desk.ticket import TicketSource, Tier
from sickbay_collector.core.errors import InvalidError


@pytest.mark.parametrize(
    ("request_", "tier", "queue", "rule"),
    [
        pytest.param(
            RouteRequest(
                source=TicketSource.ALERT, category="storage", tier=Tier.L2, queue="hardware"
            ),
            Tier.L2,
            "hardware",
            "as the alert rule says",
            id="alert",
        ),
        pytest.param(
            RouteRequest(
                source=TicketSource.ALERT, category="security", tier=Tier.L1, queue="endpoint"
            ),
            Tier.SEC,
            "security",
            "security first",
            id="alert-of-security",
        ),
        pytest.param(
            RouteRequest(source=TicketSource.AGENT, category="other"),
            Tier.L1,
            "service-desk",
            "first contact",
            id="user",
        ),
        pytest.param(
            RouteRequest(source=TicketSource.API, category="security"),
            Tier.SEC,
            "security",
            "security first",
            id="security-by-api",
        ),
    ],
)
def test_route(request_: RouteRequest, tier: Tier, queue: str, rule: str) -> None:
    decision = route(request_)

    assert (tier, queue, f"routing rule: {rule}") == (
        decision.tier,
        decision.queue,
        decision.reason,
    )


def test_the_first_rule_that_fits_wins() -> None:
    everything = RouteRequest(
        source=TicketSource.ALERT, category="security", tier=Tier.L2, queue="endpoint"
    )
    reversed_ = route(everything, rules=tuple(reversed(ROUTING_RULES)))

    assert (reversed_.tier, reversed_.reason) == (Tier.L1, "routing rule: first contact")


def test_every_category_has_a_place_and_there_are_at_most_ten() -> None:
    decisions = [route(RouteRequest(source=TicketSource.API, category=name)) for name in CATEGORIES]

    assert len(decisions) == len(set(CATEGORIES)) <= 10


def test_unknown_category_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidError, match="category 'printer' is unknown; use one of hardware,"):
        route(RouteRequest(source=TicketSource.API, category="printer"))


def test_alert_without_tier_is_refused() -> None:
    with pytest.raises(InvalidError, match="needs a tier"):
        route(RouteRequest(source=TicketSource.ALERT, category="storage", queue="endpoint"))


def test_table_in_which_nothing_fits_is_refused() -> None:
    only_security = (RoutingRule(name="only", category="security", tier=Tier.SEC, queue="sec"),)

    with pytest.raises(InvalidError, match="no routing rule fits"):
        route(RouteRequest(source=TicketSource.API, category="other"), rules=only_security)


def test_longest_queue_name() -> None:
    name = "q" * 32

    assert name == check_queue(name)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("q" * 33, id="one-too-long"),
        pytest.param("Hardware", id="capital"),
        pytest.param("2nd", id="digit-first"),
        pytest.param("a b", id="space"),
        pytest.param("a\n", id="newline"),
    ],
)
def test_malformed_queue_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidError, match="is malformed"):
        check_queue(name)
