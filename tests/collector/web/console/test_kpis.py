"""Key figures in the console."""

import csv
import io

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.sheet import BOM
from tests.collector.web.console.conftest import Open, csrf_on


def test_whole_desk_beside_the_days_before(open_as: Open) -> None:
    page = open_as(Role.READER).get("/kpis?days=7").text

    assert "2026-11-13 12:30" in page
    assert "The days before" in page
    assert 'href="/kpis?days=7&by=tier"' in page
    assert 'href="/kpis.csv?days=7&by=none"' in page


def test_by_group_and_as_a_file(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    form = {"csrf": csrf_on(client.get("/tickets/1").text), "text": "Emptied."}
    assert client.post("/tickets/1/resolve", data=form | {"version": "1"}).status_code == 303
    address = "from=2026-11-20&until=2026-11-20&by=category&zone=Europe/Oslo"
    page = client.get(f"/kpis?{address}").text
    answer = client.get(f"/kpis.csv?{address}")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix(BOM)))

    assert "<b>storage</b>" in page
    assert "Europe/Oslo" in page
    assert (row["group"], row["opened"], row["resolved"]) == ("storage", "0", "1")
    assert answer.headers["content-disposition"] == 'attachment; filename="kpis.csv"'


def test_days_that_cannot_be(open_as: Open) -> None:
    client = open_as(Role.READER)
    for query, status in (
        ("from=2026-11-20&until=2026-11-19", 422),
        ("from=2024-11-01", 422),
        ("from=0001-01-01", 422),
        ("until=9999-12-31", 422),
        ("days=732", 422),
        ("days=731", 200),
        ("by=moon", 422),
        ("zone=Mars", 422),
        ("from=&until=&zone=", 200),
        ("by=technician&from=2020-01-01&until=2020-01-02", 200),
    ):
        for path in ("/kpis", "/kpis.csv"):
            assert client.get(f"{path}?{query}").status_code == status, query
