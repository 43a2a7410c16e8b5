"""Tables and migrations say the same, and a newer schema is refused."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from sickbay_collector.core.errors import StoreError
from sickbay_collector.db import migrate
from sickbay_collector.db.tables import metadata


def _differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_no_partition}
        )
        return list(compare_metadata(context, metadata))


def _is_no_partition(name: str | None, kind: str, parents: object) -> bool:
    del parents
    return kind != "table" or name in metadata.tables or not str(name).startswith("history_")


def test_the_migrations_make_the_tables(engine: Engine) -> None:
    assert _differences(engine) == []
    assert migrate.current(engine) == migrate.head()


def test_the_way_down_and_up_again(engine: Engine) -> None:
    migrate.downgrade(engine, "base")
    left = set(inspect(engine).get_table_names())
    with pytest.raises(StoreError, match="empty: run `sickbay migrate`"):
        migrate.check(engine)
    migrate.upgrade(engine)
    migrate.upgrade(engine)

    assert left == {"alembic_version"}
    assert _differences(engine) == []
    migrate.check(engine)


def test_a_newer_schema_is_refused_and_left_alone(engine: Engine) -> None:
    """Both revisions are named."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        for action in (migrate.check, migrate.upgrade):
            with pytest.raises(
                StoreError, match=f"9999, newer .* up to {migrate.head()}: .*backup"
            ):
                action(engine)
        assert migrate.current(engine) == "9999"
    finally:
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = :head"), {"head": migrate.head()}
            )
