"""Compares what devices were told with what the database holds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sickbay.v1 import telemetry_pb2
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.lane import Lane
from sickbay_collector.db.frames import _Replay
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.state_codec import decode_state
from sickbay_collector.storage import Storage
from tests.faults.witness import FullVolume, Witness, problem_text

FAMILY = "disk.space"
_LANES = {
    telemetry_pb2.LANE_SAMPLES: Lane.SAMPLES,
    telemetry_pb2.LANE_EVENTS: Lane.EVENTS,
}
_MANY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wrong, in sentences; none when all is well."""

    acked: int = 0
    delivered_twice: int = 0
    """Records that were sent again after their acknowledgement was lost; stored once."""
    lost: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    def __add__(self, other: "Findings") -> "Findings":
        """Return the findings of both."""
        return Findings(
            acked=self.acked + other.acked,
            delivered_twice=self.delivered_twice + other.delivered_twice,
            lost=self.lost + other.lost,
            twice=self.twice + other.twice,
            odd=self.odd + other.odd,
        )


def inquire(storage: Storage, witnesses: Sequence[Witness]) -> Findings:
    """Return what the database says of all that was acknowledged."""
    total = Findings()
    with storage.open_reads() as uow:
        for witness in witnesses:
            total += _device(uow, witness)
    return total


def _device(uow: UnitOfWork, witness: Witness) -> Findings:
    device_id = DeviceId(witness.device.device_id)
    stored = uow.states.load([device_id])[device_id]
    tickets = uow.tickets.list(device_id=device_id, limit=_MANY)
    memory = witness.memory
    told = Findings(
        acked=sum(len(seqs) for seqs in memory.acked.values()),
        delivered_twice=memory.duplicates,
        odd=tuple(memory.odd),
    )
    return (
        told
        + _marks(stored, witness)
        + _samples(uow, stored, witness)
        + _gaps(stored, witness)
        + _problems(tickets, witness)
        + _alert_tickets(tickets, witness)
    )


def _marks(stored: StoredState, witness: Witness) -> Findings:
    """Every lane is durable up to the last acknowledged record, in the epoch of the device."""
    marks = decode_state(stored.state).marks
    odd = []
    for number, seqs in witness.memory.acked.items():
        mark = marks.get(_LANES[telemetry_pb2.Lane.ValueType(number)])
        if mark is None:
            odd.append(f"lane {number}: nothing durable, acknowledged to {max(seqs)}")
        elif (mark.epoch, mark.seq) != (witness.device.epoch, max(seqs)):
            odd.append(f"lane {number}: durable to {mark.seq}, acknowledged to {max(seqs)}")
    return Findings(odd=tuple(odd))


def _samples(uow: UnitOfWork, stored: StoredState, witness: Witness) -> Findings:
    """Every acknowledged sample is one point of the history, with its own value."""
    acked = witness.memory.acked[telemetry_pb2.LANE_SAMPLES]
    if not acked:
        return Findings()
    until = witness.at(max(acked)) + timedelta(days=1)
    series = uow.history.read(
        stored.device_id, ["cpu.load_1m"], since=witness.began_at, until=until
    )
    found = Counter(point for one in series for point in one.points)
    wanted = {(witness.at(seq), seq / 100) for seq in acked}
    replay = _Replay()
    running = Counter(replay.run(stored.frames))
    return Findings(
        lost=tuple(f"sample at {at} load {load}" for at, load in sorted(wanted - found.keys())),
        twice=tuple(f"frame at second {at}" for at, count in running.items() if count > 1),
        odd=tuple(f"point {point} was never acknowledged" for point in found.keys() - wanted),
    )


def _gaps(stored: StoredState, witness: Witness) -> Findings:
    """The counter of lost records counts each acknowledged gap once."""
    counted = decode_state(stored.state).lost_records
    sent = len(witness.memory.acked[telemetry_pb2.LANE_EVENTS] - witness.problems)
    if counted < sent:
        return Findings(lost=tuple(f"gap {number}" for number in range(sent - counted)))
    return Findings(twice=tuple(f"gap {number}" for number in range(counted - sent)))


def _problems(tickets: Sequence[Ticket], witness: Witness) -> Findings:
    """Each acknowledged problem report opened one ticket."""
    found = Counter(ticket.description.splitlines()[0] for ticket in tickets if not ticket.family)
    acked = witness.memory.acked[telemetry_pb2.LANE_EVENTS]
    wanted = {problem_text(seq) for seq in witness.problems & acked}
    return Findings(
        lost=tuple(f"{text}: no ticket" for text in sorted(wanted - found.keys())),
        twice=tuple(f"{text}: {count} tickets" for text, count in found.items() if count > 1),
    )


def _alert_tickets(tickets: Sequence[Ticket], witness: Witness) -> Findings:
    """A device with a full volume has one ticket, which is open or resolved; the others none."""
    statuses = [ticket.status for ticket in tickets if ticket.family]
    families = {ticket.family for ticket in tickets if ticket.family}
    if witness.volume_is == FullVolume.NEVER:
        return Findings(odd=tuple(f"ticket of {family}" for family in families))
    if len(statuses) > 1:
        return Findings(twice=(f"{len(statuses)} tickets of {families}",))
    if not statuses:
        has_said_so = bool(witness.memory.acked[telemetry_pb2.LANE_SAMPLES])
        return Findings(lost=("no ticket of the full volume",) if has_said_so else ())
    open_for_good = witness.volume_is == FullVolume.ALWAYS
    fits = families == {FAMILY} and (statuses == [TicketStatus.NEW] or not open_for_good)
    return Findings(odd=() if fits else (f"ticket {families} {statuses}",))
