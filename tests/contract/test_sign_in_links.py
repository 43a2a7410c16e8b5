"""A link is used up once."""

from datetime import timedelta

from sickbay_collector.core.account import Account
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.core.sign_in_link import SignInLink
from tests.contract.conftest import Stores
from tests.contract.records import NOW

ADA = PersonId("p-link")
LINK = SignInLink(
    secret_hash="aa",
    person_id=ADA,
    device_id=None,
    made_by="",
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=30),
)
TICK = timedelta(microseconds=1)


def test_a_link_is_taken_once_and_in_time(stores: Stores) -> None:
    with stores.open() as uow:
        uow.people.add(Person(person_id=ADA, name="Ada"))
        uow.sign_in_links.add(LINK)
        uow.commit()
    with stores.open() as uow:
        assert uow.sign_in_links.take("bb", now=NOW) is None
        assert uow.sign_in_links.take("aa", now=LINK.expires_at) is None
        taken = uow.sign_in_links.take("aa", now=LINK.expires_at - TICK)
        assert taken is not None
        assert (taken.person_id, taken.used_at) == (ADA, LINK.expires_at - TICK)
        assert uow.sign_in_links.take("aa", now=NOW) is None
        uow.commit()
    with stores.open() as uow:
        assert uow.sign_in_links.drop(LINK.expires_at, limit=9) == 0
        assert uow.sign_in_links.drop(LINK.expires_at + TICK, limit=9) == 1


def test_a_person_has_one_account(stores: Stores) -> None:
    account = Account(
        login="p", name="P", role="requester", password_hash="", created_at=NOW, person_id=ADA
    )
    with stores.open() as uow:
        uow.accounts.put(account)
        uow.commit()
    with stores.read() as uow:
        assert uow.accounts.of_person(ADA) == account
        assert uow.accounts.of_person(PersonId("p-other")) is None
