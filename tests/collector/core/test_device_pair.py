"""The evidence of two devices, kind by kind."""

from sickbay_collector.core.device import Evidence
from sickbay_collector.core.device_pair import SideBySide, in_order, side_by_side
from sickbay_collector.core.identity import Outcome, compare
from sickbay_collector.core.identity_clues import ClueKind
from sickbay_collector.core.ids import DeviceId

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
