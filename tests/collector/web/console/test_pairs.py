"""The page of two devices that look like one machine."""

import pytest

from sickbay_collector.core.access.role import Role
from tests.collector.clinic import NEW, SICK, WELL, Clinic, make_twin
from tests.collector.web.console.conftest import Open, csrf_on
from tests.collector.web.console.test_access import ENROLLMENT, HOSTILE, actions, hidden, send

PAIR = f"{ENROLLMENT}/pairs/{SICK}/{WELL}"


def test_from_the_list_to_the_decision(clinic: Clinic, open_as: Open) -> None:
    make_twin(clinic, WELL, SICK)
    client = open_as(Role.ADMINISTRATOR)
    assert f'href="{PAIR}"' in client.get(ENROLLMENT).text
    assert f'href="{PAIR}"' in client.get(f"/devices/{WELL}?tab=agent").text
    page = client.get(f"{ENROLLMENT}/pairs/{WELL}/{SICK}").text
    assert "ws-sick" in page
    assert "ws-well" in page
    assert f'action="{PAIR}/different"' in page or f'/{SICK}/different"' in page

    assert send(client, f"{PAIR}/different", reason=HOSTILE) == (303, f"{ENROLLMENT}#twins")
    assert 'id="twins"' not in client.get(ENROLLMENT).text
    page = client.get(PAIR).text
    assert "Different machines, said administrator" in page
    assert "<script>alert" not in page
    assert "/different" not in page
    assert actions(clinic, "identity") == ["told apart"] * 2


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        pytest.param(PAIR, {}, 422, id="no reason"),
        pytest.param(PAIR, {"reason": "x" * 501}, 422, id="too long a reason"),
        pytest.param(f"{ENROLLMENT}/pairs/{SICK}/{SICK}", {"reason": "so"}, 409, id="one device"),
        pytest.param(f"{ENROLLMENT}/pairs/{SICK}/nobody", {"reason": "so"}, 404, id="no device"),
    ],
)
def test_what_cannot_be_decided(
    open_as: Open, path: str, fields: dict[str, str], status: int
) -> None:
    assert send(open_as(Role.ADMINISTRATOR), f"{path}/different", **fields)[0] == status


def test_who_approves_nobody_sees_no_pair(clinic: Clinic, open_as: Open) -> None:
    make_twin(clinic, WELL, SICK)
    client = open_as(Role.LEAD)
    token = csrf_on(client.get("/").text)

    assert client.get(PAIR).status_code == 403
    answer = client.post(f"{PAIR}/different", data={"csrf": token, "reason": "so"})
    assert answer.status_code == 403
    assert "side by side" not in client.get(f"/devices/{WELL}?tab=agent").text


def test_two_records_become_one_device(clinic: Clinic, open_as: Open) -> None:
    """The page says what happens; sent twice, it is done once; the old address leads on."""
    client = open_as(Role.ADMINISTRATOR)
    path = f"{ENROLLMENT}/pairs/{SICK}/{NEW}"
    page = client.get(path).text
    assert "It cannot be undone." in page
    assert hidden(page, "goes_on") == SICK
    form = {"reason": HOSTILE, "goes_on": SICK}
    assert send(client, f"{path}/same", **{**form, "goes_on": NEW})[0] == 409
    there = f"/devices/{SICK}?tab=agent#identity"
    assert send(client, f"{path}/same", **form) == (303, there)
    assert send(client, f"{path}/same", **form) == (303, there)

    page = client.get(f"/devices/{SICK}?tab=agent").text
    assert "Goes on for" in page
    assert "<script>alert" not in page
    for name in (NEW, "ws-new"):
        answer = client.get(f"/devices/{name}?tab=tickets")
        assert answer.status_code == 303
        assert answer.headers["location"].endswith(f"/devices/{SICK}?tab=tickets")
    assert client.get(path).status_code == 409
    assert actions(clinic, "identity") == ["merged", "ended"]


def test_what_stands_in_the_way_is_on_the_page(open_as: Open) -> None:
    page = open_as(Role.ADMINISTRATOR).get(PAIR).text

    assert "Not now: the record that would end reported within the last hour" in page
    assert "/same" not in page
