"""A lease has one holder at a time, and each holder a term of its own."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.errors import BusyError, ConflictError
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.lease_ports import Lease
from sickbay_collector.services.leases import LeasedJobs, fenced
from sickbay_collector.services.ports import OpenUnitOfWork
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_device

MINUTE = timedelta(minutes=1)


def _take(stores: Stores, holder: str, *, after: timedelta = timedelta()) -> int | None:
    with stores.open() as uow:
        lease = uow.leases.take("tidy", holder, now=NOW + after, until=NOW + after + MINUTE)
        uow.commit()
    return None if lease is None else lease.epoch


def _add(open_uow: OpenUnitOfWork) -> None:
    with open_uow() as uow:
        uow.devices.add(a_device(TWO))
        uow.commit()


def test_one_has_it_until_it_expires(stores: Stores) -> None:
    """Going on with it keeps the term; the next holder gets the next."""
    moments = [
        ("ada", timedelta()),
        ("ben", timedelta(seconds=59)),
        ("ada", timedelta(seconds=59)),
        ("ben", timedelta(seconds=118)),
        ("ben", timedelta(seconds=119)),
        ("ada", timedelta(seconds=120)),
        ("ada", timedelta(seconds=179)),
    ]

    assert [_take(stores, who, after=after) for who, after in moments] == [
        1,
        None,
        1,
        None,
        2,
        None,
        3,
    ]


def test_what_is_given_back_is_free_at_once(stores: Stores) -> None:
    _take(stores, "ada")
    with stores.open() as uow:
        uow.leases.release("ben", now=NOW)
        uow.commit()
    assert _take(stores, "ben") is None
    with stores.open() as uow:
        uow.leases.release("ada", now=NOW)
        uow.commit()

    assert _take(stores, "ben") == 2


def test_an_old_term_writes_nothing(stores: Stores) -> None:
    """However long its collector hung, and whatever it believes."""
    old = Lease(name="tidy", holder="ada", epoch=_take(stores, "ada") or 0)
    open_old = fenced(stores.open, old)
    with open_old() as uow:
        uow.devices.add(a_device(ONE))
        uow.commit()
    _take(stores, "ben", after=MINUTE)

    with pytest.raises(ConflictError, match="lease tidy: term 1 ended"):
        _add(open_old)
    with stores.read() as uow:
        assert [one.device_id for one in uow.devices.all()] == [ONE]


def test_a_lease_stays_where_it_is_while_its_holder_writes(postgresql: Engine) -> None:
    """Whoever would take it waits until the holder's transaction has ended."""
    stores = Stores(open_unit_of_work(postgresql), open_unit_of_work(postgresql))
    with stores.open() as uow:
        mine = uow.leases.take("held", "ada", now=NOW, until=NOW)
        uow.commit()
    assert mine is not None

    def take() -> Lease | None:
        with stores.open(within_s=0.2) as uow:
            return uow.leases.take("held", "ben", now=NOW, until=NOW)

    with fenced(stores.open, mine)(), pytest.raises(BusyError):
        take()
    with stores.open() as uow:
        taken = uow.leases.take("held", "ben", now=NOW, until=NOW)

    assert taken == Lease(name="held", holder="ben", epoch=2)


def test_a_lease_that_was_never_taken_cannot_be_held(stores: Stores) -> None:
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.leases.hold(Lease(name="never", holder="ada", epoch=1))


def test_a_job_runs_where_its_lease_is(stores: Stores) -> None:
    """The other collector goes on with it when the first one died, or gave it back."""
    ran: list[str] = []
    ada = LeasedJobs(open_uow=stores.open, holder="ada")
    ben = LeasedJobs(open_uow=stores.open, holder="ben")

    def run(jobs: LeasedJobs, after: timedelta) -> bool:
        return jobs.run("tidy", 60, lambda *_: ran.append(jobs.holder), NOW + after)

    shared = [run(ada, timedelta()), run(ben, timedelta()), run(ada, MINUTE)]
    after_death = run(ben, 4 * MINUTE)
    ben.release(NOW + 4 * MINUTE)
    given_back = run(ada, 4 * MINUTE)

    assert shared == [True, False, True]
    assert (after_death, given_back) == (True, True)
    assert ran == ["ada", "ada", "ben", "ada"]
