from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.account import SESSION_IDLE, TRIES
from sickbay_collector.services.access import Role
from sickbay_collector.web.console.viewer import safe_path
from tests.collector.clinic import Clinic
from tests.collector.web.console.conftest import PASSWORD, Open, csrf_on


def test_a_session_is_a_cookie_that_no_script_reads(visitor: TestClient) -> None:
    answer = visitor.post(
        "/sign-in", data={"login": "reader", "password": PASSWORD, "next": "/tickets?show=all"}
    )

    assert answer.headers["location"] == "/tickets?show=all"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_a_wrong_password_says_so_and_keeps_the_login(visitor: TestClient) -> None:
    answer = visitor.post("/sign-in", data={"login": "reader", "password": "wrong"})

    assert answer.status_code == 403
    assert "login or password are wrong" in answer.text
    assert 'value="reader"' in answer.text
    assert "set-cookie" not in answer.headers


def test_guessing_ends(visitor: TestClient) -> None:
    for _ in range(TRIES):
        visitor.post("/sign-in", data={"login": "reader", "password": "wrong"})

    answer = visitor.post("/sign-in", data={"login": "reader", "password": PASSWORD})

    assert "too many attempts" in answer.text


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        pytest.param("/tickets/1", "/tickets/1", id="a page"),
        pytest.param("https://example.com/", "/", id="another site"),
        pytest.param("//example.com/", "/", id="another site without a scheme"),
        pytest.param("/\\example.com", "/", id="as some browsers read it"),
        pytest.param("/a\nb", "/", id="a second line"),
        pytest.param("", "/", id="nothing"),
    ],
)
def test_signing_in_leads_to_this_site_only(wanted: str, path: str) -> None:
    assert safe_path(wanted) == path


def test_signing_out_ends_the_session(open_as: Open) -> None:
    client = open_as(Role.READER)
    token = csrf_on(client.get("/").text)
    kept = dict(client.cookies)

    answer = client.post("/sign-out", data={"csrf": token})
    client.cookies.update(kept)

    assert answer.headers["location"] == "/sign-in"
    assert client.get("/").status_code == 303


def test_a_session_that_is_over_asks_again(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.READER)
    clinic.now += SESSION_IDLE + timedelta(seconds=1)

    assert client.get("/").headers["location"] == "/sign-in?next=%2F"


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        pytest.param({}, "", id="no token"),
        pytest.param({}, "0" * 64, id="another token"),
        pytest.param({"sec-fetch-site": "cross-site"}, None, id="another site, with the token"),
        pytest.param({"sec-fetch-site": "same-site"}, None, id="a neighbour, with the token"),
    ],
)
def test_forms_of_other_sites_change_nothing(
    clinic: Clinic, open_as: Open, headers: dict[str, str], token: str | None
) -> None:
    client = open_as(Role.TECHNICIAN)
    own = csrf_on(client.get("/tickets/1").text)

    answer = client.post(
        "/tickets/1/take",
        data={"csrf": own if token is None else token, "version": "1"},
        headers=headers,
    )

    assert answer.status_code == 403
    with clinic.open_reads() as uow:
        ticket = uow.tickets.by_number(1)
    assert ticket is not None
    assert ticket.assignee == ""


def test_a_session_reads_the_api_and_changes_nothing_there(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)

    assert client.get("/api/v1/devices").status_code == 200
    assert client.post("/api/v1/tickets/1/take", headers={"If-Match": "*"}).status_code == 401
