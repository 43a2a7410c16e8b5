"""The audit's page: filters that stand in the address, before and after, the chain."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.services.audit_check import STEP
from tests.collector.clinic import NOW, Clinic
from tests.collector.web.console.conftest import Open, csrf_on

EVENT = AuditEvent(
    at=NOW,
    actor="ann",
    action="changed",
    object_kind="person",
    object_id="p-1",
    before={"name": "<b>Anne</b>", "phone": "1"},
    after={"name": '"><script>alert(1)</script>', "site": "bern"},
)


def test_the_list_shows_before_and_after_and_is_filtered(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.AUDITOR)
    with clinic.open_writes() as uow:
        uow.audit.add(EVENT)
        uow.commit()
    page = client.get("/audit?actor=ann").text

    assert "<del>&lt;b&gt;Anne&lt;/b&gt;</del><ins>&#34;&gt;&lt;script&gt;" in page
    assert "<dt>phone</dt><dd><del>1</del></dd>" in page
    assert "<dt>site</dt><dd><ins>bern</ins></dd>" in page
    assert 'href="/audit?actor=ann&amp;object_kind=person&amp;object_id=p-1"' in page
    assert 'href="/api/v1/audit/export?actor=ann&amp;format=csv"' in page
    assert "No event passes" in client.get("/audit?object_kind=person&until=2020-01-01T00:00").text
    assert "p-1" in client.get("/audit?object_kind=person&since=2026-11-20T12:30&until=").text


def test_pages_go_on_below_the_last_event(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    with clinic.open_writes() as uow:
        uow.audit.add_all([replace(EVENT, object_id=f"p-{number}") for number in range(60)])
        uow.commit()
    first = client.get("/audit?object_kind=person").text
    link = first.partition("Older ones")[0].rpartition('href="')[2].partition('"')[0]
    second = client.get(link.replace("&amp;", "&")).text

    assert "p-59" in first
    assert "p-10<" in first
    assert "p-9<" not in first
    assert "p-9<" in second
    assert "Older ones" not in second


def look(client: TestClient, **fields: str) -> str:
    """Press the button; return the page that it leads to."""
    token = csrf_on(client.get("/audit/chain").text)
    answer = client.post("/audit/chain", data={"csrf": token, **fields})
    assert answer.status_code == 303
    return client.get(answer.headers["location"]).text


def test_a_long_chain_is_looked_at_in_parts(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.AUDITOR)
    with clinic.open_writes() as uow:
        uow.audit.add_all([EVENT] * STEP)
        uow.commit()
    part = look(client)
    rest = look(client)

    assert f"The chain holds up to event {STEP}" in part
    assert "data-goes-on" in part
    assert "Stop here" in part
    assert "data-goes-on" not in client.get("/audit/chain").text
    assert "The chain is whole" in rest
    assert "data-goes-on" not in rest
    assert client.post("/audit/chain", data={"anew": "true"}).status_code == 403


def test_an_event_that_went_missing_after_it_was_looked_at(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.AUDITOR)
    look(client)
    with clinic.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_event_no_delete"))
        connection.execute(text("DELETE FROM audit_event"))
        connection.execute(text("DELETE FROM audit_head"))
    page = look(client)

    assert "Now it is missing or has another hash" in page
    assert "Check from the first event" in page
    assert "Go on" not in page


def test_a_changed_event_is_marked_and_the_chain_names_it(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.AUDITOR)
    assert "Nobody has looked at the chain yet" in client.get("/audit/chain").text
    assert "The chain is whole" in look(client, anew="true")
    with clinic.open_writes() as uow:
        uow.audit.add(EVENT)
        uow.commit()
    with clinic.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_event_no_update"))
        connection.execute(text("UPDATE audit_event SET actor = 'eve' WHERE actor = 'ann'"))

    assert "changed since" in client.get("/audit?actor=eve").text
    assert "The chain holds up to event" in client.get("/audit/chain").text
    page = look(client)
    assert page == client.get("/audit/chain").text
    assert "The chain is broken at event" in page
    assert "eve" in page


@pytest.mark.parametrize("path", ["/audit", "/audit/chain"])
def test_only_who_may_read_the_audit_sees_it(open_as: Open, path: str) -> None:
    client = open_as(Role.TECHNICIAN)

    assert client.get(path).status_code == 403
    assert 'href="/audit"' not in client.get("/").text


@pytest.mark.parametrize("query", ["since=yesterday", "actor=%00", "cursor=%21", "x=1"])
def test_what_cannot_be_asked_has_a_page(open_as: Open, query: str) -> None:
    answer = open_as(Role.AUDITOR).get(f"/audit?{query}")

    assert answer.status_code == 422
    assert "This cannot be" in answer.text
