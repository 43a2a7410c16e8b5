"""Which devices are worst or moved, which sites are silent, on memory and both databases alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.asset import AssetField, Source
from sickbay_collector.core.device import DeviceStatus
from sickbay_collector.core.health.days import Span
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.glance_ports import MovedScore, SiteSilence
from sickbay_collector.services.glances import is_silent
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_device, a_state
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


def test_a_site_is_a_devices_until_the_date_that_somebody_said(stores: Stores) -> None:
    """Then the file's counts; what is withdrawn counts no more."""
    site = replace(owner("x"), field=AssetField.SITE)
    moves = (
        replace(site, value="berlin", until=NOW + HOUR),
        replace(site, value="rome", source=Source.IMPORTED),
    )
    with stores.open() as uow:
        uow.devices.add(a_device())
        uow.states.save([a_state(received_at=NOW - HOUR, report_interval_s=60.0)])
        uow.assets.save_all([AssetWrite(device_id=ONE, version=0, put=moves)])
        uow.commit()
    first = [_sites(stores, NOW), _sites(stores, NOW + HOUR)]
    with stores.open() as uow:
        gone = ((AssetField.SITE, Source.IMPORTED),)
        uow.assets.save_all([AssetWrite(device_id=ONE, version=1, withdraw=gone)])
        uow.commit()

    assert first == [["berlin"], ["rome"]]
    assert _sites(stores, NOW + HOUR) == ["berlin"]


def _sites(stores: Stores, now: datetime) -> list[str]:
    """Return the sites of which a device is silent."""
    with stores.read() as uow:
        found = uow.glances.site_silences(
            heard_since=NOW - timedelta(days=7), now=now, started_at=NOW - timedelta(days=1)
        )
    return [one.site for one in found]


# Score, a day ago, a week ago, silent since.
SCORES = (
    (60.0, 90.0, 62.0, timedelta()),
    (60.0, 64.9, 90.0, timedelta()),
    (85.0, 95.0, None, timedelta()),
    (95.0, 90.0, 20.0, timedelta()),
    (10.0, 99.0, 99.0, timedelta(days=2)),
    (None, 90.0, 90.0, timedelta()),
)


def test_movers_are_those_whose_score_moved_far_the_furthest_first(stores: Stores) -> None:
    """Of devices that reported of late and have a score; retired ones do not count."""
    with stores.open() as uow:
        for number, (score, day, week, silent) in enumerate(SCORES):
            device_id = DeviceId(f"0195a000-0000-7000-8000-{number:012}")
            uow.devices.add(a_device(device_id, hostname=f"ws-{number}"))
            state = a_state(
                device_id,
                score=score,
                score_day_ago=day,
                score_week_ago=week,
                received_at=NOW - silent,
            )
            uow.states.save([state])
        gone = DeviceId("0195a000-0000-7000-8000-000000000099")
        uow.devices.add(a_device(gone, hostname="ws-99", status=DeviceStatus.RETIRED))
        uow.states.save([a_state(gone, score=1.0, score_day_ago=99.0)])
        uow.commit()
    with stores.read() as uow:
        found = uow.glances.movers(heard_since=NOW - timedelta(days=1), limit=8)
        first = uow.glances.movers(heard_since=NOW - timedelta(days=1), limit=1)

    assert _names(found[Span.DAY].fell) == ["ws-0 90 60", "ws-2 95 85"]
    assert _names(found[Span.DAY].rose) == ["ws-3 90 95"]
    assert _names(found[Span.WEEK].fell) == ["ws-1 90 60"]
    assert _names(found[Span.WEEK].rose) == ["ws-3 20 95"]
    assert _names(first[Span.DAY].fell) == ["ws-0 90 60"]


def _names(movers: Sequence[MovedScore]) -> list[str]:
    return [f"{one.hostname} {one.before:.0f} {one.score:.0f}" for one in movers]


def test_some_silent_devices_are_no_silent_site() -> None:
    one = SiteSilence(site="x", expected=4, silent=2, heard_at=NOW)

    assert is_silent(one)
    assert not is_silent(replace(one, silent=1))
    assert not is_silent(replace(one, expected=2, silent=2))
