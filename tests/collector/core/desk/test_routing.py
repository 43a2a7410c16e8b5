import pytest

from sickbay_collector.core.desk.category import CATEGORIES
from sickbay_collector.core.desk.routing import (
    ROUTING_RULES,
    RouteMatch,
    RouteRequest,
    RoutingRule,
    check_queue,
    route,
)
from sickbay_collector.core.desk.ticket import Priority, TicketSource, Tier
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


def test_a_rule_that_goes_by_the_request_needs_one_that_asks() -> None:
    asks_nothing = RouteRequest(source=TicketSource.ALERT, category="storage", queue="endpoint")

    assert route(asks_nothing).rule == "first contact"


def test_table_in_which_nothing_fits_is_refused() -> None:
    only_security = (
        RoutingRule(
            name="only",
            match=RouteMatch(categories=frozenset({"security"})),
            tier="SEC",
            queue="sec",
        ),
    )

    with pytest.raises(InvalidError, match="no routing rule fits"):
        route(RouteRequest(source=TicketSource.API, category="other"), rules=only_security)


def _ticket(**fields: object) -> RouteRequest:
    plain: dict[str, object] = {
        "source": TicketSource.AGENT,
        "category": "software",
        "kind": "incident",
        "subcategory": "database",
        "service": "erp",
        "family": "service.failed",
        "rule_id": "service.failed.crit",
        "text": "ORA-00060: Deadlock detected (payroll)",
        "product": "Example DB Server 19",
        "site": "berlin",
        "device_class": "server",
        "priority": Priority.HIGH,
        "vip": True,
        **fields,
    }
    return RouteRequest(**plain)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("match", "other"),
    [
        pytest.param(
            RouteMatch(sources=frozenset({"agent"})), _ticket(source=TicketSource.API), id="source"
        ),
        pytest.param(RouteMatch(kinds=frozenset({"incident"})), _ticket(kind="request"), id="kind"),
        pytest.param(
            RouteMatch(categories=frozenset({"software"})),
            _ticket(category="storage"),
            id="category",
        ),
        pytest.param(
            RouteMatch(subcategories=frozenset({"database"})),
            _ticket(subcategory=""),
            id="subcategory",
        ),
        pytest.param(RouteMatch(services=("crm", "er?")), _ticket(service="mail"), id="service"),
        pytest.param(RouteMatch(services=("*",)), _ticket(service=""), id="any-service-but-none"),
        pytest.param(
            RouteMatch(families=("service.*",)),
            _ticket(family="disk.space", rule_id="disk.full"),
            id="family",
        ),
        pytest.param(RouteMatch(families=("*.crit",)), _ticket(rule_id=""), id="rule-id"),
        pytest.param(
            RouteMatch(families=("*",)), _ticket(family="", rule_id=""), id="any-family-but-none"
        ),
        pytest.param(
            RouteMatch(products=("example db*",)), _ticket(product="Example Mail"), id="product"
        ),
        pytest.param(RouteMatch(products=("*",)), _ticket(product=""), id="any-product-but-none"),
        pytest.param(
            RouteMatch(words=("deadlock",)), _ticket(text="no deadlocks, dead locks"), id="word"
        ),
        pytest.param(
            RouteMatch(words=("deadlock detected",)),
            _ticket(text="detected: a deadlock"),
            id="phrase",
        ),
        pytest.param(RouteMatch(sites=frozenset({"berlin"})), _ticket(site=""), id="site"),
        pytest.param(
            RouteMatch(device_classes=frozenset({"server"})),
            _ticket(device_class="laptop"),
            id="device-class",
        ),
        pytest.param(
            RouteMatch(priorities=frozenset({"urgent", "high"})),
            _ticket(priority=Priority.LOW),
            id="priority",
        ),
        pytest.param(RouteMatch(vip=True), _ticket(vip=False), id="vip"),
    ],
)
def test_each_condition_decides(match: RouteMatch, other: RouteRequest) -> None:
    """A rule fits a ticket that has what it names, and not one that differs in that alone."""
    rules = (
        RoutingRule(name="special", match=match, tier="L2", queue="databases"),
        RoutingRule(name="rest", tier="L1", queue="service-desk"),
    )

    assert [route(request, rules=rules).rule for request in (_ticket(), other)] == [
        "special",
        "rest",
    ]


def test_all_conditions_of_a_rule_have_to_hold() -> None:
    both = RouteMatch(words=("deadlock",), sites=frozenset({"hamburg"}))
    rules = (
        RoutingRule(name="both", match=both, tier="L2", queue="databases"),
        RoutingRule(name="rest", tier="L1", queue="service-desk"),
    )

    assert route(_ticket(), rules=rules).rule == "rest"


def test_a_rule_names_the_skills_that_are_required() -> None:
    rules = (RoutingRule(name="all", tier="L2", queue="databases", skills={"database": 3}),)

    assert route(_ticket(), rules=rules).skills == {"database": 3}


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
