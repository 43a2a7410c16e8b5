"""Two devices: their evidence kind by kind, and which goes on where they are one machine."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.device import DeviceStatus, Evidence
from sickbay_collector.core.device_pair import (
    Hindrance,
    SideBySide,
    Standing,
    in_order,
    outlook,
    side_by_side,
)
from sickbay_collector.core.identity import Outcome, compare
from sickbay_collector.core.identity_clues import ClueKind
from sickbay_collector.core.ids import DeviceId

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
OLD = Evidence(
    system_serial="PF-3XK1P2",
    board_serial="L1HF26001AB",
    permanent_macs=("9c:eb:e8:12:34:56", "9c:eb:e8:12:34:57"),
    virtualization="none",
)
NEW = Evidence(
    system_serial="PF-3XK1P2",
    machine_id="0f5e3f0a9d6f4a51b4d2c6a9d9c0b7e1",
    permanent_macs=("9c:eb:e8:99:99:99", "9c:eb:e8:12:34:57"),
    virtualization="none",
)


def test_the_evidence_of_two_stands_side_by_side() -> None:
    """Each kind that one of them has, once; one value of several that agrees counts."""
    macs = ("9c:eb:e8:99:99:99", "9c:eb:e8:12:34:57")
    serial, board, machine, mac = side_by_side(OLD, NEW, compare(NEW, OLD, ()))

    assert serial == SideBySide(
        kind=ClueKind.SERIAL,
        older=("pf-3xk1p2",),
        newer=("pf-3xk1p2",),
        outcome=Outcome.AGREES,
        points=45,
    )
    assert (board.older, board.newer, board.outcome) == (("l1hf26001ab",), (), None)
    assert (machine.older, machine.outcome, machine.points) == ((), Outcome.DIFFERS, 0)
    assert (mac.newer, mac.outcome, mac.points) == (macs, Outcome.AGREES, 20)


def test_devices_without_evidence_have_nothing_to_show() -> None:
    assert side_by_side(Evidence(), Evidence(), compare(Evidence(), Evidence(), ())) == ()


def test_a_pair_is_one_whoever_is_named_first() -> None:
    one, other = DeviceId("a"), DeviceId("b")

    assert in_order(one, other) == in_order(other, one) == (one, other)


def standing(name: str, heard_h: float = 2, **fields: object) -> Standing:
    """Return a device in service that reported so many hours ago."""
    plain: dict[str, object] = {
        "device_id": name,
        "status": DeviceStatus.ACTIVE,
        "is_shut_out": False,
        "came_at": NOW - timedelta(days=40),
        "received_at": NOW - timedelta(hours=heard_h),
    }
    return Standing(**{**plain, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "goes_on"),
    [
        pytest.param(standing("a"), standing("b", 0.1), "b", id="who reported last"),
        pytest.param(standing("a", 0.1), standing("b"), "a", id="the older one may be it"),
        pytest.param(
            standing("a"), standing("b", came_at=NOW, received_at=None), "b", id="just came in"
        ),
        pytest.param(
            standing("a"), standing("b", 0.1, is_shut_out=True), "a", id="who is in service"
        ),
        pytest.param(
            standing("a"), standing("b", 1.5, status=DeviceStatus.RETIRED), "a", id="not retired"
        ),
    ],
)
def test_of_two_records_the_one_heard_of_last_goes_on(
    one: Standing, other: Standing, goes_on: str
) -> None:
    """Whoever is named first."""
    found = outlook(one, other, NOW)

    assert found == outlook(other, one, NOW)
    assert (found.goes_on, found.hindrance) == (goes_on, None)


@pytest.mark.parametrize(
    ("one", "other", "hindrance"),
    [
        pytest.param(standing("a", 0.9), standing("b", 0.1), Hindrance.LIVE, id="both report"),
        pytest.param(standing("a", 1), standing("b", 0.1), None, id="silent for an hour"),
        pytest.param(standing("a", 0.9, is_shut_out=True), standing("b", 0.1), None, id="shut out"),
        pytest.param(
            standing("a", status=DeviceStatus.PENDING), standing("b"), Hindrance.PENDING, id="waits"
        ),
        pytest.param(
            standing("a", is_shut_out=True),
            standing("b", status=DeviceStatus.DISPOSED),
            Hindrance.OUT_OF_SERVICE,
            id="neither in service",
        ),
    ],
)
def test_what_stands_in_the_way(
    one: Standing, other: Standing, hindrance: Hindrance | None
) -> None:
    assert outlook(one, other, NOW).hindrance == hindrance
