"""Watchers, links, costs, vendor cases, merge and split over the API."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from tests.collector.clinic import Clinic

TICKETS = "/api/v1/tickets"
ANY = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def three(clinic: Clinic, technician: TestClient) -> None:
    """Add a person who asks, and two tickets of hers."""
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-ada"), name="Ada", email="ada@example.com"))
        uow.commit()
    for title in ("two", "three"):
        technician.post(TICKETS, json={"title": title, "requester": "p-ada"})


def post(client: TestClient, path: str, body: dict[str, object]) -> tuple[int, str]:
    answer = client.post(f"{TICKETS}/{path}", json=body, headers=ANY)
    return answer.status_code, answer.text


def test_watcher_comes_once_and_goes(technician: TestClient) -> None:
    for _ in range(2):
        answer = technician.post(f"{TICKETS}/1/watchers", json={"watcher": "ada@example.com"})
        assert answer.status_code == 201
    assert [one["watcher"] for one in answer.json()["watchers"]] == ["p-ada"]
    gone = technician.delete(f"{TICKETS}/1/watchers/person/p-ada")
    again = technician.delete(f"{TICKETS}/1/watchers/person/p-ada")

    assert (gone.json()["watchers"], again.status_code) == ([], 404)
    log = technician.get(f"{TICKETS}/1").json()["worklog"]
    assert [one["event"] for one in log[1:]] == ["watched", "watched"]


def test_circle_of_links_is_refused_by_kind(technician: TestClient) -> None:
    assert post(technician, "1/links", {"kind": "caused_by", "other": "2"})[0] == 201
    assert post(technician, "2/links", {"kind": "caused_by", "other": "3"})[0] == 201
    status, said = post(technician, "3/links", {"kind": "caused_by", "other": "1"})

    assert status == 409
    assert "circle" in said
    assert post(technician, "1/links", {"kind": "child_of", "other": "1"})[0] == 409
    assert post(technician, "3/links", {"kind": "child_of", "other": "1"})[0] == 201


def test_link_shows_on_both_and_goes(technician: TestClient) -> None:
    post(technician, "1/links", {"kind": "caused_by", "other": "2"})
    links = technician.get(f"{TICKETS}/2/parts").json()["links"]
    technician.delete(f"{TICKETS}/1/links/caused_by/2")

    assert [(one["ticket"], one["kind"], one["other"]) for one in links] == [(1, "caused_by", 2)]
    assert technician.get(f"{TICKETS}/2/parts").json()["links"] == []
    assert technician.delete(f"{TICKETS}/1/links/caused_by/2").status_code == 404


def test_costs_add_up_by_currency(technician: TestClient) -> None:
    post(technician, "1/time", {"minutes": 50, "text": "Swap", "hourly_rate_cents": 5_999})
    post(technician, "1/materials", {"text": "Battery", "price_cents": 4_990, "quantity": 2})
    post(technician, "1/materials", {"text": "Fan", "price_cents": 100, "currency": "CHF"})
    found = technician.get(f"{TICKETS}/1/parts").json()

    assert [one["amount_cents"] for one in found["costs"]] == [4_999, 9_980, 100]
    assert found["cost_cents"] == {"CHF": 100, "EUR": 14_979}
    cost_id = found["costs"][0]["cost_id"]
    assert technician.delete(f"{TICKETS}/2/costs/{cost_id}").status_code == 404
    left = technician.delete(f"{TICKETS}/1/costs/{cost_id}").json()
    assert left["cost_cents"] == {"CHF": 100, "EUR": 9_980}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("1/time", {"minutes": 10_080, "text": "x"}, 201, id="minutes at limit"),
        pytest.param("1/time", {"minutes": 10_081, "text": "x"}, 422, id="minutes past it"),
        pytest.param("1/time", {"minutes": 0, "text": "x"}, 422, id="no minutes"),
        pytest.param("1/time", {"minutes": 1, "text": " "}, 422, id="no words"),
        pytest.param("1/materials", {"text": "x", "price_cents": 10**9}, 201, id="price at limit"),
        pytest.param("1/materials", {"text": "x", "price_cents": 10**9 + 1}, 422, id="past it"),
        pytest.param("1/materials", {"text": "x", "price_cents": -1}, 422, id="below zero"),
        pytest.param(
            "1/materials", {"text": "x", "price_cents": 1, "currency": "eur"}, 422, id="currency"
        ),
        pytest.param("1/watchers", {"watcher": "nobody"}, 422, id="unknown person"),
        pytest.param("1/watchers", {"watcher": "x", "kind": "technician"}, 422, id="technician"),
        pytest.param("1/links", {"kind": "caused_by", "other": "77"}, 404, id="unknown ticket"),
        pytest.param("1/links", {"kind": "friend_of", "other": "2"}, 422, id="unknown kind"),
        pytest.param("1/vendor-cases", {"vendor": "x" * 100}, 201, id="vendor at limit"),
        pytest.param("1/vendor-cases", {"vendor": "x" * 101}, 422, id="vendor past it"),
        pytest.param("1/vendor-cases", {"vendor": " "}, 422, id="no vendor"),
        pytest.param("1/merge", {"into": "1"}, 409, id="into itself"),
        pytest.param("1/merge", {"into": "77"}, 404, id="into nothing"),
        pytest.param("1/split", {"title": ""}, 422, id="split without title"),
        pytest.param("1/split", {"title": "x", "worklog": [2]}, 422, id="entry not there"),
        pytest.param("1/split", {"title": "x", "evidence": [0]}, 422, id="evidence not there"),
    ],
)
def test_limits_and_mistakes(
    technician: TestClient, path: str, body: dict[str, object], status: int
) -> None:
    assert status == post(technician, path, body)[0]


def test_case_at_a_vendor_has_its_own_clock(clinic: Clinic, technician: TestClient) -> None:
    start = clinic.now
    body = {
        "vendor": "Example Corp",
        "number": "4711",
        "promised_at": (start + timedelta(hours=2)).isoformat(),
    }
    case_id = technician.post(f"{TICKETS}/1/vendor-cases", json=body).json()["vendor_cases"][0][
        "case_id"
    ]
    clinic.now = start + timedelta(hours=1)
    (running,) = technician.get(f"{TICKETS}/1/parts").json()["vendor_cases"]
    clinic.now = start + timedelta(hours=3)
    post(technician, f"1/vendor-cases/{case_id}/close", {"outcome": "Sent a new one."})
    clinic.now = start + timedelta(hours=9)
    (closed,) = technician.get(f"{TICKETS}/1/parts").json()["vendor_cases"]

    assert (running["elapsed_s"], running["late"]) == (3600.0, False)
    assert (closed["elapsed_s"], closed["late"], closed["outcome"]) == (
        10_800.0,
        True,
        "Sent a new one.",
    )
    assert post(technician, f"1/vendor-cases/{case_id}/close", {})[0] == 409


def test_merged_ticket_goes_on_in_the_other(clinic: Clinic, technician: TestClient) -> None:
    """It keeps number and worklog; its alerts, requester and links go on; its family joins."""
    status, said = post(technician, "1/merge", {"into": "2"})
    first, second = (technician.get(f"{TICKETS}/{n}").json() for n in (1, 2))
    assert status == 200, said

    assert (first["status"], first["closure_code"]) == ("cancelled", "duplicate")
    assert first["merged_into"] == second["ticket_id"]
    assert (first["worklog"][0]["event"], first["alerts"]) == ("opened", [])
    assert [one["rule_id"] for one in second["alerts"]] == ["disk.full.crit"]
    parts = technician.get(f"{TICKETS}/2/parts").json()
    assert parts["merged"] == [1]
    assert [(one["ticket"], one["kind"]) for one in parts["links"]] == [(1, "duplicate_of")]
    with clinic.open_reads() as uow:
        family = uow.tickets.open_of(first["device_id"], "disk.space")
        assert family is not None
        assert family.number == 2


def test_who_asked_watches_the_ticket_that_goes_on_and_chains_are_short(
    technician: TestClient,
) -> None:
    post(technician, "2/merge", {"into": "3"})
    post(technician, "3/merge", {"into": "1"})
    parts = technician.get(f"{TICKETS}/1/parts").json()

    assert [one["watcher"] for one in parts["watchers"]] == ["p-ada"]
    assert parts["merged"] == [2, 3]
    assert post(technician, "1/merge", {"into": "2"})[0] == 409
    assert post(technician, "2/merge", {"into": "1"})[0] == 409


def test_merge_names_the_version_that_was_read(technician: TestClient) -> None:
    body = {"into": "2"}
    without = technician.post(f"{TICKETS}/1/merge", json=body)
    stale = technician.post(f"{TICKETS}/1/merge", json=body, headers={"If-Match": '"9"'})

    assert (without.status_code, stale.status_code) == (428, 412)


def test_split_copies_what_belongs_to_it(technician: TestClient) -> None:
    technician.post(f"{TICKETS}/1/notes", json={"text": "The printer jams, too."})
    answer = technician.post(
        f"{TICKETS}/1/split",
        json={"title": "Printer jams", "worklog": [1, 2], "evidence": [1]},
        headers=ANY,
    )

    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{TICKETS}/4")
    assert (made["title"], made["hostname"], made["family"]) == ("Printer jams", "ws-sick", None)
    texts = [one["text"] for one in made["worklog"]]
    assert "From ticket 1: The printer jams, too." in texts
    # What the other ticket became must not be taken for what this one became.
    copies = [one for one in made["worklog"] if one["text"].startswith("From ticket 1:")]
    assert [(one["before"], one["after"]) for one in copies] == [({}, {})] * 2
    assert [one["rule_id"] for one in made["evidence"]] == ["disk.full.crit"]
    links = technician.get(f"{TICKETS}/1/parts").json()["links"]
    assert [(one["ticket"], one["kind"], one["other"]) for one in links] == [(4, "split_from", 1)]
    assert technician.get(f"{TICKETS}/1").json()["worklog"][-1]["event"] == "split"


def test_worklog_keeps_what_parts_were_and_are(technician: TestClient) -> None:
    technician.post(f"{TICKETS}/2/watchers", json={"watcher": "p-ada"})
    technician.delete(f"{TICKETS}/2/watchers/person/p-ada")
    post(technician, "2/links", {"kind": "caused_by", "other": "3"})
    technician.delete(f"{TICKETS}/2/links/caused_by/3")
    post(technician, "2/materials", {"text": "Fan", "price_cents": 100})
    cost_id = technician.get(f"{TICKETS}/2/parts").json()["costs"][0]["cost_id"]
    technician.delete(f"{TICKETS}/2/costs/{cost_id}")
    post(technician, "2/vendor-cases", {"vendor": "Example Corp"})
    case_id = technician.get(f"{TICKETS}/2/parts").json()["vendor_cases"][0]["case_id"]
    post(technician, f"2/vendor-cases/{case_id}/close", {"outcome": "Sent."})
    log = technician.get(f"{TICKETS}/2").json()["worklog"][1:]
    ada, link = {"watcher": "person:p-ada"}, {"link": "caused_by", "ticket": "2", "other": "3"}

    assert [(one["before"], one["after"]) for one in log[:4]] == [
        ({}, ada),
        (ada, {}),
        ({}, link),
        (link, {}),
    ]
    assert (log[4]["before"], log[5]["after"]) == ({}, {})
    assert log[4]["after"] == log[5]["before"]
    assert log[4]["after"]["price_cents"] == "100"
    assert (log[6]["before"], log[7]["before"]["outcome"]) == ({}, "")
    assert log[7]["after"]["outcome"] == "Sent."
