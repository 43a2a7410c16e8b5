from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.collector.clinic import NOW

KPIS = "/api/v1/kpis"


def test_the_last_four_weeks_unless_asked_otherwise(reader: TestClient) -> None:
    found = reader.get(KPIS).json()

    assert found["until"] == NOW.isoformat().replace("+00:00", "Z")
    assert found["since"] == (NOW - timedelta(days=28)).isoformat().replace("+00:00", "Z")
    assert [one["group"] for one in found["items"]] == [""]


def test_resolving_shows_in_its_group(technician: TestClient) -> None:
    technician.post(
        "/api/v1/tickets/1/resolve", headers={"If-Match": "*"}, json={"resolution": "Done."}
    )

    until = (NOW + timedelta(seconds=1)).isoformat()
    found = technician.get(KPIS, params={"by": "category", "until": until}).json()

    (row,) = found["items"]
    assert (row["group"], row["resolved"], row["auto_resolved"]) == ("storage", 1, 0)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param({"since": NOW.isoformat()}, "not before", id="empty"),
        pytest.param(
            {"since": (NOW - timedelta(days=733)).isoformat()}, "two years", id="too long"
        ),
        pytest.param({"by": "moon"}, "by", id="no such group"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    reader: TestClient, query: dict[str, str], said: str
) -> None:
    answer = reader.get(KPIS, params=query)

    assert answer.status_code == 422
    assert said in answer.text
