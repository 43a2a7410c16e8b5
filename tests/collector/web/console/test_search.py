"""The search as a page and as the lines below its field."""

from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.search import SEARCH_LIMIT
from tests.browser.payloads import PAYLOADS
from tests.collector.clinic import SICK, Clinic
from tests.collector.web.console.conftest import Open


def test_what_is_found_leads_there(open_as: Open) -> None:
    client = open_as(Role.READER)
    device = f'href="/devices/{SICK}"'

    assert device in client.get("/search?q=ws-si").text
    assert device in client.get("/search?q=192.0.2.7").text
    assert device in client.get("/search?q=02-00-5e-10").text
    assert device in client.get("/search?q=ser-WS-sick").text
    assert 'href="/tickets/1"' in client.get("/search?q=%231").text
    assert 'href="/tickets/1"' in client.get("/search?q=almost+full").text
    assert "Nothing has this name" in client.get("/search?q=moon").text
    assert "Type a host name" in client.get("/search").text


def test_lines_below_the_field_are_options(open_as: Open) -> None:
    lines = open_as(Role.READER).get("/search/hits?q=ws-sick").text

    assert 'role="option"' in lines
    assert f'href="/devices/{SICK}"' in lines
    assert "<html" not in lines


def test_a_search_has_a_limit(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert client.get(f"/search?q={'x' * SEARCH_LIMIT}").status_code == 200
    assert client.get(f"/search?q={'x' * (SEARCH_LIMIT + 1)}").status_code == 422


def test_anything_may_be_searched_for(open_as: Open) -> None:
    """It is shown as text and finds what is called so, or nothing."""
    client = open_as(Role.READER)
    for payload in PAYLOADS:
        for path in ("/search", "/search/hits"):
            answer = client.get(path, params={"q": payload[:SEARCH_LIMIT]})

            assert answer.status_code == 200, payload
            assert "<script>alert" not in answer.text


def test_the_api_finds_the_same(clinic: Clinic, visitor: TestClient) -> None:
    answer = visitor.get("/api/v1/search?q=ws-sick", headers=clinic.bearer())

    assert answer.status_code == 200
    assert [(one["kind"], one["title"]) for one in answer.json()["items"]] == [
        ("device", "ws-sick"),
        ("ticket", "#1 ws-sick: system volume almost full (/)"),
    ]
