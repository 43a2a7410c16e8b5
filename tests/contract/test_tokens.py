"""Tokens are counted exactly, and end when they are revoked."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.device import EnrollmentToken
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services.token_ports import ApiToken
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, add_devices

TOKEN = EnrollmentToken(
    token_id="t-1",
    secret_hash="h-1",
    created_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    max_uses=2,
    uses=0,
    revoked_at=None,
    comment="for the lab",
)
API_TOKEN = ApiToken(
    token_id="t-1",
    secret_hash="h-1",
    user="ada",
    role="technician",
    created_at=NOW,
    expires_at=None,
    revoked_at=None,
)


def _add(stores: Stores, token: EnrollmentToken) -> None:
    with stores.open() as uow:
        uow.tokens.add(token)
        uow.commit()


def test_a_token_has_so_many_uses(stores: Stores) -> None:
    _add(stores, TOKEN)
    with stores.open() as uow:
        taken = [uow.tokens.take_use("t-1", now=NOW) for _ in range(3)]
        stored = uow.tokens.by_hash("h-1")

    assert taken == [True, True, False]
    assert stored is not None
    assert stored.uses == 2


@pytest.mark.parametrize(
    ("token_id", "late_s", "taken"),
    [
        pytest.param("t-1", 3599, True, id="a second before it expires"),
        pytest.param("t-1", 3600, False, id="when it expires"),
        pytest.param("t-2", 0, False, id="unknown"),
    ],
)
def test_a_use_needs_a_live_token(
    stores: Stores, token_id: str, late_s: int, *, taken: bool
) -> None:
    _add(stores, TOKEN)
    with stores.open() as uow:
        assert taken == uow.tokens.take_use(token_id, now=NOW + timedelta(seconds=late_s))


def test_a_revoked_token_is_revoked_once_and_has_no_use(stores: Stores) -> None:
    _add(stores, TOKEN)
    with stores.open() as uow:
        assert uow.tokens.revoke("t-1", at=NOW)
        assert not uow.tokens.revoke("t-1", at=NOW + timedelta(days=1))
        assert not uow.tokens.take_use("t-1", now=NOW)
        assert [one.revoked_at for one in uow.tokens.all()] == [NOW]


def test_a_token_comes_back_with_its_limits(stores: Stores) -> None:
    limited = replace(TOKEN, networks=("10.1.0.0/16", "2001:db8::/32"), approval=True)
    _add(stores, limited)
    with stores.read() as uow:
        assert uow.tokens.by_hash("h-1") == limited


def test_refusals_are_counted_with_the_last_address(stores: Stores) -> None:
    _add(stores, TOKEN)
    later = NOW + timedelta(minutes=5)
    with stores.open() as uow:
        assert uow.tokens.note_refusal("t-1", at=NOW, address="192.0.2.1") is None
        assert uow.tokens.note_refusal("t-1", at=later, address="") == NOW
        uow.commit()
    with stores.read() as uow:
        stored = uow.tokens.by_hash("h-1")

    assert stored == replace(TOKEN, refusals=2, refused_at=later, refused_from="")


def test_how_a_device_came_in_replaces_how_it_did_before(stores: Stores) -> None:
    _add(stores, TOKEN)
    add_devices(stores, ONE, TWO)
    first = EnrollmentRecord(device_id=ONE, at=NOW, token_id="t-1", address="192.0.2.1")
    second = replace(first, at=NOW + timedelta(days=1), address="2001:db8::1")
    with stores.open() as uow:
        uow.enrollments.put(first)
        uow.enrollments.put(second)
        uow.commit()

    with stores.read() as uow:
        assert uow.enrollments.of([ONE, TWO]) == {ONE: second}
        assert uow.enrollments.of([]) == {}


def test_nobody_comes_in_by_a_token_that_is_none(stores: Stores) -> None:
    add_devices(stores, ONE)
    came = EnrollmentRecord(device_id=ONE, at=NOW, token_id="t-1", address="")
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.enrollments.put(came)


def test_uses_at_once_are_counted_exactly(stores: Stores) -> None:
    _add(stores, TOKEN)

    def take() -> bool:
        with stores.open() as uow:
            taken = uow.tokens.take_use("t-1", now=NOW)
            uow.commit()
            return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [one.result() for one in [pool.submit(take) for _ in range(24)]]

    assert sum(taken) == 2


def test_two_tokens_never_share_a_secret(stores: Stores) -> None:
    _add(stores, TOKEN)
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.tokens.add(TOKEN)


def test_an_api_token_comes_back_until_it_is_revoked(stores: Stores) -> None:
    with stores.open() as uow:
        uow.api_tokens.add(API_TOKEN)
        uow.commit()
    with stores.open() as uow:
        assert uow.api_tokens.by_hash("h-1") == API_TOKEN
        assert uow.api_tokens.by_hash("h-2") is None
        assert uow.api_tokens.revoke("t-1", at=NOW)
        assert not uow.api_tokens.revoke("t-1", at=NOW)
        assert [one.revoked_at for one in uow.api_tokens.all()] == [NOW]
