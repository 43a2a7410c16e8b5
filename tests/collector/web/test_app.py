import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant  # codespell:ignore dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.testclient import TestClient

from sickbay_collector.core.errors import BusyError, StoreError
from sickbay_collector.services.access import Role
from sickbay_collector.web.app import OPENAPI_PATH, make_api
from sickbay_collector.web.auth import feed_reader_of, principal_of
from tests.collector.clinic import Clinic

GOLDEN = Path(__file__).parents[2] / "golden" / "openapi.json"
# What anybody may read: the description of the API.
OPEN_PATHS = {OPENAPI_PATH}
# A token in the header, or a feed's in the address, which opens nothing but calendars.
GUARDS = {principal_of, feed_reader_of}


def all_dependencies(tree: Dependant) -> Iterator[object]:  # codespell:ignore dependant
    yield tree.call
    for inner in tree.dependencies:
        yield from all_dependencies(inner)


def unguarded_paths(app: FastAPI) -> set[str]:
    return {
        str(route.path)
        for route in iter_route_contexts(app.routes)
        if str(route.path).startswith("/api")
        and route.path not in OPEN_PATHS
        and not is_guarded(route)
    }


def is_guarded(route: RouteContext) -> bool:
    tree = getattr(route, "dependant", None)  # codespell:ignore dependant
    return tree is not None and not GUARDS.isdisjoint(all_dependencies(tree))


def test_every_route_of_the_api_asks_who_it_is(clinic: Clinic) -> None:
    app = make_api(clinic.context())

    assert set() == unguarded_paths(app)


def test_route_walk_sees_a_route_without_a_guard(clinic: Clinic) -> None:
    app = make_api(clinic.context())

    def answer() -> None:
        """Ask nobody who it is."""

    app.add_api_route("/api/v1/open", answer)

    assert {"/api/v1/open"} == unguarded_paths(app)


def test_every_path_refuses_strangers(anonymous: TestClient) -> None:
    """What the routes promise is what a request meets, however the app is put together."""
    document = anonymous.get(OPENAPI_PATH).json()
    statuses = {
        (method, path): anonymous.request(
            method, path.replace("{device}", "ws-sick").replace("{ticket}", "1")
        ).status_code
        for path, operations in document["paths"].items()
        for method in operations
    }

    assert {401} == set(statuses.values()), statuses
    assert len(statuses) >= 20


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer wrong", id="wrong token"),
        pytest.param("Basic YTpi", id="another scheme"),
        pytest.param("Bearer " + "x" * 300, id="too long"),
        pytest.param("Bearer \u00e9", id="not ASCII"),
    ],
)
def test_wrong_credentials_are_one_answer(anonymous: TestClient, header: str) -> None:
    answer = anonymous.get("/api/v1/me", headers={b"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_expired_and_revoked_tokens_are_refused(clinic: Clinic, reader: TestClient) -> None:
    assert reader.get("/api/v1/me").status_code == 200
    with clinic.open_writes() as uow:
        token = next(one for one in uow.api_tokens.all() if one.role == Role.READER)
        uow.api_tokens.revoke(token.token_id, at=clinic.now)
        uow.commit()
    assert reader.get("/api/v1/me").status_code == 401
    reader.headers.update(clinic.bearer(Role.TECHNICIAN))
    clinic.now += timedelta(days=31)

    assert reader.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("role", "status"),
    [
        pytest.param(Role.READER, 403, id="reader"),
        pytest.param(Role.TECHNICIAN, 200, id="technician"),
        pytest.param(Role.ADMINISTRATOR, 200, id="administrator"),
    ],
)
@pytest.mark.parametrize("action", ["take", "resolve"])
def test_only_technicians_write(
    clinic: Clinic, anonymous: TestClient, role: Role, status: int, action: str
) -> None:
    answer = anonymous.post(
        f"/api/v1/tickets/1/{action}",
        headers={**clinic.bearer(role), "If-Match": "*"},
        json={"resolution": "x"} if action == "resolve" else None,
    )

    assert status == answer.status_code


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/v1/nothing", 404, id="no route"),
        pytest.param("GET", "/", 404, id="root"),
        pytest.param("GET", "/docs", 404, id="no pages from elsewhere"),
        pytest.param("GET", "/redoc", 404, id="nor these"),
        pytest.param("DELETE", "/api/v1/devices", 405, id="wrong method"),
        pytest.param("GET", "/api/v1/devices/", 404, id="slash at the end"),
    ],
)
def test_what_is_not_there_is_a_problem(
    reader: TestClient, method: str, path: str, status: int
) -> None:
    answer = reader.request(method, path)

    assert status == answer.status_code
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/nothing", OPENAPI_PATH])
def test_every_answer_carries_security_headers(anonymous: TestClient, path: str) -> None:
    headers = anonymous.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        pytest.param(ValueError("secret"), 500, "log says why", id="bug"),
        pytest.param(StoreError("dsn secret"), 503, "log says why", id="database"),
        pytest.param(BusyError("queue full", retry_after_s=2), 503, "queue full", id="busy"),
    ],
)
def test_failures_say_nothing_of_the_inside(
    clinic: Clinic, error: Exception, status: int, said: str
) -> None:
    app = make_api(clinic.context())

    def fail() -> None:
        raise error

    app.add_api_route("/fail", fail)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/fail")

    assert status == answer.status_code
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text
    assert "secret" not in answer.text
    assert ("2" if isinstance(error, BusyError) else None) == answer.headers.get("retry-after")


def test_openapi_is_as_agreed(anonymous: TestClient) -> None:
    """Refresh with SICKBAY_GOLDEN=1; a changed contract needs a line in CHANGELOG.md."""
    document = anonymous.get(OPENAPI_PATH).json()
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("SICKBAY_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")

    assert GOLDEN.read_text(encoding="utf-8") == text
    assert document["openapi"].startswith("3.1")
