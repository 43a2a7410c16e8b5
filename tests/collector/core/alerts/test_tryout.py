"""A rule is tried on the newest readings, without what it would wait for."""

from datetime import UTC, datetime

from sickbay_collector.core.alerts.moment import DeviceFacts
from sickbay_collector.core.alerts.tryout import trial_of, would_open
from sickbay_collector.core.device import Criticality, DeviceClass
from sickbay_collector.core.sample import VolumeFacts
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.rulebook import load_rules

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FACTS = DeviceFacts(
    platform="linux",
    device_class=DeviceClass.LAPTOP,
    criticality=Criticality.NORMAL,
    enrolled_at=NOW,
)


def _state(free: float) -> DeviceState:
    return DeviceState(
        observed_at=NOW,
        latest={"volume.inodes_free_ratio": {"root": free}},
        volumes={"root": VolumeFacts(mount_point="/", is_system=True)},
    )


def test_what_is_true_would_open_at_once() -> None:
    trial = trial_of(load_rules([]).rules["disk.inodes"])
    (found,) = would_open(trial, _state(0.01), FACTS, now=NOW)

    assert found.instance == "root"
    assert found.readings[0].value == 0.01
    assert list(would_open(trial, _state(0.5), FACTS, now=NOW)) == []


def test_device_without_samples_opens_nothing() -> None:
    trial = trial_of(load_rules([]).rules["disk.inodes"])

    assert list(would_open(trial, DeviceState(), FACTS, now=NOW)) == []
