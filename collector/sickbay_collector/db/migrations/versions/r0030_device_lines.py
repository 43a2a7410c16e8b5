"""A line of each device, which lists are read from; filled from what is there.

Revises: 0029
"""

import json
import zlib

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_FILL = """
INSERT INTO device_line (device_id, hostname_key, status, device_class, criticality, agent_version,
  enrolled_at, received_at, report_interval_s, goodbye, score, score_low, score_high, confidence,
  open_alerts)
SELECT d.device_id, d.hostname_key, d.status, d.device_class, d.criticality, d.agent_version,
  d.enrolled_at, s.received_at, s.report_interval_s, s.goodbye, s.score, s.score_low, s.score_high,
  s.confidence, coalesce(s.open_alerts, 0)
FROM device AS d LEFT JOIN device_state AS s ON s.device_id = d.device_id
"""
_CONTENTS = sa.text(
    "SELECT hash, kind, content FROM section_content WHERE kind IN ('os', 'system')"
)
_HAVE_IT = (
    "UPDATE device_line SET {column} = :said WHERE device_id IN (SELECT device_id FROM"
    " section_version WHERE hash = :hash AND kind = :kind AND until IS NULL)"
)


def upgrade() -> None:
    op.create_table(
        "device_line",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("hostname_key", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("device_class", TEXT, nullable=False),
        sa.Column("criticality", TEXT, nullable=False),
        sa.Column("agent_version", TEXT, nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("os_name", TEXT, nullable=False, server_default=""),
        sa.Column("model", TEXT, nullable=False, server_default=""),
        sa.Column("received_at", sa.BigInteger()),
        sa.Column("report_interval_s", sa.Double()),
        sa.Column("goodbye", TEXT),
        sa.Column("score", sa.Double()),
        sa.Column("score_low", sa.Double()),
        sa.Column("score_high", sa.Double()),
        sa.Column("confidence", sa.Double()),
        sa.Column("open_alerts", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_device_line_device_id"
        ),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_line"),
    )
    op.create_index(
        "ix_device_line_hostname_key_device_id", "device_line", ["hostname_key", "device_id"]
    )
    if op.get_context().dialect.name == "postgresql":
        # Each report writes its device's line: its next version finds room on the page.
        op.execute("ALTER TABLE device_line SET (fillfactor = 50)")
    op.execute(_FILL)
    _name()


def _name() -> None:
    """Write systems and models; a fleet has a few contents for many devices."""
    connection = op.get_bind()
    for row in connection.execute(_CONTENTS).all():
        facts = json.loads(zlib.decompress(row.content))["facts"]
        if row.kind == "os":
            column, said = "os_name", facts.get("pretty_name") or facts.get("name") or ""
        else:
            parts = (str(facts.get("manufacturer", "")), str(facts.get("model", "")))
            column, said = "model", " ".join(part for part in parts if part)
        if said:
            connection.execute(
                sa.text(_HAVE_IT.format(column=column)),
                {"said": str(said), "hash": row.hash, "kind": row.kind},
            )


def downgrade() -> None:
    op.drop_table("device_line")
