"""Matchers match by every field that they name, and refuse what would never or always match."""

import pytest

from sickbay_collector.core.alerts.matcher import (
    PATTERN_LIMIT,
    PATTERNS_LIMIT,
    Matcher,
    Subject,
)
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.device import DeviceClass
from sickbay_collector.core.errors import InvalidError
from tests.collector.desk_builders import DEVICE_ID, a_device

SUBJECT = Subject(
    device_id=DEVICE_ID,
    hostname="WS-17",
    device_class=DeviceClass.LAPTOP,
    site="berlin",
    rule_id="disk.full.warn",
    family="disk.space",
    instance="vol-1",
    instance_label="C:",
    category="storage",
    priority=Priority.MEDIUM,
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"device": ["ws-17"]}, True, id="host-name-in-any-case"),
        pytest.param({"device": ["Ws-*"]}, True, id="pattern-in-any-case"),
        pytest.param({"device": ["*-17"]}, True, id="pattern-at-the-end"),
        pytest.param({"device": [DEVICE_ID]}, True, id="device-id"),
        pytest.param({"device": ["ws-1"]}, False, id="another-device"),
        pytest.param({"device": ["ws-1", "ws-17"]}, True, id="one-of-several"),
        pytest.param({"device": ["ws-[0-9]?"]}, True, id="sets-and-single-characters"),
        pytest.param({"rule": ["disk.*"]}, True, id="rule"),
        pytest.param({"rule": ["DISK.*"]}, False, id="rules-in-their-own-case"),
        pytest.param({"rule": ["disk.*"], "device": ["db-*"]}, False, id="every-field-counts"),
        pytest.param({"family": ["disk.space"], "category": ["storage"]}, True, id="family"),
        pytest.param({"priority": ["high"]}, False, id="another-priority"),
        pytest.param({"priority": ["medium", "low"]}, True, id="priority"),
        pytest.param({"device_class": ["laptop"]}, True, id="class"),
        pytest.param({"site": ["berlin"]}, True, id="site"),
        pytest.param({"site": ["paris"]}, False, id="another-site"),
        pytest.param({"instance": ["C:"]}, True, id="label-of-the-instance"),
        pytest.param({"instance": ["vol-1"]}, True, id="instance"),
    ],
)
def test_matches_by_each_named_field(fields: dict[str, list[str]], *, expected: bool) -> None:
    assert Matcher.of(fields).matches(SUBJECT) is expected


def test_covers_devices_whatever_their_alerts() -> None:
    device = a_device()

    assert Matcher.of({"device": ["ws-*"], "rule": ["disk.*"]}).covers(device, "berlin")
    assert Matcher.of({"rule": ["disk.*"]}).covers(device, "berlin")
    assert not Matcher.of({"device": ["db-*"]}).covers(device, "berlin")
    assert not Matcher.of({"site": ["*"]}).covers(device, "")
    assert Matcher.of({"site": ["ber*"]}).covers(device, "berlin")
    assert not Matcher.of({"device_class": ["server"]}).covers(device, "berlin")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({}, "names nothing", id="empty"),
        pytest.param({"device": []}, "names nothing", id="empty-field"),
        pytest.param({"disk": ["*"]}, "no field 'disk'", id="unknown-field"),
        pytest.param({"device": [""]}, "1 to 253", id="empty-pattern"),
        pytest.param({"device": ["a" * (PATTERN_LIMIT + 1)]}, "1 to 253", id="long-pattern"),
        pytest.param({"device": ["a\0"]}, "printable", id="unprintable"),
        pytest.param({"device": ["a"] * (PATTERNS_LIMIT + 1)}, "at most 20", id="many"),
        pytest.param({"priority": ["p1"]}, "one of urgent, high", id="unknown-priority"),
        pytest.param({"device_class": ["phone"]}, "one of workstation", id="unknown-class"),
    ],
)
def test_refuses_what_is_not_allowed(fields: dict[str, list[str]], message: str) -> None:
    with pytest.raises(InvalidError, match=message):
        Matcher.of(fields)


def test_takes_what_is_just_allowed() -> None:
    fields = {"device": ["a" * PATTERN_LIMIT, *map(str, range(PATTERNS_LIMIT - 1))]}
    matcher = Matcher.of(fields)

    assert matcher.to_plain() == fields
    assert Matcher.of({"rule": ["disk.*"]}).words() == "rule disk.*"
