"""Takes samples into the spool, and keeps the inventory: what sections there are and their hashes.

An inventory record goes out at the start and whenever a section's hash changes; sections
themselves only when the collector says that it lacks them.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from sickbay_agent.encode import (
    RecordContent,
    encode_record,
    encode_section,
    inventory_state,
)
from sickbay_agent.exchange import MAX_SECTIONS, MAX_UPLOAD_BYTES, Upload, WatchLine
from sickbay_agent.model.inventory import InventoryState, SectionContent, SectionKind
from sickbay_agent.model.record import Lane
from sickbay_agent.sampler import Taken
from sickbay_agent.spool.spool import Spool
from sickbay_agent.watch import Crossing, crossings

log = logging.getLogger(__name__)


class TakesSamples(Protocol):
    """What the observer needs of the sampler."""

    def take(self, now: datetime, *, slow: bool, process_names: bool = True) -> Taken:
        """Return what the device is like now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something is observed."""

    at: datetime
    boot_id: str
    since_boot_s: float


def record_body(content: RecordContent, moment: Moment) -> bytes:
    """Return the body of a record."""
    record = encode_record(
        content,
        observed_at=moment.at,
        boot_id=moment.boot_id,
        since_boot_s=moment.since_boot_s,
    )
    return record.SerializeToString()


class Inventory:
    """The sections as they are now, serialised, and which the collector waits for."""

    def __init__(self) -> None:
        self._state: InventoryState | None = None
        self._bodies: dict[bytes, bytes] = {}
        self._wanted: list[bytes] = []
        self._refused: set[bytes] = set()

    def update(self, taken: Taken) -> InventoryState | None:
        """Take in the sections; return the new state if it differs from the one before."""
        messages = [encode_section(section) for section in taken.sections.values()]
        state = inventory_state(messages, taken.section_absences)
        if state == self._state:
            return None
        self._state = state
        self._bodies = {message.hash: message.SerializeToString() for message in messages}
        self._wanted = [wanted for wanted in self._wanted if wanted in self._bodies]
        self._refused &= set(self._bodies)
        return state

    def want(self, hashes: Iterable[bytes]) -> None:
        """Note sections that the collector lacks; what was refused or has changed is left out."""
        for wanted in hashes:
            if wanted in self._bodies and wanted not in {*self._wanted, *self._refused}:
                self._wanted.append(wanted)

    def next_uploads(self) -> tuple[Upload, ...]:
        """Return the sections to send in one call; none when nothing is lacking."""
        uploads: list[Upload] = []
        size = 0
        for wanted in self._wanted[:MAX_SECTIONS]:
            size += len(self._bodies[wanted])
            # A kibibyte for the frame around the sections.
            if uploads and size > MAX_UPLOAD_BYTES - 1024:
                break
            uploads.append(Upload(hash=wanted, body=self._bodies[wanted]))
        return tuple(uploads)

    def uploaded(self, section: bytes) -> None:
        """Note that the collector has a section."""
        self._wanted = [wanted for wanted in self._wanted if wanted != section]

    def refused(self, section: bytes, reason: str) -> None:
        """Note that the collector will not take a section; it is not offered again."""
        log.warning("section=%s refused: %s", section.hex()[:16], reason)
        self._refused.add(section)
        self.uploaded(section)


class Observer:
    """Takes samples into the spool.

    Args:
        sampler: Reads the device.
        spool: Where records wait.
        moment: Returns when it is now.
    """

    def __init__(self, sampler: TakesSamples, spool: Spool, moment: Callable[[], Moment]) -> None:
        self._sampler = sampler
        self._spool = spool
        self._moment = moment
        self._crossed: frozenset[Crossing] = frozenset()
        self._sections: Mapping[SectionKind, SectionContent] = MappingProxyType({})
        self.inventory = Inventory()

    @property
    def sections(self) -> Mapping[SectionKind, SectionContent]:
        """The inventory of the last sample; empty before the first."""
        return self._sections

    def observe(self, *, slow: bool, process_names: bool, watch_lines: Iterable[WatchLine]) -> bool:
        """Take a sample; return whether it crossed a watch line that the one before did not.

        Raises:
            SpoolError: It could not be stored.
        """
        moment = self._moment()
        taken = self._sampler.take(moment.at, slow=slow, process_names=process_names)
        self._sections = taken.sections
        crossed = crossings(watch_lines, taken.sample)
        is_urgent = bool(crossed - self._crossed)
        self._crossed = crossed
        if slow and (state := self.inventory.update(taken)) is not None:
            self._spool.append(Lane.STATE, record_body(state, moment), moment.at)
        self._spool.append(Lane.SAMPLES, record_body(taken.sample, moment), moment.at)
        return is_urgent

    def report_event(self, content: RecordContent) -> None:
        """Store something else than a sample in the events lane.

        Raises:
            SpoolError: It could not be stored.
        """
        moment = self._moment()
        self._spool.append(Lane.EVENTS, record_body(content, moment), moment.at)
