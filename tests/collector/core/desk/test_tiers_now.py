"""Who is there of each tier."""

from datetime import UTC, datetime

from sickbay_collector.core.desk.tiers_now import tiers_now
from tests.collector.rota_desk import ROTA_DESK


def test_who_is_on_call_and_on_shift() -> None:
    """Bob and eve have no shift, so they only count where they are on call."""
    night, noon = (
        {one.tier: one for one in tiers_now(ROTA_DESK, datetime(2026, 11, 20, hour, tzinfo=UTC))}
        for hour in (3, 12)
    )

    assert [call.login for call in night["L1"].on_call] == ["ada"]
    assert [call.login for call in night["L2"].on_call] == ["eve"]
    assert (night["L1"].on_shift, night["L2"].on_shift) == ((), ())
    assert (noon["L1"].on_call, noon["L1"].on_shift) == ((), ("ada", "technician.doe"))
    assert (noon["L3"].on_call, noon["L3"].on_shift) == ((), ())
