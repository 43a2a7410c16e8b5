"""Finds devices, tickets and problems by one line of text.

What begins with the text is found by an index. What holds it anywhere is looked for where that is
cheap: in all host names (an index holds them), and in titles of tickets that wait for somebody or
are among the newest.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    union,
)

from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.desk.problem import Problem
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.ticket_search import ascii_lower, number_in
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.search import SHORTEST_PART, word_of
from sickbay_collector.db.asset_tables import asset_claim
from sickbay_collector.db.device_tables import device, section_version
from sickbay_collector.db.problem_tables import problem
from sickbay_collector.db.records import build, columns
from sickbay_collector.db.search_tables import section_word
from sickbay_collector.db.ticket_tables import LISTED_TICKET
from sickbay_collector.db.ticket_tables import ticket as table
from sickbay_collector.services.counts import GONE

_DEVICE = columns(device, Device)
_TICKET = columns(table, Ticket)
_PROBLEM = columns(problem, Problem)
# Titles of so many tickets that are over are looked at: some 20 ms.
_NEWEST = 20_000
# Sorts behind every text that begins so.
_LAST = "\U0010ffff"
_NAMED = (AssetField.SERIAL, AssetField.ASSET_TAG)


class SqlSearchStore:
    """Implements `SearchStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def devices(self, text: str, *, owners: Collection[PersonId], limit: int) -> Sequence[Device]:
        """Return devices that are called so, by host name."""
        name, word = device.c.hostname_key, text.lower()
        begins, is_gone = _begins(name, word), device.c.status.in_(GONE)
        found = [
            _named(and_(begins, not_(is_gone)), limit),
            _named(and_(name.contains(word, autoescape=True), not_(is_gone)), limit),
            _named(and_(begins, is_gone), limit),
            select(device.c.device_id).where(device.c.device_id == word),
        ]
        if owners:
            found.append(_owned(owners, limit))
        if len(text) >= SHORTEST_PART:
            found += [_with_word(word_of(text), limit), _claimed(text, limit)]
        ids = union(*(select(one.subquery().c.device_id) for one in found)).subquery()
        statement = (
            select(*_DEVICE)
            .where(device.c.device_id.in_(select(ids.c.device_id)))
            .order_by(case((is_gone, 2), (begins, 0), else_=1), name, device.c.device_id)
            .limit(limit)
        )
        return [build(Device, row) for row in self._connection.execute(statement).mappings()]

    def tickets(self, text: str, *, limit: int) -> Sequence[Ticket]:
        """Return tickets that are called so, the one with that number first."""
        number = number_in(text)
        is_it = table.c.number == number if number is not None else None
        named = _titles(text, limit)
        either = [table.c.number.in_(named)] + ([] if is_it is None else [is_it])
        statement = select(*_TICKET).where(or_(*either)).limit(limit)
        newest = table.c.number.desc()
        ordered = statement.order_by(
            *([newest] if is_it is None else [case((is_it, 0), else_=1), newest])
        )
        return [build(Ticket, row) for row in self._connection.execute(ordered).mappings()]

    def problems(self, text: str, *, limit: int) -> Sequence[Problem]:
        """Return problems that are called so, the newest first."""
        number = number_in(text)
        title = func.lower(problem.c.title).contains(ascii_lower(text), autoescape=True)
        named = title if number is None else or_(title, problem.c.number == number)
        statement = select(*_PROBLEM).where(named).order_by(problem.c.number.desc()).limit(limit)
        return [build(Problem, row) for row in self._connection.execute(statement).mappings()]


def _begins(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Return the condition as a range, which an index answers in both databases."""
    return and_(column >= word, column < word + _LAST)


def _named(condition: ColumnElement[bool], limit: int) -> Select[tuple[str]]:
    """Return the devices of whose name this is true; in the order of the index that holds them."""
    order = (device.c.hostname_key, device.c.device_id)
    return select(device.c.device_id).where(condition).order_by(*order).limit(limit)


def _with_word(word: str, limit: int) -> Select[tuple[str]]:
    """Return the devices that have a section now in which a word begins so."""
    present = and_(section_version.c.hash == section_word.c.hash, section_version.c.until.is_(None))
    return (
        select(section_version.c.device_id)
        .join_from(section_word, section_version, present)
        .where(_begins(section_word.c.word, word))
        .limit(limit)
    )


def _claimed(text: str, limit: int) -> Select[tuple[str]]:
    said = {text, text.upper(), text.lower()}
    return (
        select(asset_claim.c.device_id)
        .where(asset_claim.c.field.in_(_NAMED), asset_claim.c.value.in_(sorted(said)))
        .limit(limit)
    )


def _owned(owners: Collection[PersonId], limit: int) -> Select[tuple[str]]:
    of_them = asset_claim.c.value.in_(sorted(owners))
    return (
        select(asset_claim.c.device_id)
        .where(asset_claim.c.field == AssetField.OWNER, of_them)
        .limit(limit)
    )


def _titles(words: str, limit: int) -> Select[tuple[int]]:
    """Return the numbers of tickets whose title holds this, of those that are looked at."""
    holds = func.lower(table.c.title).contains(ascii_lower(words), autoescape=True)
    last = select(func.max(table.c.number)).scalar_subquery()
    newest = select(table.c.number).where(table.c.number > last - _NEWEST, holds)
    waiting = select(table.c.number, table.c.opened_at).where(
        literal_column(f"ticket.{LISTED_TICKET}"), holds
    )
    tops = (
        newest.order_by(table.c.number.desc()).limit(limit).subquery(),
        waiting.order_by(table.c.opened_at.desc()).limit(limit).subquery(),
    )
    both = union(*(select(one.c.number) for one in tops)).subquery()
    return select(both.c.number)
