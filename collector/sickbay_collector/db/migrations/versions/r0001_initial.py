"""Everything that the first release keeps.

Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _api_token()
    _device()
    _enrollment_token()
    _outbox()
    _rule_version()
    _section_content()
    _device_state()
    _history_hour()
    _section_version()
    _ticket()
    _alert()
    _evidence()
    _worklog()


def downgrade() -> None:
    for table in (
        "worklog",
        "evidence",
        "alert",
        "ticket",
        "section_version",
        "history_hour",
        "device_state",
        "section_content",
        "rule_version",
        "outbox",
        "enrollment_token",
        "device",
        "api_token",
    ):
        op.drop_table(table)


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("token_id", TEXT, nullable=False),
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_token"),
        sa.UniqueConstraint("secret_hash", name="uq_api_token_secret_hash"),
    )


def _device() -> None:
    op.create_table(
        "device",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("hostname", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("device_class", TEXT, nullable=False),
        sa.Column("criticality", TEXT, nullable=False),
        sa.Column("agent_instance_id", TEXT, nullable=False),
        sa.Column("agent_version", TEXT, nullable=False),
        sa.Column("capabilities", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", TEXT, nullable=False),
        sa.Column("next_key_fingerprint", TEXT, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("enroll_nonce", TEXT, nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("revoke_reason", TEXT, nullable=False),
        sa.Column("possible_duplicate_of", TEXT),
        sa.ForeignKeyConstraint(
            ["possible_duplicate_of"], ["device.device_id"], name="fk_device_possible_duplicate_of"
        ),
        sa.PrimaryKeyConstraint("device_id", name="pk_device"),
    )
    op.create_index("ix_device_agent_instance_id", "device", ["agent_instance_id"])
    op.create_index("ix_device_hostname_device_id", "device", ["hostname", "device_id"])
    _partial(
        "uq_device_enroll_nonce", "device", ["enroll_nonce"], "enroll_nonce <> ''", unique=True
    )


def _enrollment_token() -> None:
    op.create_table(
        "enrollment_token",
        sa.Column("token_id", TEXT, nullable=False),
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("comment", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_enrollment_token"),
        sa.UniqueConstraint("secret_hash", name="uq_enrollment_token_secret_hash"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key", name="pk_outbox"),
    )
    _partial("ix_outbox_pending", "outbox", ["created_at", "key"], "sent_at IS NULL", unique=False)


def _rule_version() -> None:
    op.create_table(
        "rule_version",
        sa.Column("version", TEXT, nullable=False),
        sa.Column("rule_id", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_rule_version"),
    )


def _section_content() -> None:
    op.create_table(
        "section_content",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_section_content"),
    )


def _device_state() -> None:
    op.create_table(
        "device_state",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", sa.BigInteger()),
        sa.Column("report_interval_s", sa.Double(), nullable=False),
        sa.Column("goodbye", TEXT, nullable=False),
        sa.Column("clock_offset_s", sa.Double(), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("score_low", sa.Double(), nullable=False),
        sa.Column("score_high", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("open_alerts", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("frames", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_device_state_device_id"
        ),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_state"),
    )


def _history_hour() -> None:
    op.create_table(
        "history_hour",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_history_hour_device_id"
        ),
        sa.PrimaryKeyConstraint("device_id", "hour", name="pk_history_hour"),
    )


def _section_version() -> None:
    op.create_table(
        "section_version",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_section_version_device_id"
        ),
        sa.ForeignKeyConstraint(["hash"], ["section_content.hash"], name="fk_section_version_hash"),
        sa.PrimaryKeyConstraint("device_id", "kind", "since", name="pk_section_version"),
    )
    op.create_index("ix_section_version_hash", "section_version", ["hash"])
    _partial(
        "uq_section_version_current",
        "section_version",
        ["device_id", "kind"],
        "until IS NULL",
        unique=True,
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("family", TEXT),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("category", TEXT, nullable=False),
        sa.Column("priority", TEXT, nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("priority_reason", TEXT, nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("queue", TEXT, nullable=False),
        sa.Column("routing_reason", TEXT, nullable=False),
        sa.Column("assignee", TEXT, nullable=False),
        sa.Column("runbook", TEXT, nullable=False),
        sa.Column("reopen_window_s", sa.Double(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.Column("resolution", TEXT, nullable=False),
        sa.Column("merged_into", TEXT),
        sa.ForeignKeyConstraint(["device_id"], ["device.device_id"], name="fk_ticket_device_id"),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["ticket.ticket_id"], name="fk_ticket_merged_into"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_ticket"),
        sa.UniqueConstraint("ticket_id", name="uq_ticket_ticket_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_device_id_opened_at", "ticket", ["device_id", "opened_at"])
    op.create_index("ix_ticket_opened_at_ticket_id", "ticket", ["opened_at", "ticket_id"])
    _partial("ix_ticket_resolved", "ticket", ["resolved_at"], "status = 'resolved'", unique=False)
    _partial(
        "uq_ticket_open",
        "ticket",
        ["device_id", "family"],
        "status NOT IN ('closed', 'cancelled') AND merged_into IS NULL AND family IS NOT NULL",
        unique=True,
    )


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("alert_id", TEXT, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("rule_id", TEXT, nullable=False),
        sa.Column("rule_version", TEXT, nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("instance", TEXT, nullable=False),
        sa.Column("instance_label", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("sentence", TEXT, nullable=False),
        sa.Column("suppressed_reason", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT),
        sa.ForeignKeyConstraint(["device_id"], ["device.device_id"], name="fk_alert_device_id"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name="fk_alert_ticket_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert"),
    )
    op.create_index("ix_alert_device_id_opened_at", "alert", ["device_id", "opened_at"])
    _partial(
        "ix_alert_open", "alert", ["device_id"], "status IN ('open', 'clearing')", unique=False
    )
    op.create_index("ix_alert_opened_at_alert_id", "alert", ["opened_at", "alert_id"])
    op.create_index("ix_alert_ticket_id", "alert", ["ticket_id"])


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("item", COUNTER, autoincrement=True, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", TEXT, nullable=False),
        sa.Column("instance", TEXT, nullable=False),
        sa.Column("instance_label", TEXT, nullable=False),
        sa.Column("metric", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("threshold", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("sentence", TEXT, nullable=False),
        sa.Column("history", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name="fk_evidence_ticket_id"),
        sa.PrimaryKeyConstraint("item", name="pk_evidence"),
    )
    op.create_index("ix_evidence_ticket_id_item", "evidence", ["ticket_id", "item"])


def _worklog() -> None:
    op.create_table(
        "worklog",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("visibility", TEXT, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name="fk_worklog_ticket_id"),
        sa.PrimaryKeyConstraint("entry", name="pk_worklog"),
    )
    op.create_index("ix_worklog_ticket_id_entry", "worklog", ["ticket_id", "entry"])


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
