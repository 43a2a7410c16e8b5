from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import scope_of
from sickbay_collector.core.account import TRIES_WITHIN
from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.desk.book import EMPTY_BOOK
from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec
from sickbay_collector.core.errors import ConflictError, DeniedError, NotFoundError
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.core.sign_in_link import LINK_TRIES, MAILED_LIFE, SHOWN_LIFE
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.own_sign_in import (
    PATH,
    ask_for_link,
    make_device_link,
    use_link,
)
from sickbay_collector.services.people import change_person, here
from sickbay_collector.services.sign_in import SignIn, Visitor
from tests.collector.desk_builders import NOW, a_device
from tests.collector.services.test_sign_in import PlainHasher
from tests.fakes import FakeDatabase

ADA = Person(person_id=PersonId("p-ada"), name="Ada", email="ada@example.org")
HERE = Visitor(address="10.0.0.1", agent="Browser")
TICK = timedelta(seconds=1)
DEVICE = a_device()


@pytest.fixture
def database() -> FakeDatabase:
    """A desk that can mail, and ada with a device."""
    made = FakeDatabase()
    mail = ChannelSpec(id="mail", kind=ChannelKind.EMAIL)
    made.book = replace(EMPTY_BOOK, channels={"mail": mail})
    made.public_url = "https://desk.example.org"
    with made.open() as uow:
        uow.people.add(ADA)
        uow.devices.add(DEVICE)
        owner = Claim(
            field=AssetField.OWNER, source=Source.IMPORTED, value=ADA.person_id, at=NOW, by="root"
        )
        uow.assets.save_all([AssetWrite(device_id=DEVICE.device_id, version=0, put=(owner,))])
        uow.commit()
    return made


def test_a_mailed_link_signs_its_person_in_once(database: FakeDatabase) -> None:
    _ask(database, " ADA@example.org ")
    (secret,) = _mailed(database)

    opened = use_link(database.open, secret, HERE, now=NOW + TICK)

    principal = SignIn(database.read, database.open, PlainHasher()).whose(opened, now=NOW + TICK)
    assert principal is not None
    assert principal.role is Role.REQUESTER
    assert principal.scope == scope_of(person_id=ADA.person_id)
    with pytest.raises(DeniedError, match="used before"):
        use_link(database.open, secret, HERE, now=NOW + TICK)


def test_a_person_has_one_account_however_often_it_signs_in(database: FakeDatabase) -> None:
    for minute in (0, 20):
        later = NOW + timedelta(minutes=minute)
        _ask(database, ADA.email, minute=minute)
        use_link(database.open, _mailed(database)[-1], HERE, now=later + TICK)

    with database.read() as uow:
        assert [one.login for one in uow.accounts.all()] == [ADA.email]


def test_nobody_is_mailed_whom_the_desk_does_not_know(database: FakeDatabase) -> None:
    """And who asks hears nothing either way."""
    _ask(database, "leo@example.org")
    _ask(database, "")

    assert _mailed(database) == []


def test_who_is_gone_gets_no_link_and_may_use_none(database: FakeDatabase) -> None:
    _ask(database, ADA.email)
    (secret,) = _mailed(database)
    change_person(
        database.open,
        ADA.person_id,
        lambda old: here(old, is_here=False, now=NOW),
        expected_version=1,
        actor="root",
        now=NOW,
    )
    _ask(database, ADA.email)

    assert _mailed(database) == [secret]
    with pytest.raises(DeniedError):
        use_link(database.open, secret, HERE, now=NOW)


def test_a_link_opens_nothing_but_a_requesters_account(database: FakeDatabase) -> None:
    _ask(database, ADA.email)
    use_link(database.open, _mailed(database)[-1], HERE, now=NOW)
    with database.open() as uow:
        account = uow.accounts.of_person(ADA.person_id)
        assert account is not None
        uow.accounts.put(replace(account, role=Role.TECHNICIAN.value))
        uow.commit()
    _ask(database, ADA.email)

    with pytest.raises(DeniedError):
        use_link(database.open, _mailed(database)[-1], HERE, now=NOW)


def test_who_goes_is_signed_out(database: FakeDatabase) -> None:
    _ask(database, ADA.email)
    opened = use_link(database.open, _mailed(database)[0], HERE, now=NOW)
    change_person(
        database.open,
        ADA.person_id,
        lambda old: here(old, is_here=False, now=NOW),
        expected_version=1,
        actor="root",
        now=NOW,
    )

    assert SignIn(database.read, database.open, PlainHasher()).whose(opened, now=NOW) is None


@pytest.mark.parametrize(
    ("after", "works"),
    [
        pytest.param(MAILED_LIFE - TICK, True, id="until it is over"),
        pytest.param(MAILED_LIFE, False, id="no longer"),
    ],
)
def test_a_link_is_soon_over(database: FakeDatabase, *, after: timedelta, works: bool) -> None:
    _ask(database, ADA.email)
    (secret,) = _mailed(database)

    if works:
        assert use_link(database.open, secret, HERE, now=NOW + after)
    else:
        with pytest.raises(DeniedError, match="is over"):
            use_link(database.open, secret, HERE, now=NOW + after)


def test_an_address_gets_five_links_in_a_quarter_of_an_hour(database: FakeDatabase) -> None:
    for place in range(LINK_TRIES + 1):
        ask_for_link(
            database.open,
            ADA.email,
            Visitor(address=f"10.0.1.{place}", agent=""),
            now=NOW,
            new_id=lambda place=place: f"m{place}",  # type: ignore[misc]
        )

    assert len(_mailed(database)) == LINK_TRIES
    ask_for_link(database.open, ADA.email, HERE, now=NOW + TRIES_WITHIN, new_id=lambda: "m9")
    assert len(_mailed(database)) == LINK_TRIES + 1


def test_a_link_never_comes_into_a_log(database: FakeDatabase) -> None:
    """Where the desk cannot mail, there is none."""
    database.book = EMPTY_BOOK
    _ask(database, ADA.email)

    with database.read() as uow:
        assert uow.outbox.get("sign-in-link:m0:person:p-ada") is None


def test_a_disabled_requester_stays_out(database: FakeDatabase) -> None:
    _ask(database, ADA.email)
    use_link(database.open, _mailed(database)[0], HERE, now=NOW)
    with database.open() as uow:
        account = uow.accounts.of_person(ADA.person_id)
        assert account is not None
        uow.accounts.put(replace(account, disabled_at=NOW))
        uow.commit()
    link = make_device_link(database.open, DEVICE.device_id, by=By(at=NOW, user="bo"))

    with pytest.raises(DeniedError):
        use_link(database.open, link.path.removeprefix(PATH), HERE, now=NOW)


def test_a_technician_hands_over_a_link_for_a_devices_owner(database: FakeDatabase) -> None:
    link = make_device_link(database.open, DEVICE.device_id, by=By(at=NOW, user="bo"))

    assert (link.person, link.expires_at) == (ADA, NOW + SHOWN_LIFE)
    assert link.url == f"https://desk.example.org{link.path}"
    secret = link.path.removeprefix(PATH)
    assert use_link(database.open, secret, HERE, now=NOW + SHOWN_LIFE - TICK)


def test_a_device_without_an_owner_has_no_link(database: FakeDatabase) -> None:
    other_id = DeviceId("0195a000-0000-7000-8000-0000000000ff")
    other = replace(DEVICE, device_id=other_id, hostname="alone", enroll_nonce="")
    with database.open() as uow:
        uow.devices.add(other)
        uow.commit()

    with pytest.raises(ConflictError, match="nobody is known to own"):
        make_device_link(database.open, other.device_id, by=By(at=NOW, user="bo"))
    with pytest.raises(NotFoundError):
        make_device_link(database.open, "nowhere", by=By(at=NOW, user="bo"))


@pytest.mark.parametrize("secret", ["", "x" * 10_000, "geheim\u00df", "unknown"])
def test_what_is_no_link_signs_nobody_in(database: FakeDatabase, secret: str) -> None:
    with pytest.raises(DeniedError, match="ask for another"):
        use_link(database.open, secret, HERE, now=NOW)


def _ask(database: FakeDatabase, email: str, *, minute: int = 0) -> None:
    now = NOW + timedelta(minutes=minute)
    ask_for_link(database.open, email, HERE, now=now, new_id=lambda: f"m{minute}")


def _mailed(database: FakeDatabase) -> list[str]:
    """Return the secrets of the links that were mailed, in order."""
    messages = sorted(database.data.outbox.values(), key=lambda one: one.created_at)
    bodies = [one.payload["body"] for one in messages]
    return [body.partition(PATH)[2].partition("\n")[0] for body in bodies]
