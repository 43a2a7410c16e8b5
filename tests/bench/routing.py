"""How long it takes to decide who gets a ticket: 500 rules of which the last fits, 200 technicians.

Half of them are of the first tier and lack the skill, so that every rule is asked, every reason
given and the whole second tier weighed. The database's part is not in it.
"""

import gc
import time

from sickbay_collector.core.desk.placing import TierStep, place
from sickbay_collector.core.desk.ranking import Need, PastWork, Worker
from sickbay_collector.core.desk.routing import RouteMatch, RouteRequest, RoutingRule, route
from sickbay_collector.core.desk.ticket import TicketSource

RULES = 500
TECHNICIANS = 200
DECISIONS = 50
ROUNDS = 5


def measure() -> dict[str, float]:
    """Return milliseconds a decision."""
    rules, workers = _rules(), {"L1": _workers(0, 3), "L2": _workers(100, 5)}
    tiers = {
        "L1": TierStep(tier="L1", queue="service-desk", next_tier="L2"),
        "L2": TierStep(tier="L2", queue="specialists"),
    }
    request = RouteRequest(
        source=TicketSource.API,
        category="software",
        text="the nightly import of the warehouse stops with a timeout " * 20,
    )
    need = Need(skills={"database": 4}, useful=frozenset({"software"}), site="s1", slack=0.5)

    def decide() -> None:
        decision = route(request, rules=rules)
        placed = place(tiers[decision.tier], tiers, need, lambda tier: workers.get(tier, ()))
        if placed.tier != "L2" or not placed.assignee:
            raise RuntimeError(f"the bench routed to {placed.tier}: {placed.reason}")

    best = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter()
        for _ in range(DECISIONS):
            decide()
        best.append((time.perf_counter() - began) / DECISIONS * 1e3)
    return {"routing_decision_ms": round(min(best), 3)}


def _rules() -> tuple[RoutingRule, ...]:
    asking = [
        RoutingRule(
            name=f"rule {number}",
            match=RouteMatch(
                families=(f"family{number}.*",) if number % 2 else (),
                words=tuple(f"word{number}x{part} of it" for part in range(10)),
            ),
            tier="L1",
            queue="service-desk",
        )
        for number in range(RULES - 1)
    ]
    return (*asking, RoutingRule(name="rest", tier="L1", queue="service-desk"))


def _workers(first: int, level: int) -> tuple[Worker, ...]:
    return tuple(
        Worker(
            login=f"t{number:03}",
            skills={"database": level, "software": 3, "linux": 2},
            sites=frozenset({"s1", "s2"}),
            languages=frozenset({"de", "en"}),
            capacity=20,
            open_tickets=number % 19,
            on_shift=number % 3 > 0,
            past=PastWork(resolved=number, kept=number // 2),
        )
        for number in range(first, first + TECHNICIANS // 2)
    )
