"""Major incidents, and who hears of them."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from sickbay_collector.core.desk.major import MajorIncident
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.major_tables import major_incident as table
from sickbay_collector.db.major_tables import major_subscriber
from sickbay_collector.db.records import build, columns, insert_into, values

_INCIDENT = columns(table, MajorIncident)


class SqlMajorStore:
    """Implements `MajorStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, ticket_id: TicketId) -> MajorIncident | None:
        """Return the incident of a ticket, over or not."""
        return self._one(ticket_id, hold=False)

    def hold(self, ticket_id: TicketId) -> MajorIncident | None:
        """Return the incident, which nobody else writes until this transaction ends."""
        return self._one(ticket_id, hold=True)

    def save(self, incident: MajorIncident) -> None:
        """Write an incident, over what is there."""
        row = values(incident)
        changed = {name: value for name, value in row.items() if name != "ticket_id"}
        statement = insert_into(self._connection, table).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["ticket_id"], set_=changed)
        )

    def subscribe(self, ticket_id: TicketId, who: str) -> None:
        """Let somebody hear of updates; twice is once."""
        statement = insert_into(self._connection, major_subscriber).on_conflict_do_nothing()
        self._connection.execute(statement, {"ticket_id": ticket_id, "who": who})

    def unsubscribe(self, ticket_id: TicketId, who: str) -> None:
        """Let somebody hear no more."""
        columns_ = major_subscriber.c
        self._connection.execute(
            delete(major_subscriber).where(columns_.ticket_id == ticket_id, columns_.who == who)
        )

    def subscribers(self, ticket_id: TicketId) -> Sequence[str]:
        """Return who hears of updates, sorted."""
        who = major_subscriber.c.who
        statement = select(who).where(major_subscriber.c.ticket_id == ticket_id).order_by(who)
        return list(self._connection.execute(statement).scalars())

    def _one(self, ticket_id: TicketId, *, hold: bool) -> MajorIncident | None:
        statement = select(*_INCIDENT).where(table.c.ticket_id == ticket_id)
        if hold:
            statement = statement.with_for_update()
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(MajorIncident, row)
