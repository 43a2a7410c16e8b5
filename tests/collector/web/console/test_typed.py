"""What was typed into a form that was not taken is given back, without a script."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.account import SESSION_IDLE
from sickbay_collector.services.access import Role
from sickbay_collector.web.console.typed import KEPT, TYPED_LIMIT, seal, typed_of, unseal
from tests.collector.clinic import NOW, TICKET, Clinic
from tests.collector.web.console.conftest import PASSWORD, Open, csrf_on

_FROM = {"referer": "http://testserver/tickets/1?tab=overview"}


def test_a_session_that_is_over_gives_back_what_was_typed(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    answer = _note_too_late(clinic, client, text="A long <b>story</b>.", is_public="true")

    assert answer[0] == 401
    assert "What you typed is kept" in answer[1]
    wrong = _sign_in(client, answer[1], password="wrong")
    page = _sign_in(client, wrong)
    assert "Your session was over" in page
    assert "A long &lt;b&gt;story&lt;/b&gt;.</textarea>" in page
    assert _notes(clinic) == []
    sent = client.post("/tickets/1/note", data=_fields_of(page))
    assert sent.headers["location"] == "/tickets/1"
    assert _notes(clinic) == ["A long <b>story</b>."]


def test_another_browser_gets_nothing_of_it(clinic: Clinic, open_as: Open) -> None:
    """And neither does who changes it: it is signed with the session that was."""
    client = open_as(Role.TECHNICIAN)
    _, page = _note_too_late(clinic, client, text="Mine.")
    client.cookies.clear()

    answer = client.post("/sign-in", data={**_fields_of(page), **_who()})

    assert answer.headers["location"] == "/tickets/1?tab=overview"


def test_passwords_and_tokens_never_come_back(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    _, page = _note_too_late(clinic, client, text="Mine.", new_password="hunter2")

    assert "hunter2" not in _sign_in(client, page)


def test_a_form_of_another_site_is_not_kept(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    clinic.now += SESSION_IDLE + timedelta(seconds=1)

    answer = client.post(
        "/tickets/1/note", data={"text": "Theirs."}, headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 403
    assert "Theirs." not in answer.text


def test_words_with_a_wrong_token_are_not_given_back(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)

    answer = client.post("/tickets/1/note", data={"text": "Theirs.", "csrf": "0" * 64})

    assert answer.status_code == 403
    assert "Theirs." not in answer.text


def test_who_was_slower_reads_what_happened_and_sends_it_again(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)
    client.post("/tickets/1/take", data={"csrf": token, "version": "1"})
    late = {"csrf": token, "version": "1", "text": "Freed <40> GB.", "cause": "capacity"}

    answer = client.post("/tickets/1/resolve", data=late, headers=_FROM)

    assert answer.status_code == 409
    assert "technician works on it" in answer.text
    assert "Freed &lt;40&gt; GB.</textarea>" in answer.text
    again = _fields_of(answer.text)
    assert again["version"] == "2"
    assert again["cause"] == "capacity"
    assert client.post("/tickets/1/resolve", data=again).status_code == 303


def test_what_is_too_long_comes_back_to_be_shortened(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)

    answer = client.post("/tickets/1/note", data={"csrf": token, "text": "x" * 4001})

    assert answer.status_code == 422
    assert "x" * 4001 in answer.text


def test_what_is_kept_has_limits() -> None:
    most = [("text", "x" * (TYPED_LIMIT - len("text")))]

    typed = typed_of("/tickets/1/note", "", most)

    assert typed is not None
    assert unseal(seal(typed, "secret", now=NOW), "secret", now=NOW) == typed
    assert typed_of("/tickets/1/note", "", [*most, ("a", "")]) is not None
    assert typed_of("/tickets/1/note", "", [("text", most[0][1] + "x")]) is None
    assert typed_of("/tickets/1/note", "", [(f"n{one}", "x") for one in range(301)]) is None
    assert typed_of("/tickets/1/note", "", [("n" * 65, "x")]) is None


@pytest.mark.parametrize(
    ("sealed", "secret", "after"),
    [
        pytest.param("{}", "other", timedelta(0), id="another session"),
        pytest.param("{}", "secret", KEPT + timedelta(seconds=1), id="too late"),
        pytest.param("A{}", "secret", timedelta(0), id="changed"),
        pytest.param("", "secret", timedelta(0), id="nothing"),
        pytest.param("%", "secret", timedelta(0), id="no base64"),
        pytest.param("é", "secret", timedelta(0), id="no ASCII"),
        pytest.param("AAAA", "secret", timedelta(0), id="short"),
    ],
)
def test_what_this_browser_did_not_type_is_refused(
    sealed: str, secret: str, after: timedelta
) -> None:
    typed = typed_of("/tickets/1/note", "", [("text", "Mine.")])
    assert typed is not None
    made = seal(typed, "secret", now=NOW)

    assert unseal(sealed.format(made), secret, now=NOW + after) is None


def _note_too_late(clinic: Clinic, client: TestClient, **said: str) -> tuple[int, str]:
    token = csrf_on(client.get("/tickets/1").text)
    clinic.now += SESSION_IDLE + timedelta(seconds=1)
    answer = client.post("/tickets/1/note", data={"csrf": token, **said}, headers=_FROM)
    return answer.status_code, answer.text


def _who(password: str = PASSWORD) -> dict[str, str]:
    return {"login": "technician", "password": password}


def _sign_in(client: TestClient, page: str, password: str = PASSWORD) -> str:
    return client.post("/sign-in", data={**_fields_of(page), **_who(password)}).text


def _fields_of(page: str) -> dict[str, str]:
    """Return what the form of a page sends as it is."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    areas = re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {**found, **{name: _plain(value) for name, value in areas}}


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _notes(clinic: Clinic) -> list[str]:
    with clinic.open_reads() as uow:
        return [entry.text for entry in uow.tickets.worklog(TICKET) if entry.event == "note"]
