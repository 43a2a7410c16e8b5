"""What a file of asset records would do, row by row."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.asset_sheet import ASSET_FIELDS, AssetPlan, KnownAsset, plan_assets
from sickbay_collector.core.device import Criticality, DeviceClass, DeviceStatus
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.sheet import CellChange, read_sheet
from tests.contract.records import a_device

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def claim(field: str, source: Source, value: str) -> Claim:
    return Claim(field=AssetField(field), source=source, value=value, at=NOW, by="bo")


def known(name: str, hostname: str, *claims: Claim) -> KnownAsset:
    return KnownAsset(device=a_device(DeviceId(name), hostname=hostname), version=1, claims=claims)


ONE = known(
    "id-1",
    "ws-1",
    claim("serial", Source.DISCOVERED, "S-1"),
    claim("location", Source.MANUAL, "Room 1"),
    claim("supplier", Source.IMPORTED, "Acme"),
    claim("model", Source.DISCOVERED, "Two  blanks"),
)
TWO = known("id-2", "ws-2", claim("asset_tag", Source.IMPORTED, "T-2"))
TWIN = known("id-3", "ws-2")
OLD = known("id-4", "ws-1")
OLD = replace(OLD, device=replace(OLD.device, status=DeviceStatus.RETIRED))


def check_site(site: str) -> None:
    if site not in {"", "berlin", "kiel"}:
        raise InvalidError(f"site: {site} is unknown")


def plan(text: str) -> AssetPlan:
    def owner_of(name: str) -> str:
        if name != "ann":
            raise InvalidError(f"nobody is {name}")
        return "person-ann"

    sheet = read_sheet(text.encode(), ASSET_FIELDS, mapping={})
    return plan_assets(
        [ONE, TWO, TWIN, OLD], sheet, owner_of=owner_of, check_site=check_site, actor="bo", now=NOW
    )


def errors(text: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.detail) for one in plan(text).errors]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("id,site\nID-1,berlin\n", id="id"),
        pytest.param("serial number,site\ns-1,berlin\n", id="serial"),
        pytest.param("hostname,site\nWS-1,berlin\n", id="host name, not the retired one"),
        pytest.param("serial,hostname,site\nS-1,ws-2,berlin\n", id="serial before host name"),
        pytest.param("asset_tag,hostname,site\n,ws-1,berlin\n", id="empty key"),
    ],
)
def test_device_is_found(row: str) -> None:
    (changed,) = plan(row).changed

    assert changed.device == ONE.device
    assert changed.put == (claim("site", Source.IMPORTED, "berlin"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "serial,site\nS-9,x\n", (2, "serial", "no device has the serial s-9"), id="unknown"
        ),
        pytest.param(
            "hostname,site\nws-2,x\n",
            (2, "hostname", "several devices have it: ws-2 (id-2), ws-2 (id-3)"),
            id="ambiguous",
        ),
        pytest.param(
            "hostname,site\n ,x\n",
            (2, "", "needs a serial, asset_tag, hostname or device_id"),
            id="no key",
        ),
        pytest.param(
            "serial,hostname\nS-9,ws-1\n",
            (2, "serial", "ws-1 has the serial S-1, not s-9"),
            id="other hardware under the name",
        ),
        pytest.param(
            "id,hostname\nid-9,ws-1\n",
            (2, "id", "no device has the device_id id-9"),
            id="an id is not guessed",
        ),
        pytest.param(
            "serial,site\nS-1,kiel\nS-1,berlin\n", (3, "", "ws-1 is on line 2 already"), id="twice"
        ),
        pytest.param(
            "serial,price\nS-1,9\n",
            (2, "price", "'9' is no amount; write it as 1299.00 EUR"),
            id="wrong cell under the file's title",
        ),
        pytest.param("serial,owner\nS-1,zoe\n", (2, "owner", "nobody is zoe"), id="no such owner"),
        pytest.param(
            "serial,criticality\nS-1,huge\n",
            (2, "criticality", "'huge' is none of high, normal, low"),
            id="no such criticality",
        ),
    ],
)
def test_wrong_row_is_told_with_line_and_column(text: str, expected: tuple[int, str, str]) -> None:
    assert errors(text) == [expected]


def test_what_was_said_by_hand_goes_on_to_count() -> None:
    done = plan("serial,location\nS-1,Room 2\n")

    assert done.changed[0].put == (claim("location", Source.IMPORTED, "Room 2"),)
    assert done.changes == (
        CellChange(
            line=2,
            name="ws-1",
            field="location",
            before="Room 1",
            after="Room 1 (manual goes before Room 2)",
        ),
    )


def test_device_knows_its_hardware_better() -> None:
    done = plan("hostname,model\nws-1,T14\n")

    assert done.changes[0].after == "Two  blanks (discovered goes before T14)"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("serial,location,supplier,model\nS-1,Room 1,Acme,Two  blanks\n", id="same"),
        pytest.param("serial,site,cost\nS-1,,\n", id="empty where nothing is known"),
        pytest.param("serial,location\nS-1,\n", id="empty where a person said something"),
        pytest.param("serial,device_class,criticality\nS-1,,\n", id="class left empty"),
    ],
)
def test_row_that_changes_nothing(row: str) -> None:
    done = plan(row)

    assert (done.unchanged, done.changed, done.errors) == (1, (), ())


def test_empty_cell_takes_back_what_a_file_said() -> None:
    done = plan("serial,supplier\nS-1,\n")

    assert done.changed[0].withdraw == ((AssetField.SUPPLIER, Source.IMPORTED),)
    assert [(one.before, one.after) for one in done.changes] == [("Acme", "")]


def test_what_it_is_for_is_the_devices_own() -> None:
    done = plan("serial,class,criticality,owner\nS-1,Server,low,ann\n")

    assert done.changed[0].device == replace(
        ONE.device, device_class=DeviceClass.SERVER, criticality=Criticality.LOW
    )
    assert [one.field for one in done.changes] == ["device_class", "criticality", "owner"]


def test_site_that_there_is_none_of_is_a_wrong_cell() -> None:
    assert errors("hostname,site\nws-1,bern\n") == [(2, "site", "bern is unknown")]
