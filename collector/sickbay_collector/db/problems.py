"""Problems, and the incidents that they come from."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from sickbay_collector.core.desk.fleet import FleetAlert
from sickbay_collector.core.desk.problem import Failure, Problem, ProblemState
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import DeviceStatus
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.db.alert_tables import alert
from sickbay_collector.db.device_tables import device, section_content, section_version
from sickbay_collector.db.problem_tables import problem as table
from sickbay_collector.db.records import build, columns, values
from sickbay_collector.db.sections import unpack_content
from sickbay_collector.db.ticket_tables import ticket, worklog

_PROBLEM = columns(table, Problem)
_TICKET = columns(ticket, Ticket)
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

    def children(self, problem_id: str, *, active: bool, limit: int) -> Sequence[Ticket]:
        """Return a problem's tickets that concern a device, by number; or those that wait only."""
        statement = select(*_TICKET).where(
            ticket.c.problem_id == problem_id, ticket.c.device_id.is_not(None)
        )
        if active:
            statement = statement.where(ticket.c.status.in_(ACTIVE))
        rows = self._connection.execute(statement.order_by(ticket.c.number).limit(limit))
        return [build(Ticket, row) for row in rows.mappings()]

    def rule_alerts(self, rule_id: str, *, since: datetime) -> Sequence[FleetAlert]:
        """Return the alerts of a rule that opened since and have a ticket, oldest first."""
        statement = (
            select(alert.c.device_id, alert.c.ticket_id, alert.c.opened_at.label("at"))
            .where(
                alert.c.rule_id == rule_id,
                alert.c.opened_at >= since,
                alert.c.suppressed_reason == "",
                alert.c.ticket_id.is_not(None),
            )
            .order_by(alert.c.opened_at, alert.c.alert_id)
        )
        return [build(FleetAlert, row) for row in self._connection.execute(statement).mappings()]

    def alert_count(self, rule_id: str, *, since: datetime, until: datetime) -> int:
        """Return how many alerts of a rule opened from then to before then, muted ones left out."""
        statement = select(func.count()).where(
            alert.c.rule_id == rule_id,
            alert.c.opened_at >= since,
            alert.c.opened_at < until,
            alert.c.suppressed_reason == "",
        )
        return self._connection.execute(statement).scalar_one()

    def fleet_size(self) -> int:
        """Return how many devices are in use."""
        statement = select(func.count()).where(device.c.status.not_in(_GONE))
        return self._connection.execute(statement).scalar_one()

    def facts(
        self, device_ids: Collection[DeviceId] | None = None
    ) -> Mapping[DeviceId, Mapping[str, str]]:
        """Return model and OS of devices in use, all for None, as far as they are known."""
        return self._known(_KINDS, device_ids, _named)

    def programs(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, Mapping[str, str]]:
        """Return the versions of programs and drivers on these devices, by name."""
        return self._known(("software",), device_ids, _versions)

    def _known(
        self,
        kinds: Collection[str],
        device_ids: Collection[DeviceId] | None,
        read: Callable[[str, bytes], Mapping[str, str]],
    ) -> Mapping[DeviceId, Mapping[str, str]]:
        """Return what present sections say; a content that devices share is unpacked once."""
        statement = (
            select(section_version.c.device_id, section_version.c.kind, section_content.c.hash)
            .join_from(
                section_version, section_content, section_content.c.hash == section_version.c.hash
            )
            .join(device, device.c.device_id == section_version.c.device_id)
            .where(
                section_version.c.kind.in_(kinds),
                section_version.c.until.is_(None),
                device.c.status.not_in(_GONE),
            )
        )
        if device_ids is not None:
            statement = statement.where(section_version.c.device_id.in_(device_ids))
        found: dict[DeviceId, dict[str, str]] = {}
        contents: dict[bytes, Mapping[str, str]] = {}
        for row in self._connection.execute(statement):
            if row.hash not in contents:
                contents[row.hash] = read(row.kind, self._content(row.hash))
            found.setdefault(DeviceId(row.device_id), {}).update(contents[row.hash])
        return found

    def _content(self, content_hash: bytes) -> bytes:
        statement = select(section_content.c.content).where(section_content.c.hash == content_hash)
        content: bytes = self._connection.execute(statement).scalar_one()
        return content

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


def _versions(kind: str, content: bytes) -> Mapping[str, str]:
    rows = unpack_content(kind, content).rows
    return {name: str(row["version"]) for name, row in rows.items() if row.get("version")}
