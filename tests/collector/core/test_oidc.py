"""What an ID token must say, whoever signed it."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.errors import DeniedError
from sickbay_collector.core.oidc import (
    Attempt,
    Claims,
    OidcIdentity,
    OidcSettings,
    challenge_of,
    check_return,
    identity_of,
    is_safe,
)

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
AT = NOW.timestamp()
SETTINGS = OidcSettings(
    issuer="https://id.example.org",
    client_id="sickbay",
    redirect_uri="https://desk.example.org/sign-in/oidc/done",
    roles={"admins": Role.ADMINISTRATOR, "desk": Role.TECHNICIAN},
)
TOKEN: Claims = {
    "iss": "https://id.example.org",
    "aud": "sickbay",
    "sub": "0815",
    "iat": AT,
    "exp": AT + 300,
    "nonce": "n",
}
ATTEMPT = Attempt(state="s", nonce="n", verifier="v", next="/", begun_at=NOW)


def identity(**claims: object) -> OidcIdentity:
    said = {name: value for name, value in {**TOKEN, **claims}.items() if value is not None}
    return identity_of(said, SETTINGS, nonce="n", now=NOW)


def test_the_least_that_a_token_says() -> None:
    expected = OidcIdentity(
        subject="https://id.example.org 0815", login="", name="", email="", role=None
    )

    assert expected == identity()


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        pytest.param({"iss": "https://evil.example.org"}, "another issuer", id="issuer"),
        pytest.param({"iss": "https://id.example.org/"}, "another issuer", id="almost-issuer"),
        pytest.param({"iss": None}, "another issuer", id="no-issuer"),
        pytest.param({"aud": "other"}, "another audience", id="audience"),
        pytest.param({"aud": None}, "another audience", id="no-audience"),
        pytest.param({"aud": ["other"]}, "another audience", id="audiences"),
        pytest.param({"aud": ["other", "sickbay"]}, "another party", id="no-party"),
        pytest.param({"azp": "other"}, "another party", id="party"),
        pytest.param({"nonce": "m"}, "another sign-in", id="nonce"),
        pytest.param({"nonce": None}, "another sign-in", id="no-nonce"),
        pytest.param({"nonce": ["n"]}, "another sign-in", id="list-nonce"),
        pytest.param({"exp": AT - 60}, "has expired", id="expired"),
        pytest.param({"exp": None}, "no valid exp", id="never-expires"),
        pytest.param({"exp": "9999999999"}, "no valid exp", id="text-expiry"),
        pytest.param({"exp": True}, "no valid exp", id="true-expiry"),
        pytest.param({"exp": float("nan")}, "no valid exp", id="nan-expiry"),
        pytest.param({"exp": 2**40}, "no valid exp", id="expiry-past-the-limit"),
        pytest.param({"iat": AT + 61}, "not of now", id="from-the-future"),
        pytest.param({"iat": AT - 601}, "not of now", id="kept-by-somebody"),
        pytest.param({"iat": None}, "no valid iat", id="no-issue-time"),
        pytest.param({"sub": ""}, "no subject", id="empty-subject"),
        pytest.param({"sub": None}, "no subject", id="no-subject"),
        pytest.param({"sub": 815}, "no subject", id="number-subject"),
        pytest.param({"sub": "x" * 256}, "no subject", id="long-subject"),
    ],
)
def test_what_a_token_must_say(claims: dict[str, object], said: str) -> None:
    with pytest.raises(DeniedError, match=said):
        identity(**claims)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"exp": AT - 59}, id="a-clock-that-is-late"),
        pytest.param({"iat": AT + 60}, id="a-clock-that-is-early"),
        pytest.param({"aud": ["other", "sickbay"], "azp": "sickbay"}, id="two-audiences"),
        pytest.param({"sub": "x" * 255}, id="longest-subject"),
    ],
)
def test_what_is_just_right(claims: dict[str, object]) -> None:
    assert identity(**claims).subject


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        pytest.param(
            ["everybody", "desk", "admins"], Role.ADMINISTRATOR, id="the-first-configured"
        ),
        pytest.param("desk", Role.TECHNICIAN, id="one-as-text"),
        pytest.param(["Desk", "desk "], None, id="not-quite"),
        pytest.param([["admins"], {"admins": 1}, None, 7], None, id="other-shapes"),
        pytest.param({"admins": True}, None, id="a-mapping"),
        pytest.param(None, None, id="none"),
    ],
)
def test_groups_give_roles(groups: object, role: Role | None) -> None:
    assert role is identity(groups=groups).role


def test_only_a_verified_address_counts() -> None:
    said = {"email": "ada@example.org"}

    assert identity(**said).email == ""
    assert identity(**said, email_verified="true").email == ""
    assert identity(**said, email_verified=True).email == "ada@example.org"


def test_hostile_names_are_left_out() -> None:
    found = identity(preferred_username="a\nb", name="x" * 321, email="e\x00", email_verified=True)

    assert (found.login, found.name, found.email) == ("", "", "")


def test_a_return_belongs_to_an_attempt_of_this_browser_and_of_now() -> None:
    assert check_return(ATTEMPT, "s", now=NOW + timedelta(minutes=10)) == ATTEMPT
    for attempt, state, after in (
        (None, "s", 0),
        (ATTEMPT, "t", 0),
        (ATTEMPT, "", 0),
        (ATTEMPT, "ü", 0),
        (ATTEMPT, "s", 601),
        (ATTEMPT, "s", -61),
    ):
        with pytest.raises(DeniedError, match="begin it again"):
            check_return(attempt, state, now=NOW + timedelta(seconds=after))


def test_the_challenge_is_that_of_the_standard() -> None:
    """Source: RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example.org/authorize", True),
        ("http://127.0.0.1:8080/authorize", True),
        ("http://id.example.org/authorize", False),
        ("file:///etc/passwd", False),
        ("https:///authorize", False),
    ],
)
def test_what_a_provider_may_publish(address: str, safe: bool) -> None:  # noqa: FBT001 - a case
    assert is_safe(address) is safe
