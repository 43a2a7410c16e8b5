"""What was repaired or replaced on a device: its maintenance history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.parts import Cost, CostKind
from sickbay_collector.core.ids import DeviceId


class RepairKind(StrEnum):
    """What was done."""

    REPAIR = "repair"
    """Work."""
    PART = "part"
    """Something was replaced or put in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One line of a device's maintenance history."""

    repair_id: str
    device_id: DeviceId
    at: datetime
    """When it was done."""
    kind: RepairKind
    text: str
    """What was done, or what the part is."""
    supplier: str
    """Who did it or delivered it; "" for nobody outside."""
    cents: int | None
    """Hundredths of what it cost; None where that is unknown."""
    currency: str
    """Of ISO 4217; "" where the cost is unknown."""
    by: str
    """Login name of who wrote it down."""
    ticket: int | None = None
    """Number of the ticket that it was done for; None for one written down by hand."""


def of_cost(cost: Cost, *, device_id: DeviceId, number: int) -> Repair:
    """Return what was spent on a ticket as a line of its device's history.

    Args:
        cost: Of the ticket.
        device_id: The ticket's device.
        number: The ticket's.
    """
    return Repair(
        repair_id=cost.cost_id,
        device_id=device_id,
        at=cost.at,
        kind=RepairKind.PART if cost.kind is CostKind.PART else RepairKind.REPAIR,
        text=cost.text,
        supplier="",
        cents=cost.amount_cents,
        currency=cost.currency,
        by=cost.by,
        ticket=number,
    )


def totals(repairs: Iterable[Repair]) -> Mapping[str, int]:
    """Return what repairs cost in hundredths, by currency."""
    sums: dict[str, int] = {}
    for repair in repairs:
        if repair.cents is not None:
            sums[repair.currency] = sums.get(repair.currency, 0) + repair.cents
    return dict(sorted(sums.items()))
