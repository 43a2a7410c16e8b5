"""The stores in memory as tests of the desk look at them, with two devices in place."""

from datetime import datetime

from sickbay_collector.core.desk.message import OutboxMessage
from sickbay_collector.core.desk.ticket import EvidenceItem, Ticket, WorklogEntry
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.services.alert_ports import AlertRecord
from tests.collector.desk_builders import DEVICE_ID, OTHER_DEVICE_ID, a_device
from tests.fakes import Data, FakeDatabase, FakeTicketStore


class FakeDesk:
    """A database in memory; everything here is what was committed."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.open = self.database.open
        self.ids = 0
        for device_id in (DEVICE_ID, OTHER_DEVICE_ID):
            self.database.data.devices[device_id] = a_device(device_id=device_id)

    def new_id(self) -> str:
        """Return an id that this desk did not give before."""
        self.ids += 1
        return f"id-{self.ids:04}"

    def put(self, ticket: Ticket) -> None:
        """Put a ticket there as it is."""
        self.database.data.tickets[ticket.ticket_id] = ticket

    @property
    def tickets(self) -> list[Ticket]:
        return list(self.database.data.tickets.values())

    @property
    def ticket(self) -> Ticket:
        """The ticket, which must be the only one."""
        (ticket,) = self.tickets
        return ticket

    @property
    def entries(self) -> list[WorklogEntry]:
        """All worklogs, ticket by ticket."""
        return [entry for log in self.database.data.worklog.values() for entry in log]

    @property
    def evidence(self) -> list[EvidenceItem]:
        """All evidence, ticket by ticket."""
        return [item for items in self.database.data.evidence.values() for item in items]

    @property
    def alerts(self) -> list[AlertRecord]:
        return list(self.database.data.alerts.values())

    @property
    def messages(self) -> list[OutboxMessage]:
        """Announcements and notices in the order of writing."""
        return list(self.database.data.outbox.values())

    @property
    def announcements(self) -> list[OutboxMessage]:
        """Messages that name nobody: one for each write of a ticket."""
        return [one for one in self.messages if not one.recipient]

    @property
    def notices(self) -> list[OutboxMessage]:
        """Messages to somebody."""
        return [one for one in self.messages if one.recipient]

    @property
    def sent(self) -> dict[str, datetime]:
        """When each message was marked as sent."""
        return self.database.data.sent

    def worklog(self, ticket_id: TicketId) -> tuple[WorklogEntry, ...]:
        return self.database.data.worklog.get(ticket_id, ())


class LateTicketStore(FakeTicketStore):
    """Shows an open ticket only after so many looks, as if another collector just commits it."""

    def __init__(self, data: Data, *, looks: int) -> None:
        super().__init__(data)
        self._looks = looks

    def open_of(self, device_id: DeviceId, family: str) -> Ticket | None:
        if self._looks:
            self._looks -= 1
            return None
        return super().open_of(device_id, family)

    def insert_open(self, ticket: Ticket) -> Ticket | None:
        return FakeTicketStore(self._data).insert_open(ticket)


class StaleTicketStore(FakeTicketStore):
    """Somebody else always writes first."""

    def save(self, ticket: Ticket, *, expected_version: int) -> bool:
        return ticket.version == expected_version == 0
