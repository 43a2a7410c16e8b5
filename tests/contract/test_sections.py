"""Sections are kept once by content; a device's versions follow each other without gap."""

from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.inventory import SectionContent, SectionVersion
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, add_devices

A, B, C = (bytes([number]) * 32 for number in (1, 2, 255))
CONTENT = SectionContent(
    kind="software",
    facts={"count": 2, "truncated": False, "size": 1.5},
    rows={"bash": {"version": "5.2"}, "größe": {}},
)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def kept(stores: Stores) -> Stores:
    """Two devices and three contents."""
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        for content_hash in (A, B, C):
            uow.sections.put(content_hash, CONTENT)
        uow.commit()
    return stores


def _version(
    kind: str, content_hash: bytes, since: datetime, until: datetime | None
) -> SectionVersion:
    return SectionVersion(kind=kind, hash=content_hash, since=since, until=until)


def test_a_content_comes_back_and_is_kept_once(kept: Stores) -> None:
    with kept.open() as uow:
        uow.sections.put(A, SectionContent(kind="os", facts={}, rows={}))

        assert uow.sections.content(A) == CONTENT
        assert uow.sections.content(b"\x09" * 32) is None
        assert set(uow.sections.known([A, C, b"\x09" * 32])) == {A, C}
        assert set(uow.sections.known([])) == set()


def test_contents_are_read_at_once(kept: Stores) -> None:
    with kept.read() as uow:
        assert uow.sections.contents({A, C, bytes(32)}) == {A: CONTENT, C: CONTENT}
        assert uow.sections.contents(()) == {}


def test_a_new_content_ends_the_version_before(kept: Stores) -> None:
    with kept.open() as uow:
        uow.sections.attach(ONE, "software", A, at=NOW)
        uow.sections.attach(ONE, "os", C, at=NOW)
        uow.sections.attach(TWO, "software", A, at=NOW)
        uow.sections.attach(ONE, "software", B, at=LATER)
        uow.commit()

    with kept.read() as uow:
        assert list(uow.sections.current(ONE)) == [
            _version("os", C, NOW, None),
            _version("software", B, LATER, None),
        ]
        assert list(uow.sections.versions(ONE)) == [
            _version("os", C, NOW, None),
            _version("software", A, NOW, LATER),
            _version("software", B, LATER, None),
        ]
        assert list(uow.sections.versions(ONE, since=LATER)) == list(uow.sections.versions(ONE))
        assert list(uow.sections.versions(ONE, since=LATER + timedelta(microseconds=1))) == list(
            uow.sections.current(ONE)
        )


def test_the_same_content_goes_on(kept: Stores) -> None:
    with kept.open() as uow:
        uow.sections.attach(ONE, "os", A, at=NOW)
        uow.sections.attach(ONE, "os", A, at=LATER)

        assert list(uow.sections.versions(ONE)) == [_version("os", A, NOW, None)]


def test_a_version_is_never_empty(kept: Stores) -> None:
    """What comes at or before the start of the present version takes its place."""
    with kept.open() as uow:
        uow.sections.attach(ONE, "os", A, at=NOW)
        uow.sections.attach(ONE, "os", B, at=LATER)
        uow.sections.attach(ONE, "os", C, at=LATER)

        assert list(uow.sections.versions(ONE)) == [
            _version("os", A, NOW, LATER),
            _version("os", C, LATER, None),
        ]


def test_a_content_returns(kept: Stores) -> None:
    with kept.open() as uow:
        for minute, content_hash in enumerate((A, B, A)):
            uow.sections.attach(ONE, "os", content_hash, at=NOW + timedelta(minutes=minute))

        assert [one.hash for one in uow.sections.versions(ONE)] == [A, B, A]


def test_a_version_needs_its_content(kept: Stores) -> None:
    with kept.open() as uow, pytest.raises(ConflictError, match="no content"):
        uow.sections.attach(ONE, "os", b"\x09" * 32, at=NOW)
