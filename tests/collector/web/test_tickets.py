from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.desk.kpi import KpiGroup
from sickbay_collector.web.app import MAX_BODY_BYTES
from tests.collector.clinic import NOW, SICK, TICKET, Clinic, a_ticket

TICKETS = "/api/v1/tickets"


def add_tickets(clinic: Clinic, count: int) -> None:
    with clinic.open_writes() as uow:
        for place in range(count):
            uow.tickets.insert_open(
                a_ticket(
                    ticket_id=f"0195a000-0000-7000-8000-{place:012d}",
                    family=f"family-{place}",
                    opened_at=NOW,
                )
            )
        uow.commit()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("", 1, id="all"),
        pytest.param("?active=true", 1, id="active"),
        pytest.param("?status=closed", 0, id="by status"),
        pytest.param("?device=ws-sick", 1, id="by device"),
        pytest.param("?device=ws-well", 0, id="by another device"),
        pytest.param("?priority=high&tier=L1", 1, id="by priority and tier"),
        pytest.param("?priority=low", 0, id="by another priority"),
        pytest.param("?assignee=nobody", 0, id="by assignee"),
    ],
)
def test_list_filters(reader: TestClient, query: str, count: int) -> None:
    assert count == len(reader.get(f"{TICKETS}{query}").json()["items"])


def test_pages_hold_every_ticket_once_though_opened_together(
    clinic: Clinic, reader: TestClient
) -> None:
    add_tickets(clinic, 5)
    seen, cursor = [], None
    while True:
        page = reader.get(TICKETS, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [item["number"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break

    assert sorted(seen) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/1", 200, id="number"),
        pytest.param("/%231", 200, id="number with its sign"),
        pytest.param(f"/{TICKET}", 200, id="id"),
        pytest.param("/2", 404, id="number of none"),
        pytest.param("/999999999999999999", 404, id="longest number"),
        pytest.param("/9999999999999999999", 404, id="too long a number"),
        pytest.param("/-1", 404, id="below zero"),
        pytest.param("/%D9%A1", 404, id="another script's digit"),
        pytest.param(f"/{'1' * 41}", 422, id="too long a name"),
        pytest.param("?device=ws-nobody", 404, id="device of no name"),
        pytest.param("?cursor=WzAsIngiLCJ5Il0", 422, id="cursor without a time"),
        pytest.param("?cursor=WzAsIjIwMjYtMTEtMjAiLCJ5Il0", 422, id="cursor without a zone"),
    ],
)
def test_names_and_hostile_requests(reader: TestClient, path: str, status: int) -> None:
    assert status == reader.get(f"{TICKETS}{path}").status_code


def test_ticket_comes_with_what_explains_it(reader: TestClient) -> None:
    answer = reader.get(f"{TICKETS}/1")

    found = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert found["hostname"] == "ws-sick"
    assert found["evidence"][0]["threshold"] == "below 10 %"
    assert found["worklog"][0]["event"] == "opened"
    assert found["device_id"] == SICK
    assert found["alerts"][0]["rule_id"] == "disk.full.crit"


def test_taking_makes_the_tokens_user_its_assignee(technician: TestClient) -> None:
    answer = technician.post(f"{TICKETS}/1/take", headers={"If-Match": '"1"'})

    assert answer.status_code == 200
    assert answer.headers["etag"] == '"2"'
    assert (
        answer.json()["assignee"],
        answer.json()["status"],
    ) == ("technician.doe", "in_progress")


def test_resolving_counts_once_it_is_durable(clinic: Clinic, technician: TestClient) -> None:
    answer = technician.post(
        f"{TICKETS}/1/resolve", headers={"If-Match": '"1"'}, json={"resolution": "Freed space."}
    )

    assert (
        answer.json()["status"],
        answer.json()["resolution"],
    ) == ("resolved", "Freed space.")
    with clinic.open_reads() as uow:
        facts = uow.facts.lines(NOW - timedelta(days=1), NOW + timedelta(days=1), KpiGroup.NONE)
    assert [(one.kind, one.actor) for one in facts] == [
        ("acknowledged", "technician.doe"),
        ("resolved", "technician.doe"),
    ]


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        pytest.param(None, 428, id="none"),
        pytest.param('"1"', 200, id="the version that was read"),
        pytest.param('"0", "1"', 200, id="one of several"),
        pytest.param("*", 200, id="any"),
        pytest.param('"2"', 412, id="another version"),
        pytest.param('W/"1"', 412, id="a weak one, which never matches"),
        pytest.param("1", 412, id="without quotes"),
        pytest.param("x" * 257, 422, id="too long"),
    ],
)
def test_write_names_the_version_that_was_read(
    technician: TestClient, if_match: str | None, status: int
) -> None:
    headers = {} if if_match is None else {"If-Match": if_match}

    assert status == technician.post(f"{TICKETS}/1/take", headers=headers).status_code


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"resolution": "x" * 4000}, 200, id="at its limit"),
        pytest.param({"resolution": "x" * 4001}, 422, id="past its limit"),
        pytest.param({"resolution": ""}, 422, id="empty"),
        pytest.param({"resolution": "  "}, 422, id="blank"),
        pytest.param({"resolution": 1}, 422, id="a number"),
        pytest.param({"resolution": "x", "by": "me"}, 422, id="an unknown field"),
        pytest.param([], 422, id="a list"),
    ],
)
def test_resolution_has_limits(technician: TestClient, body: object, status: int) -> None:
    answer = technician.post(f"{TICKETS}/1/resolve", headers={"If-Match": "*"}, json=body)

    assert status == answer.status_code, answer.text


@pytest.mark.parametrize("escape", [rb"\ud800", rb"\u0000"], ids=["half a character", "a NUL"])
def test_text_that_no_database_takes_is_made_fit_or_refused(
    technician: TestClient, escape: bytes
) -> None:
    answer = technician.post(
        f"{TICKETS}/1/resolve",
        headers={"If-Match": "*", "Content-Type": "application/json"},
        content=b'{"resolution": "a' + escape + b'b"}',
    )

    assert answer.status_code in {200, 422}


def padded(size: int) -> bytes:
    body = b'{"resolution": "Done."'
    return body + b" " * (size - len(body) - 1) + b"}"


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "in pieces"])
@pytest.mark.parametrize(
    ("size", "status"),
    [
        pytest.param(MAX_BODY_BYTES, 200, id="at its limit"),
        pytest.param(MAX_BODY_BYTES + 1, 413, id="past its limit"),
    ],
)
def test_body_has_a_limit(technician: TestClient, size: int, status: int, *, chunked: bool) -> None:
    body = padded(size)
    answer = technician.post(
        f"{TICKETS}/1/resolve",
        headers={"If-Match": "*", "Content-Type": "application/json"},
        content=iter([body[:1000], body[1000:]]) if chunked else body,
    )

    assert status == answer.status_code
    assert ("problem" in answer.headers["content-type"]) == (status == 413)


def test_resolved_ticket_cannot_be_taken(technician: TestClient) -> None:
    technician.post(f"{TICKETS}/1/resolve", headers={"If-Match": "*"}, json={"resolution": "Done."})

    answer = technician.post(f"{TICKETS}/1/take", headers={"If-Match": "*"})

    assert answer.status_code == 409
    assert "resolved" in answer.json()["detail"]
