"""The table of persons."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, text

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

_HAS_EMAIL = text("email_key <> ''")
_HAS_LOGIN = text("login_key <> ''")

person = Table(
    "person",
    metadata,
    Column("person_id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("email", TEXT, nullable=False),
    Column("phone", TEXT, nullable=False),
    Column("department", TEXT, nullable=False),
    Column("site", TEXT, nullable=False),
    Column("language", TEXT, nullable=False),
    Column("vip", Boolean, nullable=False),
    Column("login", TEXT, nullable=False),
    Column("deactivated_at", UTCDateTime),
    Column("version", Integer, nullable=False),
    # What is searched: both databases fold the case of other letters than ASCII's differently.
    Column("name_key", TEXT, nullable=False),
    Column("email_key", TEXT, nullable=False),
    Column("login_key", TEXT, nullable=False),
    Column("phone_digits", TEXT, nullable=False),
    Index(None, "name_key", "person_id"),
    Index(
        "uq_person_email_key",
        "email_key",
        unique=True,
        sqlite_where=_HAS_EMAIL,
        postgresql_where=_HAS_EMAIL,
    ),
    Index(
        "uq_person_login_key",
        "login_key",
        unique=True,
        sqlite_where=_HAS_LOGIN,
        postgresql_where=_HAS_LOGIN,
    ),
)
