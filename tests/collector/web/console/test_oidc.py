"""Signing in at a provider, there and back again, with an honest one and with lies."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.account import TRIES, Account
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.oidc import OidcSettings
from sickbay_collector.core.person import Person
from sickbay_collector.oidc import OidcProvider
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import detach, disable, enable
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.oidc_sign_in import OidcSignIn
from tests.collector.clinic import NOW, Clinic, serving
from tests.collector.served import site_on
from tests.collector.web.console.conftest import PASSWORD, add_accounts
from tests.kit import provider as kit
from tests.kit.provider import CLIENT, SECRET, Provider, make_provider

BACK = "https://desk.example.org/sign-in/oidc/done"
ADA = {
    "preferred_username": "ada",
    "name": "Ada Byron",
    "email": "ada@example.org",
    "email_verified": True,
    "groups": ["desk"],
}


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    """A provider that listens."""
    provider = Provider(clock=lambda: NOW)
    with serving(make_provider(provider)) as address:
        provider.address = address
        yield provider


@pytest.fixture
def provider(served: Provider) -> Provider:
    """The provider, honest, with ada in front of it."""
    fresh = Provider(clock=lambda: NOW, person=dict(ADA))
    for name in ("person", "claims", "sign", "keys", "asked"):
        setattr(served, name, getattr(fresh, name))
    return served


@pytest.fixture
def browser(clinic: Clinic, provider: Provider) -> Iterator[TestClient]:
    """Somebody who has not signed in, at a desk that trusts the provider."""
    add_accounts(clinic)
    settings = OidcSettings(
        issuer=provider.address,
        client_id=CLIENT,
        client_secret=SECRET,
        redirect_uri=BACK,
        roles={"admins": Role.ADMINISTRATOR, "desk": Role.TECHNICIAN},
    )
    side = OidcProvider(settings, lambda: clinic.now)
    context = replace(clinic.context(), oidc=OidcSignIn(side, clinic.open_writes, "Keys & Co"))
    with TestClient(
        site_on(context), raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


def there(browser: TestClient, wanted: str = "/tickets") -> str:
    """Go to the provider and sign in there; return the way back."""
    begun = browser.get("/sign-in/oidc", params={"next": wanted})
    assert begun.status_code == 303
    back = httpx2.get(begun.headers["location"], trust_env=False).headers["location"]
    assert back.startswith(f"{BACK}?code=")
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}"


def refused(browser: TestClient, back: str) -> str:
    answer = browser.get(back)
    assert answer.status_code == 403, answer.text
    assert browser.get("/").status_code == 303
    return answer.text


def test_somebody_of_a_group_is_let_in(clinic: Clinic, browser: TestClient) -> None:
    assert "Sign in with Keys &amp; Co" in browser.get("/sign-in?next=/tickets").text
    answer = browser.get(there(browser))
    home = browser.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets")
    assert home.status_code == 200
    assert ">ada<" in home.text
    with clinic.open_reads() as uow:
        account = uow.accounts.get("ada")
        events = uow.audit.walk(AuditFilter(object_id="ada"), limit=9)
    assert account is not None
    assert (account.name, account.role, account.password_hash) == ("Ada Byron", "technician", "")
    assert [one.event.action for one in events] == ["added", "signed in"]


def test_a_changed_group_is_a_changed_role(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    browser.get(there(browser))
    provider.person["groups"] = ["admins", "desk"]
    provider.person["preferred_username"] = "countess"
    browser.get(there(browser))
    with clinic.open_reads() as uow:
        account, other = uow.accounts.get("ada"), uow.accounts.get("countess")
        events = uow.audit.walk(AuditFilter(object_id="ada"), limit=9)

    assert account is not None
    assert (account.role, other) == ("administrator", None)
    assert [one.event.action for one in events][2] == "role changed"


def test_a_login_that_is_taken_is_not_taken_over(browser: TestClient, provider: Provider) -> None:
    """Who may choose their name at the provider must not become an administrator by it."""
    provider.person["preferred_username"] = "administrator"

    assert "the login administrator is somebody else" in refused(browser, there(browser))


def test_another_subject_under_the_same_name_is_somebody_else(
    browser: TestClient, provider: Provider
) -> None:
    browser.get(there(browser))
    browser.cookies.clear()
    provider.claims = {"sub": "4711"}

    assert "the login ada is somebody else" in refused(browser, there(browser))


def test_an_account_without_a_password_has_none_that_fits(
    clinic: Clinic, browser: TestClient
) -> None:
    browser.get(there(browser))
    browser.cookies.clear()
    for password in ("", "x", PASSWORD):
        form = {"login": "ada", "password": password}
        assert browser.post("/sign-in", data=form).status_code in {403, 422}
    with clinic.open_writes() as uow:
        disable(uow, login="ada", by=By(at=NOW))
        uow.commit()
    assert "may sign in no more" in refused(browser, there(browser))


def test_a_known_person_without_a_role_is_a_requester(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    provider.person["groups"] = ["everybody"]
    assert "none of your groups" in refused(browser, there(browser))
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-1"), name="Ada", email="ADA@example.org"))
        uow.commit()
    provider.person["email_verified"] = False
    assert "none of your groups" in refused(browser, there(browser))
    provider.person["email_verified"] = True
    assert browser.get(there(browser)).status_code == 303
    with clinic.open_reads() as uow:
        account = uow.accounts.get("ada")
    assert account is not None
    assert (account.role, account.person_id) == ("requester", "p-1")


def requester(clinic: Clinic, *, role: Role = Role.REQUESTER) -> str:
    """Let ada come by a mailed link once; return the login that she has from it."""
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-1"), name="Ada", email="ADA@example.org"))
        shown = Account(
            login="ADA@example.org",
            name="Ada",
            role=role.value,
            password_hash="",
            created_at=NOW,
            person_id=PersonId("p-1"),
        )
        uow.accounts.put(shown)
        uow.commit()
    return shown.login


def acts(clinic: Clinic, login: str) -> list[str]:
    with clinic.open_reads() as uow:
        events = uow.audit.walk(AuditFilter(object_id=login), limit=20)
    return [one.event.action for one in events]


def test_a_requester_who_came_by_link_keeps_that_account(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    login = requester(clinic)
    provider.person["groups"] = []
    assert browser.get(there(browser)).status_code == 303
    with clinic.open_reads() as uow:
        account, other = uow.accounts.get(login), uow.accounts.get("ada")
        events = uow.audit.walk(AuditFilter(object_id=login), limit=9)

    assert account is not None
    assert (account.subject, account.person_id) == (f"{provider.address} 0815", "p-1")
    assert other is None
    assert [one.event.action for one in events] == ["provider attached", "signed in"]
    assert events[0].event.after == {
        "subject": f"{provider.address} 0815",
        "email": "ada@example.org",
        "person": "p-1",
    }


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"email_verified": False}, id="not verified"),
        pytest.param({"email_verified": None}, id="says nothing of it"),
        pytest.param({"email_verified": "true"}, id="a text"),
        pytest.param({"email_verified": 1}, id="a number"),
        pytest.param({"email": ["ada@example.org"]}, id="a list"),
        pytest.param({"email": "ada@example.org "}, id="a blank"),
        pytest.param({"email": "bob@example.org"}, id="another"),
        pytest.param({"email": ""}, id="none"),
    ],
)
def test_an_address_that_nobody_vouches_for_attaches_nothing(
    clinic: Clinic, browser: TestClient, provider: Provider, claims: dict[str, object]
) -> None:
    login = requester(clinic)
    provider.person["groups"] = []
    provider.claims = claims

    assert "none of your groups" in refused(browser, there(browser))
    assert acts(clinic, login) == []


def test_a_letter_that_only_looks_alike_is_another_address(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    """The Kelvin sign is a "k" in lower case; the mailbox is another."""
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-2"), name="Kim", email="kim@example.org"))
        uow.commit()
    provider.person |= {"groups": [], "email": "\u212aim@example.org"}

    assert "none of your groups" in refused(browser, there(browser))


def test_after_attaching_the_subject_counts_and_no_address(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    login = requester(clinic)
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-2"), name="Bob", email="bob@example.org"))
        uow.commit()
    provider.person["groups"] = []
    browser.get(there(browser))
    provider.person["email"] = "bob@example.org"
    assert browser.get(there(browser)).status_code == 303
    provider.person["email_verified"] = False
    assert browser.get(there(browser)).status_code == 303
    with clinic.open_reads() as uow:
        account = uow.accounts.get(login)
    assert account is not None
    assert account.person_id == "p-1"
    assert "role changed" not in acts(clinic, login)

    browser.cookies.clear()
    provider.person |= {"email": "ada@example.org", "email_verified": True}
    provider.claims = {"sub": "4711"}

    assert "belongs to another sign-in" in refused(browser, there(browser))


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.REQUESTER])
def test_an_address_opens_no_account_of_the_desk(
    clinic: Clinic, browser: TestClient, provider: Provider, role: Role
) -> None:
    login = requester(clinic, role=role)
    provider.person["groups"] = []

    assert "an address alone opens no account" in refused(browser, there(browser))
    assert acts(clinic, login) == []


def test_who_is_gone_or_disabled_comes_in_no_more(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    login = requester(clinic)
    provider.person["groups"] = []
    with clinic.open_writes() as uow:
        disable(uow, login=login, by=By(at=NOW))
        uow.commit()
    assert "may sign in no more" in refused(browser, there(browser))
    with clinic.open_writes() as uow:
        enable(uow, login=login, by=By(at=NOW))
        uow.commit()
    browser.get(there(browser))
    browser.cookies.clear()
    with clinic.open_writes() as uow:
        ada = uow.people.get(PersonId("p-1"))
        assert ada is not None
        uow.people.save(replace(ada, deactivated_at=NOW), expected_version=ada.version)
        uow.commit()

    assert "none of your groups" in refused(browser, there(browser))


def test_who_leaves_the_desk_takes_over_no_requester_who_came_since(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    browser.get(there(browser))
    browser.cookies.clear()
    requester(clinic)
    provider.person["groups"] = []

    assert "with another account" in refused(browser, there(browser))


def test_a_detached_requester_is_attached_anew(
    clinic: Clinic, browser: TestClient, provider: Provider
) -> None:
    login = requester(clinic)
    provider.person["groups"] = []
    browser.get(there(browser))
    with clinic.open_writes() as uow:
        detach(uow, login=login, by=By(at=NOW))
        uow.commit()
    assert browser.get("/own").status_code == 303
    provider.claims = {"sub": "4711"}
    assert browser.get(there(browser)).status_code == 303
    with clinic.open_reads() as uow:
        account = uow.accounts.get(login)

    assert account is not None
    assert account.subject == f"{provider.address} 4711"
    expected = ["provider attached", "signed in", "provider detached"]
    assert acts(clinic, login) == [*expected, *expected[:2]]


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        pytest.param({"iss": "https://evil.example.org"}, "another issuer", id="issuer"),
        pytest.param({"aud": "other"}, "another audience", id="audience"),
        pytest.param({"nonce": "n"}, "another sign-in", id="nonce"),
        pytest.param({"nonce": None}, "another sign-in", id="no nonce"),
        pytest.param({"exp": 1}, "has expired", id="expired"),
        pytest.param({"iat": 1}, "not of now", id="old"),
        pytest.param({"preferred_username": "../x"}, "no login name", id="hostile login"),
    ],
)
def test_a_token_that_says_something_else_is_refused(
    browser: TestClient, provider: Provider, claims: dict[str, object], said: str
) -> None:
    provider.claims = claims

    assert said in refused(browser, there(browser))


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(kit.unsigned, id="alg none"),
        pytest.param(kit.by_the_public_key, id="alg confusion"),
        pytest.param(kit.by_another_key, id="another key"),
        pytest.param(kit.changed, id="changed"),
    ],
)
def test_a_token_that_is_not_the_providers_is_refused(
    browser: TestClient, provider: Provider, sign: kit.Sign
) -> None:
    provider.sign = sign

    assert "signature is not the provider" in refused(browser, there(browser))


def test_a_return_counts_once_in_its_own_browser_and_in_time(
    clinic: Clinic, browser: TestClient
) -> None:
    back = there(browser)
    kept = dict(browser.cookies)
    browser.cookies.clear()
    assert "not begun in this browser" in refused(browser, back)
    browser.cookies.update(kept)
    assert browser.get(back).status_code == 303
    browser.cookies.clear()
    browser.cookies.update(kept)
    assert "begin it again" in refused(browser, back)
    slow = there(browser)
    clinic.now += timedelta(minutes=11)
    assert "took too long" in refused(browser, slow)
    clinic.now = NOW
    browser.cookies.clear()
    there(browser)
    assert "not begun in this browser" in refused(browser, "/sign-in/oidc/done?code=x&state=y")
    assert "did not let you in" in refused(browser, "/sign-in/oidc/done?error=access_denied")


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param("%%%", id="no base64"),
        pytest.param(base64.urlsafe_b64encode(b"[1]").decode(), id="too short"),
        pytest.param(
            base64.urlsafe_b64encode(json.dumps(["s", "n", "ü", "/", 1]).encode()).decode(),
            id="no ascii",
        ),
        pytest.param(
            base64.urlsafe_b64encode(json.dumps(["s", "n", "v", "/", 1e300]).encode()).decode(),
            id="no time",
        ),
    ],
)
def test_a_cookie_that_was_made_up(browser: TestClient, kept: str) -> None:
    browser.cookies.set("sickbay-oidc", kept)

    assert "not begun in this browser" in refused(browser, "/sign-in/oidc/done?code=x&state=s")


def test_attempts_from_one_address_are_counted(browser: TestClient) -> None:
    for _ in range(TRIES):
        state = there(browser).partition("state=")[2]
        assert "begin it again" in refused(browser, f"/sign-in/oidc/done?code=x&state={state}")

    assert "too many attempts" in refused(browser, there(browser))


def test_no_way_leads_to_another_site(browser: TestClient) -> None:
    for wanted in ("https://evil.example.org/", "//evil.example.org", "/\\evil.example.org"):
        assert browser.get(there(browser, wanted)).headers["location"] == "/"
        browser.cookies.clear()


def test_a_provider_that_is_gone_has_a_page(clinic: Clinic) -> None:
    settings = OidcSettings(issuer="http://127.0.0.1:1", client_id="x", redirect_uri=BACK, roles={})
    side = OidcProvider(settings, lambda: clinic.now)
    context = replace(clinic.context(), oidc=OidcSignIn(side, clinic.open_writes, "Keys"))
    with TestClient(site_on(context), follow_redirects=False) as client:
        answer = client.get("/sign-in/oidc")

    assert "Keys cannot be reached now" in answer.text
    assert "127.0.0.1" not in answer.text


def test_without_a_provider_there_is_no_such_page(clinic: Clinic) -> None:
    with TestClient(site_on(clinic.context()), follow_redirects=False) as client:
        assert client.get("/sign-in/oidc").status_code == 404
        assert client.get("/sign-in/oidc/done?code=x&state=y").status_code == 404
        assert "Sign in with" not in client.get("/sign-in").text
