"""An OpenID Connect provider: where it is, its keys, and what it says about somebody.

Only the signature is checked here, with keys and algorithms that the provider publishes and this
collector knows; what the token must say is `core/oidc.py`'s.

Source: OpenID Connect Discovery 1.0; RFC 7517 (keys); RFC 8725 (JWT best practice).
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Lock
from urllib.parse import urlencode, urlsplit

import httpx2
from jwt import PyJWK
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from sickbay_collector.core.errors import DeniedError, UnavailableError
from sickbay_collector.core.oidc import (
    LOOPBACK,
    Attempt,
    Claims,
    OidcSettings,
    challenge_of,
    is_safe,
)

_LOG = logging.getLogger(__name__)
# Asymmetric ones only: with a shared secret, whoever can check a token can make one.
_ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
_TIMEOUT_S = 10.0
_MAX_BYTES = 1024 * 1024
# Providers change their keys every few days or weeks, and publish new ones before they use them.
_KEPT = timedelta(hours=1)
# An unknown key makes the keys be read again, but nobody can make it happen all the time.
_AGAIN = timedelta(minutes=1)
# So long nobody waits for a provider that did not answer.
_GONE = timedelta(seconds=10)
_SCOPES = "openid profile email"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the provider publishes."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    keys: Mapping[str, PyJWK]
    """By id."""
    read_at: datetime


class OidcProvider:
    """Implements `Provider` over HTTP.

    Args:
        settings: What is configured.
        clock: Returns the present time.
    """

    def __init__(self, settings: OidcSettings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self._clock = clock
        self._known: _Known | None = None
        self._failure: tuple[datetime, UnavailableError] | None = None
        self._lock = Lock()

    def address(self, attempt: Attempt) -> str:
        """Return where to send the browser to sign in.

        Raises:
            UnavailableError: The provider cannot be reached.
        """
        endpoint = self._read().authorization_endpoint
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": _SCOPES,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge_of(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    def claims(self, code: str, attempt: Attempt) -> Claims:
        """Return what the provider's ID token says, its signature checked.

        Raises:
            DeniedError: The provider does not take the code, or the token's signature is wrong.
            UnavailableError: The provider cannot be reached.
        """
        token = self._token(code, attempt)
        return self._verified(token)

    def _token(self, code: str, attempt: Attempt) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "client_id": self.settings.client_id,
            "code_verifier": attempt.verifier,
        }
        if self.settings.client_secret:
            form["client_secret"] = self.settings.client_secret
        answer = _json("POST", self._read().token_endpoint, form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise DeniedError("the provider gave no ID token")
        return token

    def _verified(self, token: str) -> Claims:
        verifier = PyJWS(algorithms=_ALGORITHMS)
        try:
            header = verifier.get_unverified_header(token)
            key = self._key(str(header.get("kid", "")))
            # The key's own algorithm, never the one that the token names.
            found = verifier.decode_complete(token, key, algorithms=[key.algorithm_name])
            claims = json.loads(found["payload"])
        except (PyJWTError, ValueError, RecursionError) as error:
            _LOG.warning("event=oidc_token_refused error=%r", str(error)[:200])
            raise DeniedError("the ID token's signature is not the provider's") from error
        if not isinstance(claims, dict):
            raise DeniedError("the ID token says nothing")
        return claims

    def _key(self, kid: str) -> PyJWK:
        known = self._read()
        if kid not in known.keys and self._clock() - known.read_at >= _AGAIN:
            known = self._read(anew=True)
        keys = known.keys
        if not kid and len(keys) == 1:
            return next(iter(keys.values()))
        if kid not in keys:
            raise DeniedError(
                "the ID token is signed with a key that the provider does not publish"
            )
        return keys[kid]

    def _read(self, *, anew: bool = False) -> _Known:
        with self._lock:
            now = self._clock()
            if self._known is None or anew or now - self._known.read_at >= _KEPT:
                self._known = self._published(now)
            return self._known

    def _published(self, now: datetime) -> _Known:
        """Return what the provider publishes; who waits for one that is gone does not ask again."""
        if self._failure is not None and now - self._failure[0] < _GONE:
            raise UnavailableError(str(self._failure[1])) from self._failure[1]
        try:
            known = _published(self.settings.issuer, now)
        except UnavailableError as error:
            self._failure = (now, error)
            raise
        self._failure = None
        return known


def _published(issuer: str, now: datetime) -> _Known:
    about = _json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if about.get("issuer") != issuer:
        raise UnavailableError(f"{issuer} says that it is another issuer; check oidc_issuer")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    found = {name: _endpoint(name, about.get(name), issuer) for name in names}
    published = _json("GET", found["jwks_uri"]).get("keys")
    keys = {}
    for one in published if isinstance(published, list) else []:
        key = _usable(one)
        if key is not None:
            keys[key.key_id or ""] = key
    return _Known(**found, keys=keys, read_at=now)


def _endpoint(name: str, address: object, issuer: str) -> str:
    """Return an address that the provider publishes, as safe as the provider's own."""
    if not isinstance(address, str) or not is_safe(address):
        raise UnavailableError(f"{issuer} publishes no {name} over https")
    return address


def _usable(published: object) -> PyJWK | None:
    """Return a key that signs with an algorithm that is known here; None for another one."""
    if not isinstance(published, dict) or published.get("use", "sig") != "sig":
        return None
    try:
        key = PyJWK(published)
    except PyJWTError:
        return None
    return key if key.algorithm_name in _ALGORITHMS else None


def _json(method: str, address: str, form: Mapping[str, str] | None = None) -> Mapping[str, object]:
    """Return what the provider answers.

    Raises:
        DeniedError: It refuses.
        UnavailableError: It cannot be reached, or answers something else.
    """
    host = urlsplit(address).hostname
    try:
        with (
            httpx2.Client(timeout=_TIMEOUT_S, trust_env=host not in LOOPBACK) as client,
            client.stream(method, address, data=dict(form) if form else None) as response,
        ):
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _MAX_BYTES:
                    raise UnavailableError(f"{host} answers more than {_MAX_BYTES} bytes")
            status = response.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise UnavailableError(f"{host} cannot be reached: {type(error).__name__}") from error
    return _object(host, status, body)


def _object(host: str | None, status: int, body: bytes) -> Mapping[str, object]:
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        _LOG.warning("event=oidc_refused host=%s status=%d body=%r", host, status, body[:200])
        raise DeniedError("the provider did not take the sign-in; begin it again")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if status != HTTPStatus.OK or not isinstance(found, dict):
        raise UnavailableError(f"{host} answered {status}, which no provider does")
    return found
