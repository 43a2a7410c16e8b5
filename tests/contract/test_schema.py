"""Tables and migrations say the same, and a newer schema is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from sickbay_collector.core.asset import AssetField, Source
from sickbay_collector.core.errors import StoreError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.db import migrate
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.asset_ports import AssetWrite
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_ticket, add_devices, an_alert, an_entry
from tests.contract.test_assets import owner


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


def test_lines_say_whose_devices_are_when_they_learn_to(engine: Engine) -> None:
    """As the store writes it: by whom, from when on by whom else, and at which site."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    add_devices(stores, ONE, TWO)
    later = NOW + timedelta(days=1)
    site = replace(owner("berlin", until=later), field=AssetField.SITE)
    put = (owner("person-ann", until=later), owner("Person-Bob", Source.IMPORTED), site)
    with stores.open() as uow:
        uow.people.add(Person(person_id=PersonId("person-ann"), name="Ann"))
        assert uow.assets.save_all([AssetWrite(device_id=ONE, version=0, put=put)])
        uow.commit()
    before = _places(engine)
    migrate.downgrade(engine, "0037")
    migrate.upgrade(engine)

    assert before == _places(engine)
    assert before[0][:2] == ("ann", "person-bob")


def _places(engine: Engine) -> list[tuple[object, ...]]:
    said = text(
        "SELECT owner_key, owner_key_then, owner_turns_at, site, site_then, site_turns_at"
        " FROM device_line ORDER BY device_id"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(said)]


def test_tickets_stay_as_they_are_when_a_device_becomes_optional(engine: Engine) -> None:
    """Their references hold, numbers go on, and the way back leaves out who has no device."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    add_devices(stores, ONE)
    migrate.downgrade(engine, "0006")
    migrate.upgrade(engine)
    with stores.open() as uow:
        first = uow.tickets.insert_open(a_ticket("001"))
        second = uow.tickets.insert_open(a_ticket("002", device_id=None, family=None))
        assert first is not None
        assert second is not None
        for one in (first, second):
            uow.tickets.log(an_entry(one))
        uow.alerts.add(an_alert(ticket_id=first.ticket_id))
        uow.commit()

    migrate.downgrade(engine, "0006")
    migrate.upgrade(engine)

    with stores.open() as uow:
        assert list(uow.tickets.list()) == [replace(first, tier_since=first.opened_at)]
        assert len(uow.tickets.worklog(first.ticket_id)) == 1
        assert len(uow.alerts.of_ticket(first.ticket_id)) == 1
        third = uow.tickets.insert_open(a_ticket("003", family=None))
        assert third is not None
        assert third.number > first.number
    assert _differences(engine) == []


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
