"""Tables of asset records and of maintenance by hand."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table

from sickbay_collector.core.asset import AssetField, Source
from sickbay_collector.core.repair import RepairKind
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, Closed, UTCDateTime

asset = Table(
    "asset",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("version", Integer, nullable=False),
)

asset_claim = Table(
    "asset_claim",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("field", Closed(AssetField), primary_key=True),
    Column("source", Closed(Source), primary_key=True),
    Column("value", TEXT, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("until", UTCDateTime),
    # Whose devices, of which site: a few of many.
    Index("ix_asset_claim_field_value", "field", "value"),
)

asset_repair = Table(
    "asset_repair",
    metadata,
    Column("repair_id", TEXT, primary_key=True),
    Column("device_id", TEXT, ForeignKey("device.device_id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("kind", Closed(RepairKind), nullable=False),
    Column("text", TEXT, nullable=False),
    Column("supplier", TEXT, nullable=False),
    Column("cents", BigInteger),
    Column("currency", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Index("ix_asset_repair_device_id_at", "device_id", "at"),
)
