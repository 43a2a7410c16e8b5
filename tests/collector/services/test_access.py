from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.access.principal import principal
from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.core.access.scope import scope_of
from sickbay_collector.core.account import Account
from sickbay_collector.core.desk.book import EMPTY_BOOK
from sickbay_collector.core.desk.site import Site
from sickbay_collector.core.errors import DeniedError, InvalidError
from sickbay_collector.services.access import TokenWish, authenticate, make_api_token
from sickbay_collector.services.access_audit import By
from tests.collector.desk_builders import NOW
from tests.fakes import FakeDatabase

ADA = Account(login="ada", name="Ada", role="analyst", password_hash="h", created_at=NOW)
DAY = timedelta(days=1)


@pytest.fixture
def database() -> FakeDatabase:
    """A desk with two sites and one account, ada's."""
    made = FakeDatabase()
    sites = {
        one: Site(id=one, name=one, zone="UTC", country="", location="")
        for one in ("berlin", "bern")
    }
    made.book = replace(EMPTY_BOOK, sites=sites)
    _put(made, ADA)
    return made


def test_a_token_never_may_more_than_its_users_account(database: FakeDatabase) -> None:
    secret = _token(database, TokenWish(user="ada", role=Role.ADMINISTRATOR, lifetime=DAY))

    with database.read() as uow:
        assert authenticate(uow, secret, now=NOW).rights == RIGHTS[Role.ANALYST]


def test_what_is_taken_from_the_account_is_gone_from_its_tokens(database: FakeDatabase) -> None:
    secret = _token(database, TokenWish(user="ada", role=Role.ANALYST, lifetime=DAY))
    _put(database, replace(ADA, role="reader", sites=("bern",)))

    with database.read() as uow:
        found = authenticate(uow, secret, now=NOW)
    assert found.rights == RIGHTS[Role.READER]
    assert found.scope == scope_of(sites=["bern"])


def test_who_may_sign_in_no_more_has_no_tokens(database: FakeDatabase) -> None:
    """Neither own ones nor those made for others. Source: CVE-2022-22967, of Salt."""
    own = _token(database, TokenWish(user="ada", role=Role.READER, lifetime=DAY))
    wish = TokenWish(user="ci", role=Role.READER, lifetime=DAY)
    with database.open() as uow:
        made = make_api_token(
            uow, wish, by=By.somebody(ADA.principal, NOW), new_id=lambda: "t2"
        ).secret
        uow.commit()
    _put(database, replace(ADA, disabled_at=NOW))

    for secret in (own, made):
        with database.read() as uow, pytest.raises(DeniedError, match="unknown, expired"):
            authenticate(uow, secret, now=NOW)


def test_nobody_makes_a_token_that_may_more(database: FakeDatabase) -> None:
    """A technician who makes an administrator's key is how others fell. Source: CVE-2024-57726."""
    by = principal("leo", Role.TECHNICIAN)
    wish = TokenWish(user="leo", role=Role.ADMINISTRATOR, lifetime=DAY)
    with database.open() as uow, pytest.raises(DeniedError, match="administrator may more"):
        make_api_token(uow, wish, by=By.somebody(by, NOW), new_id=lambda: "t1")


def test_a_token_is_narrowed_to_its_sites(database: FakeDatabase) -> None:
    wish = TokenWish(user="ci", role=Role.READER, sites=["bern"], tags=["lab"], lifetime=DAY)
    secret = _token(database, wish)

    with database.read() as uow:
        assert authenticate(uow, secret, now=NOW).scope == scope_of(sites=["bern"], tags=["lab"])
    with database.open() as uow, pytest.raises(InvalidError, match="'rome' is not configured"):
        make_api_token(uow, replace(wish, sites=["rome"]), by=By(at=NOW), new_id=lambda: "t3")


def _token(database: FakeDatabase, wish: TokenWish) -> str:
    with database.open() as uow:
        made = make_api_token(uow, wish, by=By(at=NOW), new_id=lambda: "t1")
        uow.commit()
    return made.secret


def _put(database: FakeDatabase, account: Account) -> None:
    with database.open() as uow:
        uow.accounts.put(account)
        uow.commit()
