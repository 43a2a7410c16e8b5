"""Runs of escalation policies, and what they did."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, insert, select, update

from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.escalation_run import EscalationRun
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.escalation_tables import escalation_run as table
from sickbay_collector.db.escalation_tables import escalation_step
from sickbay_collector.db.records import build, columns, values
from sickbay_collector.services.escalation_ports import StepDone

_RUN = columns(table, EscalationRun)
_STEP = columns(escalation_step, StepDone)


class SqlEscalationStore:
    """Implements `EscalationStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: EscalationRun) -> None:
        """Store a new run."""
        self._connection.execute(insert(table).values(values(run)))

    def save(self, run: EscalationRun) -> None:
        """Write how a run stands, over what is there."""
        statement = update(table).where(table.c.ticket_id == run.ticket_id, table.c.run == run.run)
        self._connection.execute(statement.values(values(run)))

    def current(self, ticket_id: TicketId) -> EscalationRun | None:
        """Return the last run of a ticket; None where it never had one."""
        return self._last(ticket_id, hold=False)

    def hold(self, ticket_id: TicketId) -> EscalationRun | None:
        """Return the last run, which nobody else writes until this transaction ends."""
        return self._last(ticket_id, hold=True)

    def log(self, step: StepDone) -> None:
        """Note a step that was done. One that is there already is a conflict."""
        self._connection.execute(insert(escalation_step).values(values(step)))

    def steps(self, ticket_id: TicketId) -> Sequence[StepDone]:
        """Return the steps that were done on a ticket, of all runs, in order."""
        statement = select(*_STEP).where(escalation_step.c.ticket_id == ticket_id)
        statement = statement.order_by(escalation_step.c.run, escalation_step.c.position)
        return [build(StepDone, row) for row in self._connection.execute(statement).mappings()]

    def run_count(self) -> int:
        """Return how many runs there ever were."""
        return self._connection.execute(select(func.count()).select_from(table)).scalar() or 0

    def step_counts(self) -> Mapping[StepKind, int]:
        """Return how many steps were ever done, by kind."""
        kind = escalation_step.c.kind
        statement = select(kind, func.count().label("steps")).group_by(kind)
        return {row.kind: row.steps for row in self._connection.execute(statement)}

    def _last(self, ticket_id: TicketId, *, hold: bool) -> EscalationRun | None:
        statement = select(*_RUN).where(table.c.ticket_id == ticket_id)
        statement = statement.order_by(table.c.run.desc()).limit(1)
        if hold:
            statement = statement.with_for_update()
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(EscalationRun, row)
