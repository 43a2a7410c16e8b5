"""Every route of the API and of the console, for every role, on an own and a foreign object.

What is expected follows from `access_table`. Everybody here sees Berlin only: `ws-sick` with what
belongs to it is there, `ws-well` with the same is at Bern.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.core.account import Account, Session
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.ids import AlertId, DeviceId, PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.enrollment_tokens import hash_secret
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.token_ports import ApiToken
from sickbay_collector.web import auth
from sickbay_collector.web.console import parts
from sickbay_collector.web.console.viewer import csrf_of
from sickbay_collector.web.site import Site
from tests.collector.clinic import ALERT, NOW, SICK, WELL, Clinic, a_ticket
from tests.collector.served import site_on
from tests.collector.web.access_bodies import body_of, form_of
from tests.collector.web.access_table import Rule, rule_of
from tests.contract.records import an_alert
from tests.contract.test_problems import PROBLEM
from tests.contract.test_quiet import SILENCE, WINDOW

_SECRET = "a secret of nobody"
_READS = frozenset({"GET", "HEAD"})
_FOREIGN_ALERT = "0195a000-0000-7000-8000-0000000000bc"
_OWN = {
    "device": SICK,
    "ticket": "1",
    "alert": ALERT,
    "person": "p-own",
    "number": "1",
    "key:path": "m-own",
}
_FOREIGN = {
    "device": WELL,
    "ticket": "2",
    "alert": _FOREIGN_ALERT,
    "person": "p-foreign",
    "number": "2",
    "key:path": "m-foreign",
}
_NOT_THERE = frozenset(
    {
        "/api/v1/tickets/{ticket}/major",
        "/api/v1/tickets/{ticket}/updates",
        "/api/v1/tickets/{ticket}/subscribers",
        "/api/v1/notifications/{key:path}",
        "/api/v1/notifications/{key:path}/retry",
        "/messages/state/{key:path}",
        "/messages/{key:path}",
        "/messages/{key:path}/retry",
        "/coverage/feeds",
    }
)
"""What the own object has not, so that both answers are alike."""


_QUERIES = MappingProxyType(
    {
        "/api/v1/devices/{device}/history": "?metric=cpu.load_1m",
    }
)
"""What a reading asks for."""
_FULLY = frozenset({Role.ADMINISTRATOR, Role.REQUESTER})
"""Who is tried on own objects too; what they find there does not depend on the role."""
_ENDLESS = frozenset({"/events"})
"""Answers that do not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One method of one route."""

    method: str
    path: str
    rights: frozenset[tuple[str, bool]]
    """What it says that it needs, and whether everywhere."""

    def at(self, objects: dict[str, str]) -> str | None:
        """Return its address for these objects; None where it names others."""
        found = self.path
        if not self.path.startswith("/api/") and self.path != "/assets/{name}":
            kind = "ticket" if "/tickets/{name}" in self.path else "device"
            kind = kind if f"/{kind}s/{{name}}" in self.path else ""
            found = found.replace("{name}", objects.get(kind, "{name}"))
        for name, value in objects.items():
            found = found.replace(f"{{{name}}}", value)
        return None if "{" in found else found


def _called(needed: Dependant) -> Iterator[object]:
    yield needed.call
    for one in needed.dependencies:
        yield from _called(one)


def _ways(app: FastAPI) -> Iterator[Way]:
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        called = _called(dependant) if isinstance(dependant, Dependant) else ()
        needs = [one for one in called if isinstance(one, auth.Needs | parts.Needs)]
        rights = frozenset((one.right.value, one.everywhere) for one in needs)
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            yield Way(method=method, path=str(route.path), rights=rights)


@pytest.fixture
def site(clinic: Clinic) -> Site:
    """The API and the console on the fleet."""
    return site_on(clinic.context())


@pytest.fixture
def ways(site: Site) -> tuple[Way, ...]:
    """Every way into the collector by HTTP."""
    return (*_ways(site.api), *_ways(site.console))


def test_every_route_names_the_right_that_the_table_says(ways: tuple[Way, ...]) -> None:
    """A new route needs a rule, or fits one, and says so where it takes its principal."""
    wrong = {}
    for way in ways:
        rule = rule_of(way.method, way.path)
        if rule is None:
            wrong[f"{way.method} {way.path}"] = "no rule fits it"
        elif way.rights != _said(rule):
            wrong[f"{way.method} {way.path}"] = f"says {set(way.rights)}, the table {_said(rule)}"

    assert not wrong, "\n".join(f"{way}: {what}" for way, what in wrong.items())


def _said(rule: Rule) -> frozenset[tuple[str, bool]]:
    return frozenset() if rule.right is None else frozenset({(rule.right.value, rule.everywhere)})


@pytest.mark.parametrize("role", list(Role))
def test_every_role_on_every_route(
    clinic: Clinic, site: Site, ways: tuple[Way, ...], role: Role
) -> None:
    _fill(clinic, role)
    wrong = {}
    with TestClient(site, raise_server_exceptions=False, follow_redirects=False) as client:
        client.cookies.set("sickbay-session", _SECRET)
        for way in ways:
            rule = rule_of(way.method, way.path)
            if rule is None or rule.right is None:
                continue
            may = rule.right in RIGHTS[role] and not rule.everywhere
            if may and way.path in _ENDLESS:
                continue
            for objects in (_FOREIGN, _OWN) if may and role in _FULLY else (_FOREIGN,):
                path = way.at(objects)
                if path is None:
                    path = way.at({**objects, **_SOME}) or way.path
                    is_object = False
                else:
                    is_object = "{" in way.path
                status = _send(client, way, path, with_body=may)
                if not _is_right(status, way, may=may, foreign=objects is _FOREIGN and is_object):
                    wrong[f"{way.method} {path}"] = status

    assert not wrong, "\n".join(f"{status} {way}" for way, status in wrong.items())


_SOME = dict.fromkeys(
    (
        *("name", "kind", "repair", "watcher", "other", "cost_id", "case_id"),
        *(
            "rota",
            "override",
            "feed",
            "entry",
            "channel",
            "login",
            "action",
            "macro",
            "view",
            "rule",
            "version",
        ),
    ),
    "x",
)
"""What a path may name beside objects."""


def _is_right(status: int, way: Way, *, may: bool, foreign: bool) -> bool:
    if not may:
        is_elsewhere = way.path == "/" and status == HTTPStatus.SEE_OTHER
        return status == HTTPStatus.FORBIDDEN or is_elsewhere
    if foreign:
        return status == HTTPStatus.NOT_FOUND
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} or status >= 500:
        return False
    is_plain = not any(f"{{{name}}}" in way.path for name in _SOME) and way.path not in _NOT_THERE
    return not is_plain or status != HTTPStatus.NOT_FOUND


def _send(client: TestClient, way: Way, path: str, *, with_body: bool) -> int:
    is_api = path.startswith("/api/")
    headers = {"Authorization": f"Bearer {_SECRET}", "If-Match": '"1"'} if is_api else {}
    if way.method in _READS:
        path += _QUERIES.get(way.path, "")
        return client.request(way.method, path, headers=headers).status_code
    if is_api:
        body = body_of(way.method, way.path) if with_body else None
        return client.request(way.method, path, headers=headers, json=body).status_code
    form = {**(form_of(way.path) if with_body else {}), "csrf": csrf_of(_SECRET)}
    return client.request(way.method, path, data=form).status_code


def _fill(clinic: Clinic, role: Role) -> None:
    with clinic.open_writes() as uow:
        _add_people(uow, role)
        _add_foreign(uow)
        uow.commit()


def _add_people(uow: UnitOfWork, role: Role) -> None:
    """Let somebody of the role in, who sees Berlin only, by token and by session."""
    person = PersonId("p-own") if role is Role.REQUESTER else None
    account = Account(login="me", name="Me", role=role, password_hash="x", created_at=NOW)
    uow.accounts.put(replace(account, sites=("berlin",), person_id=person))
    secret_hash = hash_secret(_SECRET)
    session = Session(
        secret_hash=secret_hash, login="me", created_at=NOW, seen_at=NOW, address="", agent=""
    )
    uow.accounts.open_session(session)
    uow.api_tokens.add(
        ApiToken(
            token_id="mine",
            secret_hash=secret_hash,
            user="me",
            role=role,
            created_at=NOW,
            expires_at=None,
            revoked_at=None,
            sites=("berlin",),
            made_by="me",
        )
    )


def _add_foreign(uow: UnitOfWork) -> None:
    mine = uow.tickets.by_number(1)
    assert mine is not None
    asked = replace(mine, requester=PersonId("p-own"))
    assert uow.tickets.save(asked, expected_version=mine.version)
    for device_id, site, who in ((SICK, "berlin", "p-own"), (WELL, "bern", "p-foreign")):
        put = (_claim(AssetField.SITE, site), _claim(AssetField.OWNER, who))
        uow.assets.save_all([AssetWrite(device_id=device_id, version=0, put=put)])
        uow.people.add(Person(person_id=PersonId(who), name=who, site=site))
        uow.problems.add(replace(PROBLEM, key=site, device_id=DeviceId(device_id)))
        matcher = Matcher.of({"site": [site]})
        uow.quiet.add_silence(replace(SILENCE, matcher=matcher))
        uow.quiet.add_window(replace(WINDOW, matcher=matcher))
    ticket_id = TicketId("0195a000-0000-7000-8000-0000000000ab")
    foreign = replace(a_ticket(), ticket_id=ticket_id, device_id=WELL, number=0)
    assert uow.tickets.insert_open(foreign) is not None
    for alert_id, device_id in ((ALERT, SICK), (_FOREIGN_ALERT, WELL)):
        if uow.alerts.get(AlertId(alert_id)) is None:
            uow.alerts.add(an_alert(alert_id, device_id=device_id, ticket_id=None))


def _claim(field: AssetField, value: str) -> Claim:
    return Claim(field=field, source=Source.IMPORTED, value=value, at=NOW, by="root")
