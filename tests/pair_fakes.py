"""What people decided about devices that look alike, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from sickbay_collector.core.desk.problem import Problem
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.device import Device
from sickbay_collector.core.device_pair import Alias, Apart, in_order
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.identity import IdentityRecord
from sickbay_collector.core.ids import AlertId, DeviceId, TicketId
from sickbay_collector.services.alert_ports import AlertRecord
from tests.asset_fakes import FakeAssets
from tests.quiet_fakes import Quiet


class Tables(Protocol):
    """Of the whole database, what decisions change."""

    apart: dict[tuple[DeviceId, DeviceId], Apart]
    aliases: dict[DeviceId, Alias]
    devices: dict[DeviceId, Device]
    identities: dict[DeviceId, IdentityRecord]
    tickets: dict[TicketId, Ticket]
    alerts: dict[AlertId, AlertRecord]
    quiet: Quiet
    assets: FakeAssets
    problems: dict[int, Problem]

    def require_device(self, device_id: DeviceId) -> None: ...


class FakePairStore:
    def __init__(self, data: Tables) -> None:
        self._data = data

    def put_apart(self, decision: Apart) -> None:
        self._data.require_device(decision.one)
        self._data.require_device(decision.other)
        self._data.apart[decision.one, decision.other] = decision

    def apart(self, one: DeviceId, other: DeviceId) -> Apart | None:
        return self._data.apart.get(in_order(one, other))

    def apart_of(self, device_id: DeviceId) -> Sequence[Apart]:
        return [one for pair, one in sorted(self._data.apart.items()) if device_id in pair]

    def drop_apart(self, one: DeviceId, other: DeviceId) -> None:
        self._data.apart.pop(in_order(one, other), None)

    def put_alias(self, alias: Alias) -> None:
        aliases = self._data.aliases
        if alias.device_id in aliases:
            raise ConflictError(f"{alias.device_id} ended before")
        for one in self.aliases_of(alias.device_id):
            aliases[one.device_id] = replace(one, survivor=alias.survivor)
        aliases[alias.device_id] = alias

    def alias(self, device_id: DeviceId) -> Alias | None:
        return self._data.aliases.get(device_id)

    def aliases_of(self, survivor: DeviceId) -> Sequence[Alias]:
        mine = [one for one in self._data.aliases.values() if one.survivor == survivor]
        return sorted(mine, key=lambda one: (-one.at.timestamp(), one.device_id))

    def survivors(
        self, device_ids: Collection[DeviceId], *, name: str = ""
    ) -> Mapping[DeviceId, DeviceId]:
        return {
            one.device_id: one.survivor
            for one in self._data.aliases.values()
            if one.device_id in device_ids or (name and one.hostname.lower() == name.lower())
        }

    def hand_over(self, ended: DeviceId, survivor: DeviceId) -> None:
        data = self._data
        data.quiet.muted[:] = [
            replace(one, device_id=survivor) if one.device_id == ended else one
            for one in data.quiet.muted
        ]
        for ticket_id, ticket in data.tickets.items():
            if ticket.device_id == ended:
                data.tickets[ticket_id] = replace(ticket, device_id=survivor)
        for alert_id, alert in data.alerts.items():
            if alert.device_id == ended:
                data.alerts[alert_id] = replace(alert, device_id=survivor)
        for repair_id, repair in data.assets.repairs.items():
            if repair.device_id == ended:
                data.assets.repairs[repair_id] = replace(repair, device_id=survivor)
        for number, problem in data.problems.items():
            if problem.device_id == ended:
                data.problems[number] = replace(problem, device_id=survivor)
        self._look_alike(ended, survivor)

    def _look_alike(self, ended: DeviceId, survivor: DeviceId) -> None:
        for device_id, device in self._data.devices.items():
            if device.possible_duplicate_of == ended and device_id != survivor:
                self._data.devices[device_id] = replace(device, possible_duplicate_of=survivor)
        for device_id, record in self._data.identities.items():
            if record.judgement.other == ended:
                other = None if device_id == survivor else survivor
                judged = replace(record.judgement, other=other)
                self._data.identities[device_id] = replace(record, judgement=judged)
