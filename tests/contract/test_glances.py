"""Which devices are worst and which sites are silent, on memory and both databases alike."""

from dataclasses import replace
from datetime import timedelta

from sickbay_collector.core.asset import AssetField, Source
from sickbay_collector.core.device import DeviceStatus
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.glance_ports import SiteSilence
from sickbay_collector.services.glances import is_silent
from tests.contract.conftest import Stores
from tests.contract.records import NOW, a_device, a_state
from tests.contract.test_assets import owner

HOUR = timedelta(hours=1)
# Site by hand, site by file, score, silent since, goodbye.
DEVICES = (
    ("berlin", "", 50.0, timedelta(), ""),
    ("berlin", "rome", 20.0, HOUR, ""),
    ("", "berlin", None, 2 * HOUR, ""),
    ("berlin", "", 20.0, HOUR, "asleep"),
    ("berlin", "", 1.0, timedelta(days=30), ""),
    ("rome", "", 90.0, timedelta(), ""),
    ("", "", 0.0, HOUR, ""),
)


def _fill(stores: Stores) -> None:
    with stores.open() as uow:
        for number, (by_hand, by_file, score, silent, goodbye) in enumerate(DEVICES):
            device_id = DeviceId(f"0195a000-0000-7000-8000-{number:012}")
            gone = DeviceStatus.RETIRED if score == 0.0 else DeviceStatus.ACTIVE
            uow.devices.add(a_device(device_id, hostname=f"ws-{9 - number}", status=gone))
            state = a_state(
                device_id,
                score=score,
                received_at=NOW - silent,
                report_interval_s=60.0,
                goodbye=goodbye,
            )
            uow.states.save([state])
            site = replace(owner("x"), field=AssetField.SITE)
            put = [replace(site, value=by_hand, source=Source.MANUAL)] if by_hand else []
            put += [replace(site, value=by_file, source=Source.IMPORTED)] if by_file else []
            if put:
                uow.assets.save_all([AssetWrite(device_id=device_id, version=0, put=tuple(put))])
        uow.commit()


def test_the_worst_devices_are_those_in_use(stores: Stores) -> None:
    _fill(stores)
    with stores.read() as uow:
        found = uow.glances.lowest(limit=3)

    assert [(one.hostname, one.score) for one in found] == [
        ("ws-5", 1.0),
        ("ws-6", 20.0),
        ("ws-8", 20.0),
    ]


def test_a_site_is_as_silent_as_the_devices_that_should_report(stores: Stores) -> None:
    """Not those that sleep, that were lost for long, or that a person says are elsewhere."""
    _fill(stores)
    with stores.read() as uow:
        found = uow.glances.site_silences(
            heard_since=NOW - timedelta(days=7), now=NOW, started_at=NOW - timedelta(days=1)
        )

    assert found == [SiteSilence(site="berlin", expected=3, silent=2, heard_at=NOW)]


def test_some_silent_devices_are_no_silent_site() -> None:
    one = SiteSilence(site="x", expected=4, silent=2, heard_at=NOW)

    assert is_silent(one)
    assert not is_silent(replace(one, silent=1))
    assert not is_silent(replace(one, expected=2, silent=2))
