"""What the desk keeps of a ticket, and tickets that concern no device.

Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TEXTS = (
    "requester",
    "site",
    "subcategory",
    "product",
    "product_version",
    "resolution_mode",
    "cause_code",
    "resolution_code",
    "closure_code",
    "acknowledged_by",
    "problem_id",
)
_TIMES = ("assigned_at", "tier_since", "snoozed_until")
_COUNTS = ("tier_raises", "reassignments")
_BOUND = "device_id TEXT NOT NULL"
_FREE = "device_id TEXT"


def upgrade() -> None:
    for column in _added():
        op.add_column("ticket", column)
    op.execute("UPDATE ticket SET tier_since = opened_at")
    if op.get_context().dialect.name == "sqlite":
        _rebuild(_BOUND, _FREE)
    else:
        op.alter_column("ticket", "device_id", nullable=True)


def downgrade() -> None:
    _drop_tickets_without_device()
    if op.get_context().dialect.name == "sqlite":
        _rebuild(_FREE, _BOUND)
    else:
        op.alter_column("ticket", "device_id", nullable=False)
    for column in reversed(_added()):
        op.drop_column("ticket", column.name)


def _added() -> list[sa.Column[str] | sa.Column[int]]:
    return [
        sa.Column("kind", TEXT, nullable=False, server_default="incident"),
        *(sa.Column(name, TEXT, nullable=False, server_default="") for name in _TEXTS),
        sa.Column("required_skills", TEXT, nullable=False, server_default="[]"),
        sa.Column("major", sa.Integer(), nullable=False, server_default="0"),
        *(sa.Column(name, sa.BigInteger()) for name in _TIMES),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in _COUNTS),
    ]


def _rebuild(before: str, after: str) -> None:
    """Make SQLite's table once more with another definition of the device's column.

    The rows leave and return while their references wait for the end of the transaction. Renaming
    another table into the place would leave the references counted as broken.
    """
    connection = op.get_bind()
    named = "SELECT sql FROM sqlite_master WHERE tbl_name = 'ticket' AND sql IS NOT NULL AND type ="
    table = str(connection.exec_driver_sql(f"{named} 'table'").scalar_one())
    indexes = [str(row[0]) for row in connection.exec_driver_sql(f"{named} 'index'")]
    if table.count(before) != 1:
        raise sa.exc.InvalidRequestError("table ticket is not as revision 0001 made it")
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    for statement in (
        "CREATE TABLE ticket_before AS SELECT * FROM ticket",
        "DROP TABLE ticket",
        table.replace(before, after),
        "INSERT INTO ticket SELECT * FROM ticket_before",
        "DROP TABLE ticket_before",
        *indexes,
    ):
        connection.exec_driver_sql(statement)


def _drop_tickets_without_device() -> None:
    ticket = sa.table(
        "ticket", sa.column("ticket_id"), sa.column("device_id"), sa.column("merged_into")
    )
    gone = sa.select(ticket.c.ticket_id).where(ticket.c.device_id.is_(None))
    for name in ("sla_clock", "sla_event", "evidence", "worklog"):
        rows = sa.table(name, sa.column("ticket_id"))
        op.execute(sa.delete(rows).where(rows.c.ticket_id.in_(gone)))
    alert = sa.table("alert", sa.column("ticket_id"))
    op.execute(sa.update(alert).where(alert.c.ticket_id.in_(gone)).values(ticket_id=None))
    op.execute(sa.update(ticket).where(ticket.c.merged_into.in_(gone)).values(merged_into=None))
    op.execute(sa.delete(ticket).where(ticket.c.device_id.is_(None)))
