"""Who is there of each tier."""

from datetime import UTC, datetime

from sickbay_collector.core.desk.tiers_now import tiers_now
from tests.collector.rota_desk import ROTA_DESK


def test_who_is_on_call_and_on_shift() -> None:
    """Bob and eve have no shift, so they are there whenever they are not away."""
    found = {one.tier: one for one in tiers_now(ROTA_DESK, datetime(2026, 11, 20, 3, tzinfo=UTC))}

    assert [call.login for call in found["L1"].on_call] == ["ada"]
    assert found["L1"].on_shift == ("bob",)
    assert ([call.login for call in found["L2"].on_call], found["L2"].on_shift) == (
        ["eve"],
        ("eve",),
    )
    assert (found["L3"].on_call, found["L3"].on_shift) == ((), ())
