"""Routing rules as configuration: the default order, what a rule can say, and what is refused."""

from pathlib import Path

import pytest

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.routing import RouteMatch, RouteRequest, route
from sickbay_collector.core.desk.ticket import TicketKind, TicketSource
from sickbay_collector.core.desk.tier_spec import AssignMode
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book
from sickbay_collector.services.book.routing import MAX_RULES


def load(folder: Path, text: str = "") -> DeskBook:
    """Return the book with one more file."""
    (folder / "site.yaml").write_text(text)
    return load_book([folder])


def _request(source: TicketSource, category: str, **fields: str) -> RouteRequest:
    return RouteRequest(
        source=source,
        category=category,
        **{"kind": TicketKind.INCIDENT.value, **fields},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("request_", "rule", "tier", "queue", "skills"),
    [
        pytest.param(
            _request(TicketSource.ALERT, "security", tier="L2", queue="endpoint"),
            "security first",
            "SEC",
            "security",
            {},
            id="security-goes-before-the-alert-rule",
        ),
        pytest.param(
            _request(TicketSource.ALERT, "storage", tier="L2", queue="hardware", text="database"),
            "as the alert rule says",
            "L2",
            "hardware",
            {},
            id="alert",
        ),
        pytest.param(
            _request(TicketSource.EMAIL, "network", text="SQL Server: deadlock"),
            "database error to who knows databases",
            "L2",
            "databases",
            {"database": 2},
            id="database-goes-before-its-category",
        ),
        pytest.param(
            _request(
                TicketSource.PORTAL,
                "hardware",
                kind=TicketKind.REQUEST,
                service="new-hardware",
                tier="L1",
                queue="service-desk",
                text="a book about SQL",
            ),
            "as the service says",
            "L1",
            "service-desk",
            {},
            id="request-of-a-service",
        ),
        pytest.param(
            _request(TicketSource.PHONE, "network"),
            "network to specialists",
            "L2",
            "network",
            {},
            id="network",
        ),
        pytest.param(
            _request(TicketSource.CHAT, "access"), "access", "L1", "access", {}, id="access"
        ),
        pytest.param(
            _request(TicketSource.WALK_UP, "hardware"),
            "hardware to specialists",
            "L2",
            "hardware",
            {},
            id="hardware",
        ),
        pytest.param(
            _request(TicketSource.AGENT, "other"),
            "first contact",
            "L1",
            "service-desk",
            {},
            id="first-contact-last",
        ),
    ],
)
def test_the_default_order(
    tmp_path: Path,
    request_: RouteRequest,
    rule: str,
    tier: str,
    queue: str,
    skills: dict[str, int],
) -> None:
    decision = route(request_, rules=load(tmp_path).routing)

    assert (rule, tier, queue, skills) == (
        decision.rule,
        decision.tier,
        decision.queue,
        dict(decision.skills),
    )


def test_a_rule_with_everything_and_before_those_of_the_package(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        """
routing:
- id: erp
  name: ERP of the board
  source: [email, phone]
  kind: [incident]
  category: [software]
  subcategory: [crash]
  service: [erp, "e-*"]
  family: ["service.*"]
  words: [payroll, "month end"]
  product: ["Example ERP*"]
  site: [main]
  device_class: [server]
  priority: [urgent, high]
  vip: true
  tier: L3
  skills: {database: 4, software: 1}
""",
    )
    first = book.routing[0]

    assert (first.name, first.tier, first.queue) == ("ERP of the board", "L3", "experts")
    assert dict(first.skills) == {"database": 4, "software": 1}
    assert first.match == RouteMatch(
        sources=frozenset({"email", "phone"}),
        kinds=frozenset({"incident"}),
        categories=frozenset({"software"}),
        subcategories=frozenset({"crash"}),
        services=("erp", "e-*"),
        families=("service.*",),
        words=("payroll", "month end"),
        products=("Example ERP*",),
        sites=frozenset({"main"}),
        device_classes=frozenset({"server"}),
        priorities=frozenset({"urgent", "high"}),
        vip=True,
    )
    assert [rule.name for rule in book.routing][-1] == "first contact"


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        pytest.param(
            "{id: a, tier: L1, skills: {databse: 2}}",
            r"site.yaml:2: routing rule a: skills: skills has no 'databse'; did you mean"
            r" 'database'\?",
            id="unknown-skill",
        ),
        pytest.param(
            "{id: a, tier: L1, skills: {database: 6}}", "from 1 to 5, not 6", id="level-too-high"
        ),
        pytest.param("{id: a, tier: L9}", "tier: tiers has no 'L9'", id="unknown-tier"),
        pytest.param("{id: a, queue: q}", "queue: needs a tier", id="queue-without-tier"),
        pytest.param("{id: a, tier: L1, queue: Q}", "queue: must be 1 to 32", id="bad-queue"),
        pytest.param(
            "{id: a, tier: L1, words: []}", "words: is empty and would fit nothing", id="no-words"
        ),
        pytest.param("{id: a, tier: L1, words: ['!?']}", "'!\\?' has no letter", id="no-letters"),
        pytest.param(
            f"{{id: a, tier: L1, words: [{'w' * 65}]}}", "words: must be a list", id="long-word"
        ),
        pytest.param(
            f"{{id: a, tier: L1, words: [{', '.join(['w'] * 101)}]}}",
            "at most 100 items, not 101",
            id="many-words",
        ),
        pytest.param(
            "{id: a, tier: L1, category: [storge]}", "did you mean 'storage'", id="category"
        ),
        pytest.param("{id: a, tier: L1, vip: maybe}", "vip: must be true or false", id="vip"),
        pytest.param("{id: a, tier: L1, site: [x]}", "site: sites has no 'x'", id="unknown-site"),
    ],
)
def test_what_is_refused(tmp_path: Path, rule: str, error: str) -> None:
    with pytest.raises(InvalidError, match=error):
        load(tmp_path, f"routing:\n- {rule}\n")


def test_longest_and_most_words_are_taken(tmp_path: Path) -> None:
    words = ", ".join([f"{'w' * 64}"] + ["w"] * 99)

    assert len(load(tmp_path, f"routing: [{{id: a, tier: L1, words: [{words}]}}]").routing) == 9


def test_as_many_rules_as_are_allowed_and_one_more(tmp_path: Path) -> None:
    own = len(load(tmp_path).routing)
    rules = [f"- {{id: r{number}, words: [x], tier: L1}}" for number in range(MAX_RULES - own)]

    assert len(load(tmp_path, "\n".join(["routing:", *rules])).routing) == MAX_RULES
    with pytest.raises(InvalidError, match="there are 501 routing; at most 500 are allowed"):
        load(tmp_path, "\n".join(["routing:", *rules, "- {id: more, words: [x], tier: L1}"]))


def _off() -> str:
    names = (
        "security-first",
        "as-the-alert-rule-says",
        "database-error",
        "as-the-service-says",
        "network",
        "access",
        "hardware",
        "first-contact",
    )
    return "\n".join(f"- {{id: {name}, enabled: false}}" for name in names)


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    off = _off()

    with pytest.raises(InvalidError, match="routing: there are no rules; at least one that fits"):
        load(tmp_path, f"routing:\n{off}\n")


def test_a_list_that_leaves_a_ticket_without_a_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"yaml:\d+: routing: no rule fits everything"):
        load(
            tmp_path, "routing: [{id: ours, words: [x], tier: L1}, {id: first-contact, vip: true}]"
        )


def test_a_tier_with_everything_of_routing(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        "tiers: [{id: OPS, queue: ops, assign: queue, calendar: business, reassign_limit: 2}]",
    )
    tier = book.tiers["OPS"]

    assert (tier.assign, tier.calendar, tier.reassign_limit) == (AssignMode.QUEUE, "business", 2)
    assert [book.tiers[name].reassign_limit for name in ("L1", "L2", "L3")] == [3, 3, None]


def test_a_ring_of_tiers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="next: goes round in a circle"):
        load(tmp_path, "tiers: [{id: L3, next: L1}]")
