"""A real provider, honest and not: what of its answers is believed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2
import jwt
import pytest

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.errors import DeniedError, UnavailableError
from sickbay_collector.core.oidc import Attempt, OidcSettings, identity_of
from sickbay_collector.oidc import OidcProvider
from tests.collector.clinic import serving
from tests.kit import provider as kit
from tests.kit.provider import CLIENT, KID, SECRET, Provider, Sign, make_provider

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ATTEMPT = Attempt(state="s" * 43, nonce="n" * 43, verifier="v" * 43, next="/", begun_at=NOW)
BACK = "https://desk.example.org/sign-in/oidc/done"


class Desk:
    """A collector's side of a sign-in."""

    def __init__(self, provider: Provider) -> None:
        self.now = NOW
        provider.clock = lambda: NOW
        self.provider = provider
        self.settings = OidcSettings(
            issuer=provider.address,
            client_id=CLIENT,
            client_secret=SECRET,
            redirect_uri=BACK,
            roles={"desk-admins": Role.ADMINISTRATOR, "desk": Role.TECHNICIAN},
        )
        self.side = OidcProvider(self.settings, lambda: self.now)

    def code(self, attempt: Attempt = ATTEMPT) -> str:
        """Return the code that the browser comes back with."""
        answer = httpx2.get(self.side.address(attempt), trust_env=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{BACK}?code=")
        assert f"state={attempt.state}" in answer.headers["location"]
        return answer.headers["location"].partition("code=")[2].partition("&")[0]


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    """A provider that listens."""
    provider = Provider(clock=lambda: NOW)
    with serving(make_provider(provider)) as address:
        provider.address = address
        yield provider


@pytest.fixture
def desk(served: Provider) -> Desk:
    """A collector that knows an honest provider."""
    fresh = Provider(clock=lambda: NOW, address=served.address)
    for name in ("person", "claims", "sign", "keys", "reads", "asked"):
        setattr(served, name, getattr(fresh, name))
    return Desk(served)


def test_a_code_becomes_who_it_is(desk: Desk) -> None:
    desk.provider.person = {
        "preferred_username": "ada",
        "name": "Ada Byron",
        "email": "ada@example.org",
        "email_verified": True,
        "groups": ["everybody", "desk"],
    }
    claims = desk.side.claims(desk.code(), ATTEMPT)
    found = identity_of(claims, desk.settings, nonce=ATTEMPT.nonce, now=NOW)

    assert found.subject == f"{desk.provider.address} 0815"
    assert (found.login, found.name, found.email) == ("ada", "Ada Byron", "ada@example.org")
    assert found.role is Role.TECHNICIAN


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(kit.unsigned, id="alg-none"),
        pytest.param(kit.by_the_public_key, id="alg-confusion"),
        pytest.param(kit.by_another_key, id="another-key-under-the-same-id"),
        pytest.param(kit.by_an_unknown_key, id="an-unknown-key"),
        pytest.param(kit.changed, id="changed-on-the-way"),
        pytest.param(kit.nonsense, id="no-token"),
    ],
)
def test_a_signature_that_is_not_the_providers_is_refused(desk: Desk, sign: Sign) -> None:
    desk.provider.sign = sign
    with pytest.raises(DeniedError, match=r"signature is not|does not publish"):
        desk.side.claims(desk.code(), ATTEMPT)


def test_a_code_is_taken_once_and_with_its_verifier_only(desk: Desk) -> None:
    code = desk.code()
    assert desk.side.claims(code, ATTEMPT)
    with pytest.raises(DeniedError, match="begin it again"):
        desk.side.claims(code, ATTEMPT)
    stolen = desk.code()
    with pytest.raises(DeniedError, match="begin it again"):
        desk.side.claims(stolen, replace(ATTEMPT, verifier="w" * 43))


def test_keys_are_read_once_and_again_when_they_change(desk: Desk) -> None:
    """An unknown key makes them be read again, at most once a minute."""
    for _ in range(3):
        desk.side.claims(desk.code(), ATTEMPT)
    assert desk.provider.reads == 1
    desk.provider.keys = {"key-9": kit.OTHER_KEY}
    desk.provider.sign = kit.by_an_unknown_key
    with pytest.raises(DeniedError, match="does not publish"):
        desk.side.claims(desk.code(), ATTEMPT)
    assert desk.provider.reads == 1
    desk.now = NOW + timedelta(minutes=1)
    assert desk.side.claims(desk.code(), ATTEMPT)["sub"] == "0815"
    assert desk.provider.reads == 2
    desk.now = NOW + timedelta(hours=1, minutes=1)
    desk.side.claims(desk.code(), ATTEMPT)
    assert desk.provider.reads == 3


def test_a_token_without_a_key_id_is_of_the_only_key(desk: Desk) -> None:
    desk.provider.sign = lambda claims: jwt.encode(claims, kit.KEY, algorithm="RS256")
    assert desk.side.claims(desk.code(), ATTEMPT)["sub"] == "0815"
    desk.provider.keys = {KID: kit.KEY, "key-9": kit.OTHER_KEY}
    desk.now = NOW + timedelta(hours=2)
    with pytest.raises(DeniedError, match="does not publish"):
        desk.side.claims(desk.code(), ATTEMPT)


def test_another_issuer_than_the_configured_one_is_no_provider(desk: Desk) -> None:
    settings = replace(desk.settings, issuer=f"{desk.provider.address}/")
    side = OidcProvider(settings, lambda: NOW)
    with pytest.raises(UnavailableError, match="another issuer; check oidc_issuer"):
        side.address(ATTEMPT)


def test_nobody_answers_there(desk: Desk) -> None:
    side = OidcProvider(replace(desk.settings, issuer="http://127.0.0.1:1"), lambda: NOW)
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1 cannot be reached"):
        side.address(ATTEMPT)
