"""Who looks at which ticket is the same for all collectors of a database, and is forgotten."""

from dataclasses import replace
from datetime import timedelta

from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.presence import THERE, look, others_at
from sickbay_collector.services.presence_ports import Presence
from tests.contract.conftest import Stores
from tests.contract.records import NOW

ADA = Presence(ticket_id=TicketId("t-1"), login="ada", seen_at=NOW, is_writing=False)
BEN = replace(ADA, login="ben", is_writing=True)


def test_who_looks_hears_who_else_does(stores: Stores) -> None:
    assert list(look(stores.open, ADA)) == []
    assert list(look(stores.open, replace(BEN, ticket_id=TicketId("t-2")))) == []
    assert list(look(stores.open, BEN)) == [ADA]
    with stores.read() as uow:
        assert list(others_at(uow, ADA.ticket_id, user="ada", now=NOW)) == [BEN]


def test_saying_it_again_replaces_what_was_said(stores: Stores) -> None:
    look(stores.open, ADA)
    later = replace(ADA, seen_at=NOW + timedelta(seconds=20), is_writing=True)
    look(stores.open, later)

    with stores.read() as uow:
        assert list(uow.presence.at(ADA.ticket_id, since=NOW)) == [later]


def test_who_is_silent_is_gone_and_then_forgotten(stores: Stores) -> None:
    look(stores.open, ADA)
    with stores.read() as uow:
        last, over = NOW + THERE, NOW + THERE + timedelta(seconds=1)
        assert list(others_at(uow, ADA.ticket_id, user="ben", now=last)) == [ADA]
        assert list(others_at(uow, ADA.ticket_id, user="ben", now=over)) == []

    look(stores.open, replace(BEN, seen_at=NOW + timedelta(hours=1, seconds=1)))

    with stores.read() as uow:
        assert [one.login for one in uow.presence.at(ADA.ticket_id, since=NOW)] == ["ben"]
