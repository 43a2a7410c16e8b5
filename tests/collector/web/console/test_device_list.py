import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.device_rows import DeviceOrder
from tests.browser.payloads import PAYLOADS
from tests.collector.clinic import NEW, NOW, SICK, WELL, Clinic, a_device
from tests.collector.web.console.conftest import Open, csrf_on

HOSTNAMES = re.compile(r"data-open>(\S+?)</a>")


def own(clinic: Clinic) -> None:
    """Ann owns the sick one, in Berlin."""
    said = {AssetField.OWNER: "p-ann", AssetField.SITE: "berlin"}
    claims = tuple(
        Claim(field=field, source=Source.MANUAL, value=value, at=NOW, by="bo")
        for field, value in said.items()
    )
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-ann"), name="Ann", email="ann@example.com"))
        uow.assets.save_all([AssetWrite(device_id=SICK, version=0, put=claims)])
        uow.commit()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["ws-sick", "ws-well", "ws-new"], id="worst first"),
        pytest.param("order=hostname&descending=true", ["ws-well", "ws-sick", "ws-new"], id="Z-A"),
        pytest.param("owner=ann&site=berlin", ["ws-sick"], id="by owner and site"),
        pytest.param("tag=LAB", ["ws-well"], id="by tag"),
        pytest.param("has_tickets=true", ["ws-sick"], id="with tickets"),
        pytest.param("system=debian&model=BOOK", ["ws-sick"], id="by system and model"),
        pytest.param("status=retired", ["ws-old"], id="retired"),
        pytest.param("presence=unknown", ["ws-new"], id="by presence"),
        pytest.param("device_class=&criticality=&status=&max_score=&owner=", 3, id="left empty"),
        pytest.param("text=%25", [], id="a wildcard is a letter"),
    ],
)
def test_filters_and_orders_stand_in_the_address(
    clinic: Clinic, open_as: Open, query: str, expected: list[str] | int
) -> None:
    own(clinic)
    with clinic.open_writes() as uow:
        uow.tags.add(["lab"], [WELL], at=NOW, by="bo")
        uow.commit()
    answer = open_as(Role.READER).get(f"/devices?{query}")

    found = HOSTNAMES.findall(answer.text)
    assert expected == (len(found) if isinstance(expected, int) else found)


def test_columns_are_chosen_in_the_address(clinic: Clinic, open_as: Open) -> None:
    own(clinic)
    client = open_as(Role.READER)
    page = client.get("/devices?column=owner&column=id&column=site&order=hostname").text

    assert re.findall(r"<th[^>]*>(?:<a[^>]*>)?(\w+)", page) == ["Device", "Owner", "Site", "Id"]
    assert ">Ann</a>" in page
    assert SICK in page


@pytest.mark.parametrize("order", ["hostname", "seen", "system"])
@pytest.mark.parametrize("descending", ["", "&descending=true"])
def test_every_order_goes_on_page_by_page(
    clinic: Clinic, open_as: Open, order: str, descending: str
) -> None:
    with clinic.open_writes() as uow:
        for place in range(60):
            device_id = DeviceId(f"0195a000-0000-7000-8001-{place:012d}")
            uow.devices.add(a_device(device_id, f"pc-{place:02d}"))
        uow.commit()
    client = open_as(Role.READER)
    first = client.get(f"/devices?order={order}{descending}").text
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)

    assert following
    second = client.get(unescape(following[1])).text
    names = HOSTNAMES.findall(first) + HOSTNAMES.findall(second)
    assert (len(names), len(set(names))) == (63, 63)


def test_a_cursor_of_another_order_is_refused(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.READER)
    with clinic.open_writes() as uow:
        for place in range(60):
            device_id = DeviceId(f"0195a000-0000-7000-8001-{place:012d}")
            uow.devices.add(a_device(device_id, f"pc-{place:02d}"))
        uow.commit()
    page = client.get("/devices?order=seen").text
    following = unescape(re.findall(r'href="([^"]*cursor=[^"]*)"', page)[0])

    for other in DeviceOrder:
        answer = client.get(following.replace("order=seen", f"order={other}"))
        assert answer.status_code == (200 if other is DeviceOrder.SEEN else 422)


def test_several_are_tagged_at_once_and_once(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/devices").text)
    back = "/devices?order=hostname"
    form = {"csrf": token, "device": [SICK, WELL], "tag": "Lab, floor:2", "back": back}
    for _ in range(2):
        answer = client.post("/devices/tags", data={**form, "act": "add"})
        assert answer.headers["location"] == back, answer.text

    assert client.get("/devices?tag=lab&tag=floor:2").text.count("data-open") == 2
    client.post("/devices/tags", data={**form, "tag": "lab", "act": "remove"})
    assert client.get("/devices?tag=lab").text.count("data-open") == 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"device": [], "tag": "a"}, 422, id="nothing chosen"),
        pytest.param({"device": [SICK], "tag": ""}, 422, id="no tag"),
        pytest.param({"device": ["moon"], "tag": "a"}, 404, id="no such device"),
        pytest.param({"device": [str(one) for one in range(501)], "tag": "a"}, 422, id="too many"),
    ],
)
def test_what_cannot_be_tagged_is_refused(
    open_as: Open, fields: dict[str, str | list[str]], status: int
) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/devices").text)

    assert status == client.post("/devices/tags", data={"csrf": token, **fields}).status_code


def test_tags_are_never_markup(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/devices").text)
    for payload in PAYLOADS:
        form = {"csrf": token, "device": [NEW], "tag": payload, "act": "add"}
        assert client.post("/devices/tags", data=form).status_code in {303, 422}
        assert client.get("/devices", params={"text": payload[:253]}).status_code in {200, 422}


def test_the_list_is_a_file_in_its_columns(clinic: Clinic, open_as: Open) -> None:
    """No cell begins a formula."""
    with clinic.open_writes() as uow:
        uow.devices.add(a_device(DeviceId("0195a000-0000-7000-8001-000000000001"), "=1+1"))
        uow.commit()
    clinic.now += timedelta(minutes=1)
    answer = open_as(Role.READER).get("/devices.csv?order=hostname&column=id&column=presence")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert rows[0] == ["Device", "Presence", "Id"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "ws-new", "ws-sick", "ws-well"]


def test_presence_says_why_with_exact_times(open_as: Open) -> None:
    page = open_as(Role.READER).get("/devices").text

    assert re.search(r'title="last report 2026-11-20 1\d:\d\d:\d\d UTC; it reports every', page)
    assert "it never reported" in page


def test_a_view_is_kept_and_forgotten(open_as: Open) -> None:
    client = open_as(Role.READER)
    page = client.get("/devices?presence=lost&order=seen&column=id").text
    said = unescape(re.findall(r'name="query" value="([^"]*)"', page)[0])
    form = {"csrf": csrf_on(page), "name": "<b>Lost</b>", "query": said, "is_shared": "true"}
    for _ in range(2):
        answer = client.post("/devices/views", data=form)
        assert answer.headers["location"] == f"/devices?{said}", answer.text

    page = client.get(f"/devices?{said}").text
    assert page.count("&lt;b&gt;Lost&lt;/b&gt;</a>") == 1
    (drop,) = re.findall(r'action="(/devices/views/[^"]+/drop)"', page)
    client.post(drop, data={"csrf": csrf_on(page)})
    assert "Lost&lt;" not in client.get("/devices").text
    assert client.post("/devices/views", data={**form, "query": "moon=1"}).status_code == 422
