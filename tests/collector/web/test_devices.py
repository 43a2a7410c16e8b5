import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.device_history import MAX_METRICS, MAX_POINTS
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.web.api.base import CURSOR_LIMIT, PAGE_LIMIT, encode_cursor
from tests.collector.clinic import SICK

DEVICES = "/api/v1/devices"


def hostnames(reader: TestClient, query: str = "") -> list[str]:
    answer = reader.get(f"{DEVICES}{query}")
    assert answer.status_code == 200, answer.text
    return [item["hostname"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["ws-sick", "ws-well", "ws-new"], id="worst first, retired left out"),
        pytest.param("?order=hostname", ["ws-new", "ws-sick", "ws-well"], id="by name"),
        pytest.param("?presence=late", ["ws-well"], id="by presence"),
        pytest.param("?presence=late&presence=online", ["ws-sick", "ws-well"], id="two presences"),
        pytest.param("?status=retired", ["ws-old"], id="retired when asked for"),
        pytest.param("?max_score=80", ["ws-sick"], id="by score"),
        pytest.param("?certificate=expiring", ["ws-sick"], id="by certificate"),
        pytest.param("?text=WELL", ["ws-well"], id="by part of the name"),
        pytest.param("?text=nothing", [], id="nothing"),
    ],
)
def test_list_filters_and_sorts(reader: TestClient, query: str, expected: list[str]) -> None:
    assert expected == hostnames(reader, query)


def test_following_the_link_header_reads_every_device_once(reader: TestClient) -> None:
    seen, url = [], f"{DEVICES}?limit=1&order=worst"
    while url:
        answer = reader.get(url)
        seen += [item["hostname"] for item in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else ""

    assert seen == ["ws-sick", "ws-well", "ws-new"]


def test_cursor_of_another_order_is_refused(reader: TestClient) -> None:
    cursor = reader.get(f"{DEVICES}?limit=1").json()["next_cursor"]

    answer = reader.get(DEVICES, params={"order": "hostname", "cursor": cursor})

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("x", id="no base64"),
        pytest.param("!!!!", id="no alphabet"),
        pytest.param("e30", id="an object"),
        pytest.param("WzEsMiwzLDRd", id="numbers only"),
        pytest.param("WyJ3b3JzdCIsdHJ1ZSwiYSIsImIiXQ", id="a bool for the rank"),
        pytest.param("WyJ3b3JzdCJd", id="too short"),
        pytest.param("W1tbW1tbW1tbW1tbW1tb", id="nested"),
        pytest.param("_____w", id="no text"),
        pytest.param(encode_cursor(["worst", 1.0, "a\0", "b"]), id="a NUL"),
        pytest.param(encode_cursor(["worst", 1.0, "a", "\ud800"]), id="half a character"),
    ],
)
def test_forged_cursor_is_refused(reader: TestClient, cursor: str) -> None:
    answer = reader.get(DEVICES, params={"cursor": cursor})

    assert answer.status_code == 422
    assert "cursor" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(f"?limit={PAGE_LIMIT}", 200, id="page at its limit"),
        pytest.param(f"?limit={PAGE_LIMIT + 1}", 422, id="page past its limit"),
        pytest.param("?limit=0", 422, id="empty page"),
        pytest.param("?limit=99999999999999999999999999", 422, id="huge page"),
        pytest.param(f"?text={'a' * NAME_LIMIT}", 200, id="text at its limit"),
        pytest.param(f"?text={'a' * (NAME_LIMIT + 1)}", 422, id="text past its limit"),
        pytest.param(f"?cursor={'a' * (CURSOR_LIMIT + 1)}", 422, id="cursor past its limit"),
        pytest.param("?max_score=100", 200, id="score at its limit"),
        pytest.param("?max_score=100.1", 422, id="score past its limit"),
        pytest.param("?max_score=nan", 422, id="score that is none"),
        pytest.param("?presence=gone", 422, id="unknown presence"),
        pytest.param("?text=%00", 422, id="text of a NUL"),
        pytest.param("?colour=blue", 422, id="unknown parameter"),
        pytest.param(f"/{'a' * NAME_LIMIT}", 404, id="name at its limit"),
        pytest.param(f"/{'a' * (NAME_LIMIT + 1)}", 422, id="name past its limit"),
        pytest.param("/%00", 404, id="name of a NUL"),
        pytest.param("/..%2f..%2fetc%2fpasswd", 404, id="name of a path"),
        pytest.param("/%ff%fe", 404, id="name of no text"),
        pytest.param("/'%20OR%201=1--", 404, id="name of SQL"),
        pytest.param("/%F0%9F%92%A9", 404, id="name of a picture"),
        pytest.param("/00000000-0000-0000-0000-000000000000", 404, id="id of nobody"),
        pytest.param("/ws-", 409, id="name of several"),
        pytest.param("/ws-sick/sections/os", 200, id="section"),
        pytest.param("/ws-sick/sections/batteries", 404, id="section that is absent"),
        pytest.param("/ws-sick/sections/secrets", 422, id="section of no kind"),
        pytest.param("/ws-new/score", 404, id="score of one that never reported"),
        pytest.param("/ws-sick/changes?limit=501", 422, id="changes past their limit"),
        pytest.param("/ws-sick/changes?since=yesterday", 422, id="changes since no time"),
    ],
)
def test_limits_and_hostile_requests(reader: TestClient, path: str, status: int) -> None:
    answer = reader.get(f"{DEVICES}{path}")

    assert status == answer.status_code, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert status == answer.json()["status"]


def metric_query(count: int) -> str:
    return "?" + "&".join(f"metric=m{place}" for place in range(count))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("", 422, id="no metric"),
        pytest.param("?metric=cpu.busy_ratio", 200, id="one"),
        pytest.param("?metric=cpu.busy", 422, id="unknown"),
        pytest.param(metric_query(MAX_METRICS + 1), 422, id="too many"),
        pytest.param(f"?metric={'a' * 65}", 422, id="too long a name"),
        pytest.param(f"?metric=cpu.busy_ratio&points={MAX_POINTS}", 200, id="points at limit"),
        pytest.param(f"?metric=cpu.busy_ratio&points={MAX_POINTS + 1}", 422, id="points past it"),
        pytest.param("?metric=cpu.busy_ratio&since=2026-11-20T12:00:00", 422, id="no time zone"),
        pytest.param(
            "?metric=cpu.busy_ratio&since=0001-01-01T00:00:00%2B23:59", 422, id="before time"
        ),
        pytest.param("?metric=cpu.busy_ratio&since=9999-12-31T23:59:59-23:59", 422, id="after it"),
        pytest.param("?metric=cpu.busy_ratio&since=2026-11-21T00:00:00Z", 422, id="backwards"),
        pytest.param("?metric=cpu.busy_ratio&since=2021-11-16T12:30:00Z", 200, id="1830 days"),
        pytest.param("?metric=cpu.busy_ratio&since=2021-11-16T12:29:59Z", 422, id="longer"),
    ],
)
def test_history_limits(reader: TestClient, query: str, status: int) -> None:
    answer = reader.get(f"{DEVICES}/ws-sick/history{query}")

    assert status == answer.status_code, answer.text


def test_device_page_shows_every_side(reader: TestClient) -> None:
    found = reader.get(f"{DEVICES}/{SICK}").json()

    assert found["hostname"] == "ws-sick"
    assert found["presence"] == "online"
    assert {"number": 1, "hostname": "ws-sick"}.items() <= found["tickets"][0].items()
    assert found["alerts"][0]["rule_id"] == "disk.full.crit"
    assert found["failed_units"] == ["backup.service"]
    assert found["score"] == pytest.approx(found["health"]["value"])
    kinds = {section["kind"]: section for section in found["sections"]}
    assert kinds["software"]["rows"] is None
    assert kinds["software"]["row_count"] == 2
    assert kinds["volumes"]["rows"]["vol-root"]["encryption"] == "LUKS2"
    volume = next(one for one in found["readings"] if one["metric"] == "volume.free_bytes")
    assert (volume["instance_label"], volume["unit"], volume["value"]) == ("/", "bytes", 2e9)
    assert {"added", "changed", "removed"} == {change["kind"] for change in found["changes"]}


def test_a_device_says_how_its_agent_fares(reader: TestClient) -> None:
    """What an agent does not say is null, not nothing."""
    found, old = (reader.get(f"{DEVICES}/{one}").json() for one in ("ws-sick", "ws-well"))

    assert found["agent"] == {
        "sample_interval_s": 60.0,
        "started_at": "2026-11-19T12:29:40Z",
        "waiting_records": 1200,
        "spool_bytes": 3 << 20,
        "cpu_time_s": 172.8,
        "cpu_share": pytest.approx(0.002),
        "rss_bytes": 44 << 20,
    }
    assert (found["certificate"], found["certificate_expires_at"]) == (
        "expiring",
        "2026-11-20T16:30:00Z",
    )
    assert set(old["agent"].values()) == {None}
    assert (old["certificate"], old["certificate_expires_at"]) == ("unknown", None)


def test_device_is_found_by_id_name_and_beginning(reader: TestClient) -> None:
    found = {
        name: reader.get(f"{DEVICES}/{name}").json()["device_id"]
        for name in (SICK, SICK.upper(), "ws-sick", "WS-SICK", "ws-s")
    }

    assert {SICK} == set(found.values())


def test_unknown_name_gets_a_suggestion(reader: TestClient) -> None:
    answer = reader.get(f"{DEVICES}/ws-sikc")

    assert "did you mean ws-sick" in answer.json()["detail"]


def test_ledger_sums_to_what_is_lost(reader: TestClient) -> None:
    score = reader.get(f"{DEVICES}/ws-sick/score").json()

    lost = sum(line["points"] for line in score["ledger"])
    assert 100 - score["value"] == pytest.approx(lost)


def test_history_is_summed_up_and_keeps_its_extremes(reader: TestClient) -> None:
    query = "?metric=cpu.busy_ratio&since=2026-11-20T12:00:00Z&until=2026-11-20T12:30:00Z&points=3"

    answer = reader.get(f"{DEVICES}/ws-sick/history{query}").json()

    points = answer["series"][0]["points"]
    assert [(point["low"], point["high"]) for point in points] == [
        (0.0, 0.09),
        (0.1, 0.19),
        (0.2, 0.29),
    ]
    assert points[1]["at"] == "2026-11-20T12:10:00Z"


def test_changes_are_newest_first_and_the_first_version_is_none(reader: TestClient) -> None:
    items = reader.get(f"{DEVICES}/ws-sick/changes").json()["items"]

    assert [
        (one["section"], one["kind"], one["path"], one["old"], one["new"]) for one in items
    ] == [
        ("software", "changed", "bash/version", "5.2", "5.3"),
        ("software", "added", "htop", "", "3.2"),
        ("software", "removed", "vim", "9.0", ""),
    ]
