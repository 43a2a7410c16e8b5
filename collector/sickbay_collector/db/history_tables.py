"""Tables of what was measured.

They are keyed by time first: what is written now stands together, and so does what retention drops.
A read names its hours or days, so each is one look-up. No foreign keys: they would make dropping a
partition lock the device table, and devices outlive their history.
"""

from sqlalchemy import Column, Integer, LargeBinary, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT

# Closed hours of days that are not rolled up yet.
history_hour = Table(
    "history_hour",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# The samples of one day, its roll-ups by hour, and roll-ups by day of one month; days and months
# since 1970.
history_samples = Table(
    "history_samples",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    postgresql_partition_by="RANGE (day)",
)
history_day = Table(
    "history_day",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    postgresql_partition_by="RANGE (day)",
)
history_month = Table(
    "history_month",
    metadata,
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    postgresql_partition_by="RANGE (month)",
)

# Days that have closed hours in `history_hour`; readers sum those up themselves.
history_unrolled = Table(
    "history_unrolled",
    metadata,
    Column("device_id", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
)
