from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.similar import LOOKS_BACK, similar_tickets
from tests.collector.desk_builders import NOW, OTHER_DEVICE_ID, a_device, a_ticket
from tests.fakes import FakeDatabase

OTHER = TicketId("0195a000-0000-7000-8000-0000000000ab")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({}, [OTHER], id="same family and category"),
        pytest.param({"family": "disk.health"}, [], id="another family"),
        pytest.param({"category": "hardware"}, [], id="another category"),
        pytest.param({"subcategory": "space"}, [OTHER], id="another part of the category"),
        pytest.param({"opened_at": NOW - LOOKS_BACK}, [OTHER], id="just young enough"),
        pytest.param({"opened_at": NOW - LOOKS_BACK - timedelta(seconds=1)}, [], id="just too old"),
    ],
)
def test_alike_is_what_the_same_rules_opened(
    fields: dict[str, object], found: list[TicketId]
) -> None:
    assert found == _similar({}, fields)


@pytest.mark.parametrize(
    ("subcategory", "found"),
    [
        pytest.param("space", [OTHER], id="same part"),
        pytest.param("backup", [], id="another part"),
    ],
)
def test_without_a_family_the_part_of_the_category_counts(
    subcategory: str, found: list[TicketId]
) -> None:
    mine, other = ({"family": None, "subcategory": one} for one in ("space", subcategory))

    assert found == _similar(mine, other)


def _similar(mine: Mapping[str, object], other: Mapping[str, object]) -> list[TicketId]:
    database = FakeDatabase()
    with database.open() as uow:
        uow.devices.add(a_device())
        uow.devices.add(replace(a_device(device_id=OTHER_DEVICE_ID), enroll_nonce="other"))
        ticket = uow.tickets.insert_open(a_ticket(**mine))
        uow.tickets.insert_open(
            a_ticket(**{"ticket_id": OTHER, "device_id": OTHER_DEVICE_ID, **other})
        )
        uow.commit()
    assert ticket is not None
    with database.open() as uow:
        return [one.ticket.ticket_id for one in similar_tickets(uow, ticket, now=NOW)]
