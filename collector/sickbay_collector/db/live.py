"""How far tickets, alerts and problems are: one statement, once a second for all open pages.

Derived from what is appended anyway, so nothing is written for it. Numbers that the database gives
out may be committed in another order; therefore not only the last one counts, but the last few.
"""

from sqlalchemy import BigInteger, ColumnElement, Engine, Select, func, select, text

from sickbay_collector.core.live import Marks, Topic, mark
from sickbay_collector.db.alert_tables import alert
from sickbay_collector.db.config_tables import audit_event
from sickbay_collector.db.problem_tables import problem
from sickbay_collector.db.ticket_tables import worklog
from sickbay_collector.db.uow import read_connection

# More transactions than that are never under way at once.
_LAST = 200
# In the words of the partial index, so that both databases see that it fits.
_OPEN_ALERT = text("alert.status IN ('open', 'clearing')")


def read_marks(engine: Engine) -> Marks:
    """Return how far each kind is.

    Raises:
        StoreError: The database cannot be read.
    """
    with read_connection(engine) as connection:
        row = connection.execute(_MARKS).one()
    return {
        Topic.TICKETS: mark((row.tickets,)),
        Topic.ALERTS: mark((row.alerts, row.newest_alert)),
        Topic.PROBLEMS: mark((row.problems, row.audit)),
    }


def _sum_of_last(column: ColumnElement[int]) -> ColumnElement[int]:
    last = select(column.label("one")).order_by(column.desc()).limit(_LAST).subquery()
    return select(func.sum(last.c.one)).scalar_subquery()


def _marks() -> Select[tuple[object, ...]]:
    """Alerts that open change the newest; those that close, the number of open ones."""
    newest = select(func.max(alert.c.opened_at, type_=BigInteger())).scalar_subquery()
    return select(
        _sum_of_last(worklog.c.entry).label("tickets"),
        select(func.count())
        .select_from(alert)
        .where(_OPEN_ALERT)
        .scalar_subquery()
        .label("alerts"),
        newest.label("newest_alert"),
        _sum_of_last(problem.c.number).label("problems"),
        _sum_of_last(audit_event.c.entry).label("audit"),
    )


_MARKS = _marks()
