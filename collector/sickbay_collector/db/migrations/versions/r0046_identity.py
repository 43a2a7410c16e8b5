"""By which values devices are found again, what each was taken for, and tokens that adopt.

Revises: 0045
"""

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TWIN = sa.text("possible_duplicate_of IS NOT NULL")
# Fields of the evidence, and the kinds that their values are kept as.
_KINDS = {
    "smbios_uuid": "smbios_uuid",
    "system_serial": "system_serial",
    "board_serial": "board_serial",
    "chassis_asset_tag": "chassis_asset_tag",
    "machine_id": "machine_id",
    "permanent_macs": "permanent_mac",
    "boot_drive_serial": "boot_drive_serial",
}
# What a container has of its own; the rest is its host's.
_OWN = frozenset({"machine_id", "permanent_macs"})
_CONTAINERS = frozenset(
    {"docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "wsl", "openvz", "rkt", "proot"}
    | {"pouch", "container-other"}
)
_BATCH = 500


def upgrade() -> None:
    op.add_column(
        "enrollment_token", sa.Column("adopt", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "device_clue",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_device_clue_device_id"
        ),
        sa.PrimaryKeyConstraint("device_id", "kind", "value", name="pk_device_clue"),
    )
    op.create_index(
        "ix_device_clue_value_kind_device_id", "device_clue", ["value", "kind", "device_id"]
    )
    op.create_table(
        "identity_verdict",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("other", TEXT),
        sa.Column("objections", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_identity_verdict_device_id"
        ),
        sa.ForeignKeyConstraint(["other"], ["device.device_id"], name="fk_identity_verdict_other"),
        sa.PrimaryKeyConstraint("device_id", name="pk_identity_verdict"),
    )
    op.create_index(
        "ix_device_twin", "device", ["enrolled_at"], sqlite_where=TWIN, postgresql_where=TWIN
    )
    _fill()


def downgrade() -> None:
    op.drop_index("ix_device_twin", "device")
    op.drop_table("identity_verdict")
    op.drop_table("device_clue")
    op.drop_column("enrollment_token", "adopt")


def _fill() -> None:
    """Keep the values of devices that are there, so that they are found again."""
    connection = op.get_bind()
    device = sa.table("device", sa.column("device_id"), sa.column("evidence"))
    clue = sa.table("device_clue", *map(sa.column, ("device_id", "kind", "value")))
    after = ""
    while True:
        page = sa.select(device.c.device_id, device.c.evidence).where(device.c.device_id > after)
        rows = connection.execute(page.order_by(device.c.device_id).limit(_BATCH)).all()
        if not rows:
            return
        found = [
            {"device_id": row.device_id, "kind": kind, "value": value}
            for row in rows
            for kind, value in _clues(json.loads(row.evidence))
        ]
        if found:
            connection.execute(sa.insert(clue), found)
        after = rows[-1].device_id


def _clues(evidence: dict[str, str | list[str]]) -> set[tuple[str, str]]:
    """Return kinds and values as they are compared; what tells nothing is no matter here."""
    found = set()
    is_container = evidence.get("virtualization") in _CONTAINERS
    for field, kind in _KINDS.items():
        if is_container and field not in _OWN:
            continue
        said = evidence.get(field, "")
        for text in said if isinstance(said, list) else [said]:
            value = " ".join(text.lower().split())
            if value:
                found.add((kind, _one_order(value) if kind == "smbios_uuid" else value))
    return found


def _one_order(text: str) -> str:
    try:
        return min(text, str(UUID(bytes_le=UUID(text).bytes)))
    except ValueError:
        return text
