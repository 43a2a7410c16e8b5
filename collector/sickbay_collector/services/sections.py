"""Keeps inventory sections that devices announced and the collector lacked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.state_codec import decode_state


@dataclass(frozen=True, slots=True)
class ReceivedSection:
    """A section whose hash was found to be that of its content."""

    content_hash: bytes
    content: SectionContent


def store_sections(
    device_id: DeviceId,
    sections: Sequence[ReceivedSection],
    open_uow: OpenUnitOfWork,
    *,
    now: datetime,
) -> tuple[str, ...]:
    """Store sections and make them the device's present ones; return why not, or "", for each.

    Only what the device announced in its latest inventory state is taken: nobody fills the store
    with content that no device has.
    """
    with open_uow() as uow:
        stored = uow.states.load([device_id]).get(device_id)
        announced = decode_state(stored.state).sections if stored and stored.state else {}
        reasons: list[str] = []
        for section in sections:
            kind = section.content.kind
            if announced.get(kind) != section.content_hash:
                reasons.append(f"section {kind} was not announced with this hash")
                continue
            uow.sections.put(section.content_hash, section.content)
            uow.sections.attach(device_id, kind, section.content_hash, at=now)
            reasons.append("")
        uow.commit()
    return tuple(reasons)
