"""Persons are one by their e-mail address and login, and found by whatever begins so."""

from dataclasses import replace

import pytest

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person, PersonFilter, position_of
from sickbay_collector.services.ports import UnitOfWork
from tests.contract.conftest import Stores
from tests.contract.records import NOW


def a_person(number: int, name: str, **fields: object) -> Person:
    """Return a person with this number in its id."""
    plain = Person(person_id=PersonId(f"0195a000-0000-7000-8000-0000000b{number:04}"), name=name)
    return replace(plain, **fields)  # type: ignore[arg-type]


ANN = a_person(
    1,
    "Ann Müller",
    email="Ann@Example.com",
    phone="+49 (30) 123-45",
    department="Sales",
    site="berlin",
    language="de",
    vip=True,
    login="Ann.M",
)
BOB = a_person(2, "bob Ångström", email="bob@example.com", site="berlin")
EVE = a_person(3, "Eve 100%", deactivated_at=NOW)


def add(stores: Stores, *people: Person) -> None:
    with stores.open() as uow:
        for one in people:
            uow.people.add(one)
        uow.commit()


def test_person_comes_back_as_it_was_stored(stores: Stores) -> None:
    add(stores, ANN, EVE)

    with stores.read() as uow:
        assert uow.people.get(ANN.person_id) == ANN
        assert uow.people.get(EVE.person_id) == EVE
        assert uow.people.get(BOB.person_id) is None
        assert uow.people.many([ANN.person_id, BOB.person_id]) == {ANN.person_id: ANN}


def test_address_and_login_find_their_person_whatever_the_case(stores: Stores) -> None:
    add(stores, ANN, EVE)

    with stores.read() as uow:
        assert uow.people.by_email("ANN@example.COM") == ANN
        assert uow.people.by_login("ann.m") == ANN
        assert uow.people.by_email("") is None
        assert uow.people.by_login("") is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"email": "ann@EXAMPLE.com"}, id="address"),
        pytest.param({"login": "ANN.m"}, id="login"),
    ],
)
@pytest.mark.parametrize("way", ["add", "save"])
def test_address_and_login_are_one_persons_alone(
    stores: Stores, fields: dict[str, str], way: str
) -> None:
    add(stores, ANN, BOB)

    def write(uow: UnitOfWork) -> None:
        if way == "add":
            uow.people.add(a_person(9, "Other", **fields))
        else:
            uow.people.save(replace(BOB, **fields), expected_version=1)  # type: ignore[arg-type]
        uow.commit()

    with pytest.raises(ConflictError), stores.open() as uow:
        write(uow)


def test_several_may_have_neither(stores: Stores) -> None:
    add(stores, a_person(1, "One"), a_person(2, "Two"))

    with stores.read() as uow:
        assert [one.name for one in uow.people.all()] == ["One", "Two"]


def test_save_counts_versions_and_refuses_an_old_one(stores: Stores) -> None:
    add(stores, ANN)
    with stores.open() as uow:
        assert uow.people.save(replace(ANN, name="Ann Meyer"), expected_version=1)
        assert not uow.people.save(replace(ANN, name="Late"), expected_version=1)
        assert not uow.people.save(BOB, expected_version=1)
        uow.commit()

    with stores.read() as uow:
        assert uow.people.get(ANN.person_id) == replace(ANN, name="Ann Meyer", version=2)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        pytest.param(PersonFilter(), ["Ann Müller", "bob Ångström"], id="those who are here"),
        pytest.param(
            PersonFilter(gone_too=True), ["Ann Müller", "bob Ångström", "Eve 100%"], id="all"
        ),
        pytest.param(PersonFilter(text="ANN"), ["Ann Müller"], id="first name"),
        pytest.param(PersonFilter(text="mull"), ["Ann Müller"], id="surname without accent"),
        pytest.param(PersonFilter(text="ångs"), ["bob Ångström"], id="surname with accent"),
        pytest.param(PersonFilter(text="nn"), [], id="inside of a word"),
        pytest.param(PersonFilter(text="BOB@"), ["bob Ångström"], id="address"),
        pytest.param(PersonFilter(text="ann.m"), ["Ann Müller"], id="login"),
        pytest.param(PersonFilter(text="0049 30 12"), ["Ann Müller"], id="telephone"),
        pytest.param(PersonFilter(text="12-345"), ["Ann Müller"], id="its end"),
        pytest.param(PersonFilter(text="12"), [], id="too few digits"),
        pytest.param(PersonFilter(text="100%", gone_too=True), ["Eve 100%"], id="a sign of LIKE"),
        pytest.param(PersonFilter(text="%"), [], id="a sign of LIKE alone"),
        pytest.param(PersonFilter(department="Sales"), ["Ann Müller"], id="department"),
        pytest.param(PersonFilter(site="berlin"), ["Ann Müller", "bob Ångström"], id="site"),
        pytest.param(PersonFilter(site="oslo"), [], id="another site"),
    ],
)
def test_list_is_by_name_and_filtered(
    stores: Stores, wanted: PersonFilter, names: list[str]
) -> None:
    add(stores, EVE, BOB, ANN)

    with stores.read() as uow:
        assert [one.name for one in uow.people.list(wanted, limit=9)] == names


def test_pages_hold_everyone_once_though_named_alike(stores: Stores) -> None:
    people = [a_person(number, "Same Name") for number in range(5)]
    add(stores, *reversed(people))

    with stores.read() as uow:
        first = uow.people.list(PersonFilter(), limit=3)
        rest = uow.people.list(PersonFilter(), limit=3, after=position_of(first[-1]))

    assert [*first, *rest] == people


def test_many_are_written_at_once(stores: Stores) -> None:
    """In their order: one takes the address that another gave up."""
    freed = replace(ANN, email="", login="")
    taken = replace(BOB, email=ANN.email)
    with stores.open() as uow:
        uow.people.add_all([ANN, BOB])
        assert uow.people.save_all([freed, taken])
        uow.people.add_all([])
        assert uow.people.save_all([])
        uow.commit()

    with stores.read() as uow:
        assert uow.people.all() == [replace(freed, version=2), replace(taken, version=2)]


def test_many_are_written_only_over_their_versions(stores: Stores) -> None:
    add(stores, ANN, BOB)
    with stores.open() as uow:
        assert not uow.people.save_all([ANN, replace(BOB, version=2)])


def test_many_new_ones_keep_the_rules(stores: Stores) -> None:
    def write(uow: UnitOfWork) -> None:
        uow.people.add_all([ANN, replace(BOB, email=ANN.email)])
        uow.commit()

    with pytest.raises(ConflictError), stores.open() as uow:
        write(uow)
