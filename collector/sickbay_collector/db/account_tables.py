"""Tables of accounts, sessions, attempts to sign in, and tokens of the API."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, TextList, UTCDateTime

account = Table(
    "account",
    metadata,
    Column("login", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("password_hash", TEXT, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("disabled_at", UTCDateTime),
    Column("sites", TextList, nullable=False, server_default="[]"),
    Column("tags", TextList, nullable=False, server_default="[]"),
    Column("person_id", TEXT),
    Column("subject", TEXT),
    # A person signs in as one account.
    Index("uq_account_person_id", "person_id", unique=True),
    Index("uq_account_subject", "subject", unique=True),
)

session = Table(
    "session",
    metadata,
    Column("secret_hash", TEXT, primary_key=True),
    Column("login", TEXT, ForeignKey("account.login"), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),
    Column("address", TEXT, nullable=False),
    Column("agent", TEXT, nullable=False),
    Index(None, "login"),
)

sign_in_try = Table(
    "sign_in_try",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("since", UTCDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_id", TEXT, primary_key=True),
    Column("secret_hash", TEXT, nullable=False, unique=True),
    Column("user", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("revoked_at", UTCDateTime),
    Column("sites", TextList, nullable=False, server_default="[]"),
    Column("tags", TextList, nullable=False, server_default="[]"),
    Column("made_by", TEXT, nullable=False, server_default=""),
)
