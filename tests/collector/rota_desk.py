"""A small desk with shifts, a rota and requirements, for tests of what shows them."""

from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.desk.tier_spec import TierSpec
from tests.collector.roster_builders import (
    WORKDAYS,
    a_book,
    a_layer,
    a_requirement,
    a_rota,
    a_shift,
    a_technician,
    every,
    hours,
)


def a_tier(name: str, following: str = "") -> TierSpec:
    """Return a tier."""
    return TierSpec(
        id=name,
        name=name,
        responsibilities=(),
        allowed_actions=(),
        time_limit_s=None,
        next=following,
        queue="service-desk",
        triggers=(),
    )


_WEEKLY = every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-12T09:00"))
ROTA_DESK = replace(
    a_book(
        a_technician("ada"),
        a_technician("bob"),
        a_technician("technician.doe"),
        a_technician("eve", tiers=("L2",)),
        shifts=[a_shift("office", hours((9, 17), days=WORKDAYS), "ada", "technician.doe")],
        rotas=[
            a_rota("nights", a_layer("week", _WEEKLY, "ada", "bob", during=hours((0, 8)))),
            a_rota("experts", a_layer("all", _WEEKLY, "eve"), tier="L2"),
        ],
        requirements=[a_requirement("day", hours((8, 17), days=WORKDAYS), users="staff")],
    ),
    tiers={"L1": a_tier("L1", "L2"), "L2": a_tier("L2"), "L3": a_tier("L3")},
)
"""On Friday, 20 November 2026, it is ada's week. Nobody is there from 08:00 to 09:00."""
