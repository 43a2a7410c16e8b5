"""A small OpenID Connect provider: real keys, real codes, and lies where a test asks for them."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Form
from fastapi.responses import JSONResponse, RedirectResponse
from jwt.algorithms import RSAAlgorithm

CLIENT = "sickbay"
SECRET = "a secret of the client"
KID = "key-1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

Claims = dict[str, object]
Sign = Callable[[Claims], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a browser was sent with."""

    nonce: str
    challenge: str
    redirect_uri: str


def sign(claims: Claims) -> str:
    """Return an honest token."""
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": KID})


@dataclass(kw_only=True)
class Provider:
    """Who signs in, and how honest the answer is."""

    clock: Callable[[], datetime]
    address: str = ""
    person: Claims = field(default_factory=dict)
    """Claims beside those that every token has."""
    claims: Claims = field(default_factory=dict)
    """Lies: they go over the others; None takes one away."""
    sign: Sign = sign
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=lambda: {KID: KEY})
    """What is published, by id."""
    reads: int = 0
    """How often the keys were read."""
    asked: dict[str, Asked] = field(default_factory=dict)
    """By code."""

    def token(self, asked: Asked) -> str:
        """Return an ID token."""
        now = int(self.clock().timestamp())
        honest: Claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "0815",
            "iat": now,
            "exp": now + 300,
            "nonce": asked.nonce,
            **self.person,
        }
        said = {**honest, **self.claims}
        return self.sign({name: value for name, value in said.items() if value is not None})

    def published(self) -> list[Claims]:
        """Return the public keys."""
        return [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "RS256"}
            for kid, key in self.keys.items()
        ]


def make_provider(provider: Provider) -> FastAPI:
    """Return the provider's application."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def about() -> Claims:
        return {
            "issuer": provider.address,
            "authorization_endpoint": f"{provider.address}/authorize",
            "token_endpoint": f"{provider.address}/token",
            "jwks_uri": f"{provider.address}/keys",
        }

    @app.get("/keys")
    def keys() -> Claims:
        provider.reads += 1
        return {"keys": provider.published()}

    @app.get("/authorize")
    def authorize(
        *,
        client_id: str,
        redirect_uri: str,
        response_type: str,
        scope: str,
        state: str,
        nonce: str,
        code_challenge: str,
        code_challenge_method: str,
    ) -> RedirectResponse:
        assert (client_id, response_type, code_challenge_method) == (CLIENT, "code", "S256")
        assert "openid" in scope.split()
        code = secrets.token_urlsafe(8)
        provider.asked[code] = Asked(
            nonce=nonce, challenge=code_challenge, redirect_uri=redirect_uri
        )
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 303)

    @app.post("/token")
    def token(
        *,
        grant_type: Annotated[str, Form()],
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        client_id: Annotated[str, Form()],
        client_secret: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
    ) -> JSONResponse:
        asked = provider.asked.pop(code, None)
        digest = hashlib.sha256(code_verifier.encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        good = (grant_type, client_id, client_secret) == ("authorization_code", CLIENT, SECRET)
        if (
            asked is None
            or not good
            or (asked.challenge, asked.redirect_uri)
            != (
                proof,
                redirect_uri,
            )
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"token_type": "Bearer", "id_token": provider.token(asked)})

    return app


def unsigned(claims: Claims) -> str:
    """Return a token that says that it needs no signature."""
    return jwt.encode(claims, "", algorithm="none", headers={"kid": KID})


def by_another_key(claims: Claims) -> str:
    """Return a token that somebody else signed in the provider's name."""
    return jwt.encode(claims, OTHER_KEY, algorithm="RS256", headers={"kid": KID})


def by_an_unknown_key(claims: Claims) -> str:
    """Return a token of a key that is not published."""
    return jwt.encode(claims, OTHER_KEY, algorithm="RS256", headers={"kid": "key-9"})


def by_the_public_key(claims: Claims) -> str:
    """Return a token whose shared secret is what everybody may read.

    Written by hand: no library signs so.
    """
    public = json.dumps(RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)).encode()
    head = _part({"alg": "HS256", "typ": "JWT", "kid": KID})
    plain = f"{head}.{_part(claims)}"
    mark = hmac.new(public, plain.encode(), hashlib.sha256).digest()
    return f"{plain}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


def changed(claims: Claims) -> str:
    """Return an honest token whose claims were changed on the way."""
    head, _, mark = sign(claims).split(".")
    return f"{head}.{_part({**claims, 'groups': ['root']})}.{mark}"


def nonsense(claims: Claims) -> str:
    """Return what is no token."""
    del claims
    return "a.b"


def _part(value: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
