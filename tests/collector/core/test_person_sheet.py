"""What a file of persons would do, row by row."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.core.person_sheet import (
    PERSON_FIELDS,
    PersonPlan,
    person_cells,
    plan_people,
)
from sickbay_collector.core.sheet import read_sheet, write_sheet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ANN = Person(
    person_id=PersonId("ann"), name="Ann", email="Ann@example.com", phone="+49 30 1", login="ann"
)
BOB = Person(person_id=PersonId("bob"), name="=Bob", email="bob@example.com", vip=True)
EVE = Person(person_id=PersonId("eve"), name="Eve", deactivated_at=NOW)
KNOWN = (ANN, BOB, EVE)


def check_site(site: str) -> None:
    if site not in {"", "berlin", "kiel"}:
        raise InvalidError(f"site: {site} is unknown")


def plan(text: str) -> PersonPlan:
    sheet = read_sheet(text.encode(), PERSON_FIELDS, mapping={})
    numbers = count(1)
    return plan_people(
        KNOWN, sheet, check_site=check_site, now=NOW, new_id=lambda: f"new-{next(numbers)}"
    )


def errors(text: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.detail) for one in plan(text).errors]


def test_exported_file_changes_nothing() -> None:
    rows = ([person_cells(one)[name] for name in PERSON_FIELDS.names] for one in KNOWN)

    assert plan(write_sheet(PERSON_FIELDS.names, rows)) == PersonPlan(
        added=(), changed=(), unchanged=3, changes=(), errors=()
    )


def test_new_person_is_added() -> None:
    done = plan("name,email,vip\nZoe,zoe@example.com,yes\n")

    assert done.added == (
        Person(person_id=PersonId("new-1"), name="Zoe", email="zoe@example.com", vip=True),
    )
    assert [(one.field, one.before, one.after) for one in done.changes] == [
        ("name", "", "Zoe"),
        ("email", "", "zoe@example.com"),
        ("vip", "", "yes"),
        ("active", "", "yes"),
    ]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param(
            "email,phone\nANN@example.com,\n",
            replace(ANN, email="ANN@example.com", phone=""),
            id="by address",
        ),
        pytest.param("login,name\nANN,Anna\n", replace(ANN, name="Anna", login="ANN"), id="login"),
        pytest.param("id,email\nbob,b@example.com\n", replace(BOB, email="b@example.com"), id="id"),
        pytest.param("id,active\nbob,no\n", replace(BOB, deactivated_at=NOW), id="leaves"),
        pytest.param("id,active\neve,\n", replace(EVE, deactivated_at=None), id="comes back"),
        pytest.param("id,vip\nbob,\n", replace(BOB, vip=False), id="empty is no"),
    ],
)
def test_known_person_is_changed_where_the_file_says(text: str, after: Person) -> None:
    assert [one for _, one in plan(text).changed] == [after]


def test_gone_person_stays_gone_since_then() -> None:
    assert plan("id,active\neve,no\n").unchanged == 1


def test_address_that_a_row_gives_up_can_be_taken_by_a_later_one() -> None:
    done = plan("id,name,email\nann,Ann,a@example.com\nbob,Bob,ann@example.com\n")

    assert done.errors == ()
    assert [one.email for _, one in done.changed] == ["a@example.com", "ann@example.com"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "name,E-Mail\nAnn,x\n",
            (2, "E-Mail", "'x' is no e-mail address; write it as name@example.com"),
            id="wrong cell, under the file's title",
        ),
        pytest.param(
            "name,vip,email\nAnn,maybe,a@example.com\n",
            (2, "vip", "'maybe' is neither yes nor no"),
            id="neither yes nor no",
        ),
        pytest.param("id,name\nzoe,Zoe\n", (2, "id", "no person has the id zoe"), id="unknown id"),
        pytest.param(
            "name\nZoe\n",
            (2, "", "needs a person_id, email or login, by which it is found again"),
            id="could not be found again",
        ),
        pytest.param(
            "email,login\nbob@example.com,ann\n",
            (2, "login", "is another person's than the e-mail address"),
            id="two persons in a row",
        ),
        pytest.param(
            "email\nzoe@example.com\n", (2, "", "a new person needs a name"), id="nameless"
        ),
        pytest.param(
            "id,email\nbob,ann@example.com\n",
            (2, "email", "Ann has ann@example.com already"),
            id="address of another",
        ),
        pytest.param(
            "email,phone\nann@example.com,123\nann@example.com,456\n",
            (3, "", "Ann is on line 2 already"),
            id="known person twice",
        ),
        pytest.param(
            "name,email\nZoe,zoe@example.com\nZoe,zoe@example.com\n",
            (3, "", "Zoe is on line 2 already"),
            id="new person twice",
        ),
        pytest.param(
            "name,email\nZoe,zoe@example.com,1\n",
            (2, "", "has 3 cells, and the header 2"),
            id="width",
        ),
    ],
)
def test_wrong_row_is_told_with_line_and_column(text: str, expected: tuple[int, str, str]) -> None:
    assert errors(text) == [expected]


def test_errors_stand_in_the_order_of_the_file() -> None:
    assert [line for line, *_ in errors("name,email\nZ,z\nB,b,\nC,c\n")] == [2, 3, 4]


def test_site_that_there_is_none_of_is_a_wrong_cell() -> None:
    assert errors("login,site\nann,bern\n") == [(2, "site", "bern is unknown")]
