"""What was repaired or replaced on a device, written down by hand, and from its tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.asset_fields import amount_text
from sickbay_collector.core.audit import change_event
from sickbay_collector.core.desk.text import checked_text
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.line import checked_line
from sickbay_collector.core.repair import Repair
from sickbay_collector.services.assets import AUDIT_KIND
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.repeated import done_before
from sickbay_collector.services.ticket_parts_ports import RequestKey


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRepair:
    """What became of a repair that somebody writes down."""

    repair: Repair
    is_repeated: bool
    """Whether the same request wrote it before."""


def device_repairs(uow: UnitOfWork, device_id: DeviceId) -> Sequence[Repair]:
    """Return a device's maintenance history, by hand and from its tickets, newest first."""
    found = [*uow.assets.repairs(device_id), *uow.assets.ticket_repairs(device_id)]
    return sorted(found, key=lambda one: (one.at, one.repair_id), reverse=True)


def add_repair(
    open_uow: OpenUnitOfWork, draft: Repair, *, now: datetime, key: RequestKey | None = None
) -> WrittenRepair:
    """Write down a repair or part.

    Args:
        open_uow: Opens the unit of work.
        draft: What was done.
        now: The present time.
        key: Makes a repeated request the same; None where it is another repair.

    Raises:
        InvalidError: A text is wrong, it is of the future, or the key was used for something else.
        ConflictError: There is no such device, or what the same request wrote was taken off.
    """
    if draft.at > now:
        raise InvalidError("at: is in the future; write down what was done")
    repair = replace(
        draft,
        text=checked_text("text:", draft.text),
        supplier=checked_line("supplier", draft.supplier),
    )
    with open_uow() as uow:
        before = None if key is None else done_before(uow, key, repair.repair_id, now)
        if before is not None:
            return WrittenRepair(repair=_kept(uow, repair.device_id, before), is_repeated=True)
        uow.assets.add_repair(repair)
        uow.audit.add(
            change_event(
                at=now,
                actor=repair.by,
                object_kind=AUDIT_KIND,
                object_id=repair.device_id,
                before={},
                after=_repair_texts(repair),
            )
        )
        uow.commit()
    return WrittenRepair(repair=repair, is_repeated=False)


def drop_repair(
    open_uow: OpenUnitOfWork, device_id: DeviceId, repair_id: str, *, actor: str, now: datetime
) -> None:
    """Take a repair off that was written down by mistake; the audit keeps it.

    Raises:
        NotFoundError: There is none.
    """
    with open_uow() as uow:
        repair = uow.assets.drop_repair(device_id, repair_id)
        if repair is None:
            raise NotFoundError("the device has no repair %(repair_id)s", repair_id=repair_id[:40])
        uow.audit.add(
            change_event(
                at=now,
                actor=actor,
                object_kind=AUDIT_KIND,
                object_id=device_id,
                before=_repair_texts(repair),
                after={},
            )
        )
        uow.commit()


def _kept(uow: UnitOfWork, device_id: DeviceId, repair_id: str) -> Repair:
    for one in uow.assets.repairs(device_id):
        if one.repair_id == repair_id:
            return one
    raise ConflictError("the repair that this request wrote down was taken off; take a new key")


def _repair_texts(repair: Repair) -> Mapping[str, str]:
    cost = "" if repair.cents is None else f" for {amount_text(repair.cents, repair.currency)}"
    by = f" by {repair.supplier}" if repair.supplier else ""
    return {f"{repair.kind} of {repair.at:%F}": f"{repair.text}{by}{cost}"}
