"""What the desk left behind: the rows of a week, read straight from the tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Table, select

from sickbay_collector.db.escalation_tables import escalation_step
from sickbay_collector.db.notice_tables import delivery, outbox
from sickbay_collector.db.people_tables import person
from sickbay_collector.db.sla_tables import sla_clock, sla_event
from sickbay_collector.db.ticket_part_tables import ticket_link
from sickbay_collector.db.ticket_tables import ticket, worklog

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the worklog."""

    number: int
    ticket_id: str
    at: datetime
    actor: str
    event: str
    text: str
    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def by_hand(self) -> bool:
        """Whether a person did it."""
        return self.actor != "sickbay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """All rows."""

    tickets: Mapping[str, Row]
    log: Sequence[Entry]
    """In the order of writing; what a split copied is left out."""
    clocks: Mapping[tuple[str, str], Row]
    used: Sequence[Row]
    steps: Mapping[str, Sequence[Row]]
    outbox: Sequence[Row]
    deliveries: Sequence[Row]
    people: Mapping[str, Row]
    joined: Mapping[str, Row]
    """Of each ticket that a problem of the fleet took in, the link to the problem's ticket."""

    def hushed(self, ticket_id: str, at: datetime) -> bool:
        """Return whether the ticket's parent speaks for it then: while the parent is open."""
        link = self.joined.get(ticket_id)
        if link is None or at < link["added_at"]:
            return False
        ends = [one.at for one in self.of(link["other_id"]) if one.event == "resolved"]
        return not ends or at < ends[0]

    def of(self, ticket_id: str) -> list[Entry]:
        """Return the worklog of a ticket."""
        return [one for one in self.log if one.ticket_id == ticket_id]

    def by_ticket(self) -> Mapping[str, list[Entry]]:
        """Return all worklogs."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for one in self.log:
            found[one.ticket_id].append(one)
        return found


def read_records(engine: Engine) -> Records:
    """Read everything."""
    steps: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(
        _rows(engine, escalation_step), key=lambda one: (one["run"], one["position"])
    ):
        steps[row["ticket_id"]].append(row)
    log = sorted(_rows(engine, worklog), key=lambda one: one["entry"])
    return Records(
        tickets={row["ticket_id"]: row for row in _rows(engine, ticket)},
        log=[_entry(row) for row in log if not row["text"].startswith("From ticket ")],
        clocks={(row["ticket_id"], row["target"].value): row for row in _rows(engine, sla_clock)},
        used=_rows(engine, sla_event),
        steps=steps,
        outbox=_rows(engine, outbox),
        deliveries=sorted(_rows(engine, delivery), key=lambda one: one["entry"]),
        joined={
            row["ticket_id"]: row
            for row in _rows(engine, ticket_link)
            if row["kind"] == "child_of" and row["added_by"] == "sickbay"
        },
        people={row["person_id"]: row for row in _rows(engine, person)},
    )


def _entry(row: Row) -> Entry:
    return Entry(
        number=row["entry"],
        ticket_id=row["ticket_id"],
        at=row["at"],
        actor=row["actor"],
        event=row["event"],
        text=row["text"],
        before=row["before"],
        after=row["after"],
    )


def _rows(engine: Engine, table: Table) -> list[Row]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]
