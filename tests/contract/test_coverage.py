"""Arrivals of tickets come newest first, and feed tokens are found by their hash."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.parts import CostKind
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services.coverage_ports import FeedToken
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_ticket, add_devices
from tests.contract.test_ticket_parts import a_cost

HOUR = timedelta(hours=1)
FEED = FeedToken(
    feed_id="feed-1",
    secret_hash="0f",
    login="ada",
    created_at=NOW,
    created_by="ada",
    revoked_at=None,
)


def test_arrivals_of_a_stretch_newest_first(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        for number, tier in enumerate(["L1", "L2", "L1", "L1"]):
            name = f"00{number}"
            uow.tickets.insert_open(
                a_ticket(name, family=None, opened_at=NOW + number * HOUR, tier=tier)
            )
        uow.commit()

    with stores.read() as uow:
        until = NOW + 3 * HOUR
        every = uow.coverage.arrivals(NOW, until, tier="", limit=10)
        assert [(one.at - NOW) // HOUR for one in every] == [2, 1, 0]
        first = uow.coverage.arrivals(NOW, until + HOUR, tier="L1", limit=2)
        assert [(one.at - NOW) // HOUR for one in first] == [3, 2]
        assert {one.handling_min for one in every} == {None}


def test_resolved_tickets_know_what_was_spent_on_them(stores: Stores) -> None:
    """Parts are no time, and a ticket that goes on has not taken all of its time yet."""
    add_devices(stores, ONE)
    with stores.open() as uow:
        for number, resolved_at in enumerate([NOW + HOUR, None, NOW + HOUR]):
            made = uow.tickets.insert_open(
                a_ticket(
                    f"00{number}",
                    family=None,
                    opened_at=NOW + number * HOUR / 60,
                    resolved_at=resolved_at,
                )
            )
            assert made is not None
            for place, kind in enumerate([CostKind.TIME, CostKind.TIME, CostKind.PART]):
                cost = replace(a_cost(made, f"c{number}{place}"), kind=kind, quantity=5 + place)
                if number < 2 or kind is CostKind.PART:
                    uow.ticket_parts.add_cost(cost)
        uow.commit()

    with stores.read() as uow:
        found = uow.coverage.arrivals(NOW, NOW + HOUR, tier="", limit=10)
        assert [one.handling_min for one in found] == [None, None, 11.0]


def test_feed_token_is_found_until_it_is_revoked_and_after(stores: Stores) -> None:
    other = replace(FEED, feed_id="feed-2", secret_hash="1f", created_at=NOW + HOUR)
    with stores.open() as uow:
        uow.coverage.add_feed(other)
        uow.coverage.add_feed(FEED)
        assert uow.coverage.revoke_feed("feed-1", at=NOW + HOUR)
        assert not uow.coverage.revoke_feed("feed-1", at=NOW + 2 * HOUR)
        assert not uow.coverage.revoke_feed("feed-9", at=NOW)
        uow.commit()

    revoked = replace(FEED, revoked_at=NOW + HOUR)
    with stores.read() as uow:
        assert [revoked, other] == uow.coverage.feeds()
        assert revoked == uow.coverage.feed_by_hash("0f")
        assert uow.coverage.feed_by_hash("2f") is None


def test_no_two_feeds_have_one_secret(stores: Stores) -> None:
    def add_twice() -> None:
        with stores.open() as uow:
            uow.coverage.add_feed(FEED)
            uow.coverage.add_feed(replace(FEED, feed_id="feed-2"))
            uow.commit()

    with pytest.raises(ConflictError):
        add_twice()
