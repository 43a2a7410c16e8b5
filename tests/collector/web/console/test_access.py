"""Accounts, tokens and enrollment in the console: who may what, secrets shown once."""

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.account import Account
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.sign_in import Visitor
from tests.collector.clinic import SICK, WELL, Clinic, make_pending, make_twin
from tests.collector.web.console.conftest import PASSWORD, Open, csrf_on

ACCOUNTS = "/settings/accounts"
TOKENS = "/settings/tokens"
ENROLLMENT = "/settings/enrollment"
NEW = {"login": "ben", "name": "Ben", "role": "technician", "password": " a long one it is "}
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: TestClient, path: str, **fields: str) -> tuple[int, str]:
    """Send a form of the page; return status and the place or page that it led to."""
    token = csrf_on(client.get(ACCOUNTS).text)
    answer = client.post(path, data={"csrf": token, **fields})
    return answer.status_code, answer.headers.get("location", answer.text)


def actions(clinic: Clinic, kind: str) -> list[str]:
    with clinic.open_reads() as uow:
        found = uow.audit.walk(AuditFilter(object_kind=kind, actor="administrator"), limit=100)
    return [one.event.action for one in found if one.event.action != "signed in"]


def test_an_account_from_its_making_to_its_end(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    assert send(client, ACCOUNTS, **NEW) == (303, f"{ACCOUNTS}/ben")
    clinic.context().sign_in.sign_in("ben", NEW["password"], _visitor(), now=clinic.now)
    page = client.get(f"{ACCOUNTS}/ben").text
    assert "10.9.8.7" in page
    session = re.search(r"/sessions/([0-9a-f]+)/end", page)
    assert session is not None

    for path, fields in (
        (f"sessions/{session[1]}/end", {}),
        ("role", {"role": "analyst", "tags": "lab, desk"}),
        ("password", {"password": "another long one"}),
        ("disable", {}),
        ("enable", {}),
    ):
        assert send(client, f"{ACCOUNTS}/ben/{path}", **fields) == (303, f"{ACCOUNTS}/ben")
    assert actions(clinic, "account") == [
        "added",
        "session ended",
        "role changed",
        "password set",
        "disabled",
        "enabled",
    ]
    assert "#lab" in client.get(ACCOUNTS).text
    assert send(client, f"{ACCOUNTS}/ben/sessions/abc/end")[0] == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"password": "short"}, "12 to 256", id="short password"),
        pytest.param({"login": "b b"}, "no login name", id="no login"),
        pytest.param({"login": "reader"}, "there is an account", id="twice"),
        pytest.param({"role": "root"}, "role: Input should be", id="no role"),
        pytest.param({"sites": "rome"}, "is not configured", id="no site"),
        pytest.param({"login": "x" * 65}, "login: String should have", id="long login"),
    ],
)
def test_what_is_refused_says_why_and_shows_no_password(
    open_as: Open, fields: dict[str, str], said: str
) -> None:
    status, page = send(open_as(Role.ADMINISTRATOR), ACCOUNTS, **{**NEW, **fields})

    assert status in {409, 422}
    assert said in page
    assert "a long one it is" not in page


def test_an_account_is_detached_from_its_provider(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    send(client, ACCOUNTS, **NEW)
    with clinic.open_writes() as uow:
        ben = uow.accounts.get("ben")
        assert ben is not None
        uow.accounts.put(replace(ben, subject="https://id.example.org 1"))
        uow.commit()
    page = client.get(f"{ACCOUNTS}/ben").text

    assert "Signs in at https://id.example.org," in page
    assert "Detach from it" in page
    assert send(client, f"{ACCOUNTS}/ben/detach") == (303, f"{ACCOUNTS}/ben")
    assert "Signs in at" not in client.get(f"{ACCOUNTS}/ben").text
    assert actions(clinic, "account")[-1] == "provider detached"


def test_a_requesters_account_gets_no_role_of_the_desk(clinic: Clinic, open_as: Open) -> None:
    """A link that is mailed to them opens it; it would open whatever the role may."""
    client = open_as(Role.ADMINISTRATOR)
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-1"), name="Leo", email="leo@example.org"))
        uow.accounts.put(
            Account(
                login="leo",
                name="Leo",
                role=Role.REQUESTER.value,
                password_hash="",
                created_at=clinic.now,
                person_id=PersonId("p-1"),
            )
        )
        uow.commit()
    page = client.get(f"{ACCOUNTS}/leo").text

    assert "signs in by a mailed link" in page
    assert f"{ACCOUNTS}/leo/role" not in page
    assert send(client, f"{ACCOUNTS}/leo/role", role="administrator")[0] == 409


def test_who_manages_access_gives_less_than_they_have(open_as: Open) -> None:
    client = open_as(Role.ACCESS_MANAGER)
    page = client.get(ACCOUNTS).text

    assert 'value="technician"' in page
    assert 'value="administrator"' not in page
    assert send(client, ACCOUNTS, **{**NEW, "name": HOSTILE})[0] == 303
    assert "<script>alert" not in client.get(ACCOUNTS).text
    assert send(client, ACCOUNTS, **{**NEW, "login": "eve", "role": "administrator"})[0] == 403
    assert send(client, f"{ACCOUNTS}/administrator/password", password=PASSWORD * 2)[0] == 403
    assert send(client, f"{ACCOUNTS}/access_manager/disable")[0] == 403
    assert "Only an administrator" in client.get(f"{ACCOUNTS}/administrator").text
    assert "your own account" in client.get(f"{ACCOUNTS}/access_manager").text


def test_a_token_is_shown_once_and_made_once(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    form = client.get(TOKENS).text
    fields = {
        "csrf": csrf_on(form),
        "key": hidden(form, "key"),
        "user": HOSTILE,
        "role": "reader",
        "days": "30",
    }
    made = client.post(TOKENS, data=fields)
    again = client.post(TOKENS, data=fields)
    secret = re.search(r"sbk_[\w-]+", made.text)

    assert made.status_code == 200
    assert secret is not None
    assert "<script>alert" not in made.text
    assert made.headers["cache-control"] == "no-store"
    assert (again.status_code, "made already" in again.text) == (409, True)
    assert secret[0] not in client.get(TOKENS).text
    bearer = {"Authorization": f"Bearer {secret[0]}"}
    assert client.get("/api/v1/devices", headers=bearer).status_code == 200
    assert send(client, f"{TOKENS}/{fields['key']}/revoke") == (303, TOKENS)
    assert client.get("/api/v1/devices", headers=bearer).status_code == 401
    assert send(client, f"{TOKENS}/{fields['key']}/revoke")[0] == 404
    assert actions(clinic, "api token") == ["made", "revoked"]


def test_nobody_makes_a_token_that_may_more(open_as: Open) -> None:
    client = open_as(Role.ACCESS_MANAGER)
    form = client.get(TOKENS).text
    key = hidden(form, "key")

    assert 'value="administrator"' not in form
    status, page = send(client, TOKENS, key=key, user="x", role="administrator", days="1")
    assert (status, "may more than you" in page) == (403, True)
    assert send(client, TOKENS, key=key, user="x", role="reader", days="3651")[0] == 422
    assert send(client, TOKENS, key="../x", user="x", role="reader", days="1")[0] == 422


def test_an_enrollment_token_comes_with_commands(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    key = hidden(client.get(ENROLLMENT).text, "key")
    fields = {"key": key, "uses": "3", "hours": "8", "comment": HOSTILE}
    status, page = send(client, ENROLLMENT, **fields)

    assert status == 200
    assert f".{'0f' * 32}" in page
    assert "sickbay-agent enroll --collector desk.example.org:7443" in page
    assert "Windows and macOS: there is no installer yet" in page
    assert "<script>alert" not in page
    assert send(client, ENROLLMENT, **fields)[0] == 409
    assert f".{'0f' * 32}" not in client.get(ENROLLMENT).text
    assert send(client, f"{ENROLLMENT}/{key}/revoke") == (303, ENROLLMENT)
    assert send(client, ENROLLMENT, **{**fields, "key": "another-key", "uses": "0"})[0] == 422
    assert actions(clinic, "enrollment token") == ["made", "revoked"]


def test_an_enrollment_token_for_networks_and_approval(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    fields = {"key": "a-key-of-the-form", "uses": "1", "hours": "8", "approval": "true"}
    wrong = send(client, ENROLLMENT, **fields, networks="10.1.2.3/16")
    status, page = send(client, ENROLLMENT, **fields, networks="10.1.0.0/16, 2001:db8::/32")

    assert wrong[0] == 422
    assert "is 10.1.0.0/16 meant?" in wrong[1]
    assert status == 200
    assert "only from 10.1.0.0/16, 2001:db8::/32" in page
    assert "devices wait for approval" in page


def test_a_device_that_waits_is_approved_or_refused(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    assert "No device waits" in client.get(ENROLLMENT).text
    make_pending(clinic, SICK, WELL)
    path = f"{ENROLLMENT}/pending"

    page = client.get(ENROLLMENT).text
    assert f"{path}/{SICK}/approve" in page
    assert send(client, f"{path}/{SICK}/approve") == (303, f"{ENROLLMENT}#pending")
    assert send(client, f"{path}/{WELL}/refuse", reason=HOSTILE) == (303, f"{ENROLLMENT}#pending")
    page = client.get(ENROLLMENT).text
    assert "No device waits" in page
    assert "<script>alert" not in page
    assert actions(clinic, "certificate") == ["approved", "refused"]


def test_devices_that_may_be_known_ones_are_listed_with_their_reasons(
    clinic: Clinic, open_as: Open
) -> None:
    client = open_as(Role.ADMINISTRATOR)
    assert 'id="twins"' not in client.get(ENROLLMENT).text
    make_twin(clinic, WELL, SICK)

    assert f"/devices/{WELL}?tab=agent#identity" in client.get(ENROLLMENT).text
    page = client.get(f"/devices/{WELL}?tab=agent").text
    assert "a new device that may be a known one" in page
    assert "that device reported or came in less than an hour before" in page


def test_a_device_is_shut_out_by_its_whole_name(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = f"{ENROLLMENT}/shut-out"

    assert send(client, path, device="ws-")[0] in {404, 409}
    assert send(client, path, device="ws-sick", reason=HOSTILE)[0] == 303
    page = client.get(ENROLLMENT).text
    assert "ws-sick" in page
    assert "<script>alert" not in page
    assert actions(clinic, "certificate") == ["revoked"]


@pytest.mark.parametrize("path", [ACCOUNTS, TOKENS, ENROLLMENT, f"{ACCOUNTS}/reader"])
def test_others_have_nothing_to_do_here(open_as: Open, path: str) -> None:
    client = open_as(Role.LEAD)
    token = csrf_on(client.get("/").text)

    assert client.get(path).status_code == 403
    assert client.post(f"{ACCOUNTS}/reader/disable", data={"csrf": token}).status_code == 403
    assert "/settings/accounts" not in client.get("/settings").text


def test_a_form_of_another_site_does_nothing(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)

    assert client.post(ACCOUNTS, data=NEW).status_code == 403
    assert client.get(f"{ACCOUNTS}/ben").status_code == 404


def _visitor() -> Visitor:
    return Visitor(address="10.9.8.7", agent=HOSTILE)
