"""Sections are taken from whom announced them, and from nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.sections import ReceivedSection, store_sections
from sickbay_collector.services.state_codec import encode_state
from tests.contract.records import ONE, TWO, a_device, a_state
from tests.fakes import FakeDatabase

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_OS = SectionContent(kind="os", facts={"name": "Debian"}, rows={})
_CPU = SectionContent(kind="cpu", facts={"cores": 4}, rows={})


@pytest.fixture
def database() -> FakeDatabase:
    """Two devices; the first announced its system and another processor."""
    database = FakeDatabase()
    announced = DeviceState(sections={"os": b"o" * 32, "cpu": b"x" * 32})
    with database.open() as uow:
        uow.devices.add(a_device(ONE, enroll_nonce="a"))
        uow.devices.add(a_device(TWO, enroll_nonce="b"))
        uow.states.save([a_state(ONE, state=encode_state(announced))])
        uow.commit()
    return database


def test_an_announced_section_becomes_the_present_one(database: FakeDatabase) -> None:
    """The second upload of the same changes nothing."""
    received = [ReceivedSection(b"o" * 32, _OS)]

    assert store_sections(ONE, received, database.open, now=NOW) == ("",)
    assert store_sections(ONE, received, database.open, now=NOW + timedelta(hours=1)) == ("",)
    with database.read() as uow:
        (version,) = uow.sections.current(ONE)
        assert (version.kind, version.hash, version.since) == ("os", b"o" * 32, NOW)
        assert uow.sections.content(b"o" * 32) == _OS


def test_what_was_not_announced_is_refused_alone(database: FakeDatabase) -> None:
    """Another hash, another kind under an announced hash: neither is stored, its neighbour is."""
    reasons = store_sections(
        ONE,
        [
            ReceivedSection(b"c" * 32, _CPU),
            ReceivedSection(b"o" * 32, _OS),
            ReceivedSection(b"o" * 32, _CPU),
        ],
        database.open,
        now=NOW,
    )

    refused = "section cpu was not announced with this hash"
    assert (refused, "", refused) == reasons
    assert {b"o" * 32} == database.data.contents.keys()


def test_a_device_that_announced_nothing_stores_nothing(database: FakeDatabase) -> None:
    """Also with a content that another device has announced."""
    reasons = store_sections(TWO, [ReceivedSection(b"o" * 32, _OS)], database.open, now=NOW)

    assert all("not announced" in reason for reason in reasons)
    assert database.data.contents == {}
