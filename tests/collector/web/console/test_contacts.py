import pytest

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.access import Role
from tests.collector.clinic import SICK, Clinic
from tests.collector.web.console.conftest import Open, csrf_on

FORM = {"key": "k-1", "source": "phone", "title": "Forgot the password", "about": "access/password"}


@pytest.fixture(autouse=True)
def ada(clinic: Clinic) -> None:
    """Add a person who calls."""
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-ada"), name="Ada", email="ada@example.com"))
        uow.commit()


def test_callers_are_found_by_name_and_by_device(open_as: Open) -> None:
    """With scripts as a part of the form, without them by its button."""
    client = open_as(Role.TECHNICIAN)

    for path in ("/contacts/callers", "/contacts/new"):
        assert 'value="p-ada|"' in client.get(path, params={"who": "ad"}).text
        assert f'value="|{SICK}"' in client.get(path, params={"who": "ws-s"}).text
        assert "Nobody and no device" in client.get(path, params={"who": "zz"}).text


def test_a_contact_becomes_one_ticket_however_often_it_is_sent(
    clinic: Clinic, open_as: Open
) -> None:
    client = open_as(Role.TECHNICIAN)
    form = {**FORM, "csrf": csrf_on(client.get("/contacts/new").text), "caller": f"p-ada|{SICK}"}

    answers = [client.post("/contacts", data=form) for _ in range(2)]

    assert [one.headers["location"] for one in answers] == ["/tickets/2", "/tickets/2"]
    ticket = _ticket(clinic, 2)
    assert (ticket.requester, ticket.device_id, ticket.source) == ("p-ada", SICK, "phone")
    assert (ticket.category, ticket.subcategory, ticket.status) == ("access", "password", "new")
    assert client.get("/tickets/3").status_code == 404


def test_what_is_solved_at_once_is_resolved(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    form = {**FORM, "resolution": "Reset it.", "code": "granted", "device": "ws-sick"}

    client.post("/contacts", data={**form, "csrf": csrf_on(client.get("/").text)})

    ticket = _ticket(clinic, 2)
    assert (ticket.status, ticket.assignee) == ("resolved", "technician")
    assert (ticket.resolution, ticket.resolution_code) == ("Reset it.", "granted")


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        pytest.param({"title": ""}, 422, "title", id="about nothing"),
        pytest.param({"title": "x" * 201}, 422, "title", id="too long a title"),
        pytest.param({"about": "moon"}, 422, "moon", id="no such category"),
        pytest.param({"caller": "p-nobody|"}, 422, "p-nobody", id="no such person"),
        pytest.param({"device": "ws-none"}, 422, "ws-none", id="no such device"),
        pytest.param({"key": ""}, 422, "Idempotency-Key", id="no key"),
        pytest.param({"source": "alert"}, 422, "alert", id="as an alert"),
    ],
)
def test_what_cannot_be_logged_says_why(
    open_as: Open, fields: dict[str, str], status: int, said: str
) -> None:
    client = open_as(Role.TECHNICIAN)
    form = {**FORM, "csrf": csrf_on(client.get("/").text), **fields}

    answer = client.post("/contacts", data=form)

    assert answer.status_code == status
    assert said in answer.text


def test_readers_cannot_log(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert client.get("/contacts/new").status_code == 403
    form = {**FORM, "csrf": csrf_on(client.get("/").text)}
    assert client.post("/contacts", data=form).status_code == 403


def _ticket(clinic: Clinic, number: int) -> Ticket:
    with clinic.open_reads() as uow:
        found = uow.tickets.by_number(number)
    assert found is not None
    return found


def test_a_category_is_suggested_by_the_words(open_as: Open) -> None:
    """What somebody chose stays; what was suggested follows the words."""
    client = open_as(Role.TECHNICIAN)

    def asked(**said: str) -> str:
        return client.get("/contacts/about", params=said).text

    page = asked(title="Forgot the password")
    assert '<option value="access/password" selected>' in page
    assert "“password”: access / password" in page
    other = asked(title="VPN drops", about="access/password", suggested="access/password")
    assert '<option value="network/vpn" selected>' in other
    chosen = asked(title="VPN drops", about="power/heat", suggested="access/password")
    assert '<option value="power/heat" selected>' in chosen
    assert "say nothing of a category" in asked(title="Something is odd")
    assert client.get("/contacts/about", params={"title": "x" * 201}).status_code == 422


def test_a_form_that_is_quicker_than_its_suggestion_gets_it(clinic: Clinic, open_as: Open) -> None:
    """What was suggested and taken away again stays away; a service says itself what it is."""
    client = open_as(Role.TECHNICIAN)
    form = {"csrf": csrf_on(client.get("/contacts/new").text), "source": "phone"}
    form |= {"title": "The printer jams", "about": ""}

    client.post("/contacts", data={**form, "key": "k-1"})
    client.post("/contacts", data={**form, "key": "k-2", "suggested": "hardware/printer"})

    found = [_ticket(clinic, number) for number in (2, 3)]
    assert [(one.category, one.subcategory) for one in found] == [
        ("hardware", "printer"),
        ("other", ""),
    ]
