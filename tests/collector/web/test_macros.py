from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.desk.macro import Macro
from sickbay_collector.services.access import Role
from sickbay_collector.services.book.load import load_book
from tests.collector.clinic import TICKET, Clinic, Template, open_clinic
from tests.collector.served import api_on

_DEFAULTS = load_book(())
_BOOK = replace(
    _DEFAULTS,
    macros={
        **_DEFAULTS.macros,
        "to-ben": Macro(id="to-ben", name="To Ben", assign="ben"),
        "long": Macro(id="long", name="Long", note="{title}" * 200),
    },
)
MACROS = "/api/v1/tickets/1/macros"


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with macros."""
    with open_clinic(template, tmp_path, book=lambda: _BOOK) as opened:
        yield opened


@pytest.fixture
def visitor(clinic: Clinic) -> Iterator[TestClient]:
    """Somebody at the API."""
    with TestClient(api_on(clinic.context()), raise_server_exceptions=False) as client:
        client.headers.update(clinic.bearer(Role.TECHNICIAN))
        yield client


def test_macros_are_listed_with_what_they_do(visitor: TestClient) -> None:
    items = visitor.get("/api/v1/macros").json()["items"]

    assert [one["id"] for one in items][:3] == ["ask-the-user", "password-reset", "works-again"]
    assert items[0]["steps"] == ["you work on it", "waits for its user"]


def test_a_plan_says_what_would_be_done_and_does_nothing(
    clinic: Clinic, visitor: TestClient
) -> None:
    plan = visitor.get(f"{MACROS}/password-reset").json()

    assert plan["version"] == 1
    assert [one["event"] for one in plan["steps"]] == ["edited", "taken", "resolved"]
    assert plan["steps"][0]["after"] == {"category": "access", "subcategory": "password"}
    assert plan["steps"][2]["text"].startswith("A new password was set, and - signed in")
    assert _events(clinic) == ["opened"]


def test_a_macro_is_done_whole_and_once(clinic: Clinic, visitor: TestClient) -> None:
    """Whoever presses it again has an old version: nothing is done twice."""
    answers = [
        visitor.post(f"{MACROS}/password-reset", headers={"If-Match": '"1"'}) for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [200, 412]
    ticket = answers[0].json()
    assert (ticket["status"], ticket["category"], ticket["cause_code"]) == (
        "resolved",
        "access",
        "use",
    )
    assert answers[0].headers["etag"] == '"4"'
    assert _events(clinic) == ["opened", "edited", "taken", "resolved"]


@pytest.mark.parametrize(
    ("macro", "status"),
    [
        pytest.param("none", 404, id="no such macro"),
        pytest.param("long", 422, id="a text that is too long once it is filled in"),
    ],
)
def test_what_cannot_be_pressed_changes_nothing(
    clinic: Clinic, visitor: TestClient, macro: str, status: int
) -> None:
    answer = visitor.post(f"{MACROS}/{macro}", headers={"If-Match": '"1"'})

    assert answer.status_code == status
    assert _events(clinic) == ["opened"]


def test_a_step_that_its_status_forbids_undoes_those_before(
    clinic: Clinic, visitor: TestClient
) -> None:
    visitor.post(f"{MACROS}/works-again", headers={"If-Match": '"1"'})
    before = _events(clinic)

    answer = visitor.post(f"{MACROS}/password-reset", headers={"If-Match": '"3"'})

    assert answer.status_code == 409
    assert _events(clinic) == before


def test_readers_press_nothing(clinic: Clinic, visitor: TestClient) -> None:
    headers = {**clinic.bearer(Role.READER), "If-Match": '"1"'}

    assert visitor.post(f"{MACROS}/works-again", headers=headers).status_code == 403
    assert visitor.get(f"{MACROS}/works-again", headers=headers).status_code == 403


def test_several_tickets_take_a_macro(clinic: Clinic, visitor: TestClient) -> None:
    body = {"act": "macro", "macro": "to-ben", "tickets": [{"ticket": "1", "version": 1}]}

    (item,) = visitor.post("/api/v1/tickets/bulk", json=body).json()["items"]

    assert (item["is_done"], item["assignee"]) == (True, "ben")
    assert _events(clinic) == ["opened", "assigned"]


def _events(clinic: Clinic) -> list[str]:
    with clinic.open_reads() as uow:
        return [entry.event for entry in uow.tickets.worklog(TICKET)]
