"""Problems, and the incidents that they come from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from sickbay_collector.core.desk.problem import Failure, Problem, ProblemState
from sickbay_collector.core.device import DeviceStatus
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.db.problem_tables import problem as table
from sickbay_collector.db.records import build, columns, values
from sickbay_collector.db.sections import unpack_content
from sickbay_collector.db.tables import device, section_content, section_version, ticket, worklog

_PROBLEM = columns(table, Problem)
_GONE = (DeviceStatus.RETIRED, DeviceStatus.DISPOSED)
_KINDS = ("os", "system")
# Longer than any rule's reopen window.
_REOPENED_WITHIN = timedelta(days=60)


class SqlProblemStore:
    """Implements `ProblemStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, problem: Problem) -> Problem:
        """Store a problem and return it with its number."""
        row = values(problem)
        del row["number"]
        statement = insert(table).values(row).returning(table.c.number)
        return replace(problem, number=self._connection.execute(statement).scalar_one())

    def save(self, problem: Problem) -> None:
        """Write a problem, over what is there."""
        changed = update(table).where(table.c.number == problem.number)
        self._connection.execute(changed.values(values(problem)))

    def by_number(self, number: int, *, hold: bool = False) -> Problem | None:
        """Return a problem; with `hold`, nobody else changes it until this transaction ends."""
        return self._first(table.c.number == number, hold=hold)

    def of_key(self, key: str) -> Problem | None:
        """Hold and return the newest problem of a key."""
        return self._first(table.c.key == key, hold=True)

    def failures(self, family: str, *, since: datetime) -> Sequence[Failure]:
        """Return when tickets of a family were opened or reopened since, oldest first."""
        return self._failures(
            ticket.c.family == family,
            ticket.c.opened_at >= since - _REOPENED_WITHIN,
            worklog.c.at >= since,
        )

    def incidents(self, problem_id: str) -> Sequence[Failure]:
        """Return when tickets of a problem were opened or reopened, oldest first."""
        return self._failures(ticket.c.problem_id == problem_id)

    def unlinked(self, ticket_ids: Collection[TicketId]) -> Collection[TicketId]:
        """Return which of these tickets belong to no problem."""
        statement = select(ticket.c.ticket_id).where(
            ticket.c.ticket_id.in_(ticket_ids), ticket.c.problem_id == ""
        )
        return [TicketId(one) for one in self._connection.execute(statement).scalars()]

    def facts(self) -> Mapping[DeviceId, Mapping[str, str]]:
        """Return model and OS of every device that is in use, as far as they are known."""
        statement = (
            select(section_version.c.device_id, section_version.c.kind, section_content.c.content)
            .join_from(
                section_version, section_content, section_content.c.hash == section_version.c.hash
            )
            .join(device, device.c.device_id == section_version.c.device_id)
            .where(
                section_version.c.kind.in_(_KINDS),
                section_version.c.until.is_(None),
                device.c.status.not_in(_GONE),
            )
        )
        found: dict[DeviceId, dict[str, str]] = {}
        for row in self._connection.execute(statement):
            named = found.setdefault(DeviceId(row.device_id), {})
            named.update(_named(row.kind, row.content))
        return found

    def list(
        self,
        *,
        states: Collection[ProblemState] = (),
        limit: int,
        before: int | None = None,
    ) -> Sequence[Problem]:
        """Return problems, the newest first; those below a number, where it is given."""
        statement = select(*_PROBLEM).order_by(table.c.number.desc()).limit(limit)
        if states:
            statement = statement.where(table.c.state.in_(states))
        if before is not None:
            statement = statement.where(table.c.number < before)
        return [build(Problem, row) for row in self._connection.execute(statement).mappings()]

    def _failures(self, *conditions: ColumnElement[bool]) -> Sequence[Failure]:
        statement = (
            select(ticket.c.ticket_id, ticket.c.device_id, worklog.c.at)
            .join_from(ticket, worklog, worklog.c.ticket_id == ticket.c.ticket_id)
            .where(
                worklog.c.event.in_(("opened", "reopened")),
                ticket.c.device_id.is_not(None),
                *conditions,
            )
            .order_by(worklog.c.at, worklog.c.entry)
        )
        return [build(Failure, row) for row in self._connection.execute(statement).mappings()]

    def _first(self, *conditions: ColumnElement[bool], hold: bool) -> Problem | None:
        statement = select(*_PROBLEM).where(*conditions).order_by(table.c.number.desc()).limit(1)
        held = statement.with_for_update() if hold else statement
        row: RowMapping | None = self._connection.execute(held).mappings().first()
        return None if row is None else build(Problem, row)


def _named(kind: str, content: bytes) -> Mapping[str, str]:
    facts = unpack_content(kind, content).facts
    if kind == "os":
        name = str(facts.get("pretty_name") or facts.get("name") or "")
        release = str(facts.get("kernel_release") or "")
        named = {"OS": name, "kernel": release}
    else:
        parts = (str(facts.get("manufacturer") or ""), str(facts.get("model") or ""))
        named = {"model": " ".join(part for part in parts if part)}
    return {name: value for name, value in named.items() if value}
